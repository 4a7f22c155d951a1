"""The store of alerts: how fast a run's alerts go in, and how long it takes to look among a million of them.

Both databases hold the alerts of a simulated day, many times over under other ids. What goes in is loaded as
`surveil detect --store` does, evidence included. The million is put there in bulk, evidence shared, and then read as
`surveil alerts` does. CPU is that of this process alone; PostgreSQL has its own. Writes alerts.json and alerts.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from data import ROOT

sys.path.insert(0, str(ROOT / "tests" / "alerts"))

import postgres

from surveillance.alerts.capsule import pack
from surveillance.alerts.store.library import Library, open_library
from surveillance.alerts.store.loading import load, run_id
from surveillance.alerts.store.opening import opened_store
from surveillance.alerts.store.query import Query
from surveillance.alerts.store.rows import alert_row, decode, encode, facet_rows, lineage_row, revision_row
from surveillance.cli.main import run as surveil

SUBJECTS, ACCOUNTS, INSTRUMENTS = 50_000, 100_000, 2_000
MOST = 5.0
"""Seconds after which a reading is not repeated."""

Table = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Line:
    """One line of the table: seconds of CPU and of the clock; alerts a CPU second where some were written."""

    database: str
    what: str
    cpu: float
    wall: float
    per_s: int | None = None


def timed(action: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


def make_day(folder: Path) -> Path:
    """Return the folder of a run over a simulated day."""
    day, out = folder / "day", folder / "run"
    surveil(["simulate", str(day), "--events", "200000", "--seed", "13", "--quiet"])
    given = ["--reference", str(day / "reference"), "--rates", str(day / "reference" / "rates.csv"), "--quiet"]
    surveil(["detect", str(day / "events.parquet"), "--feed", "canonical", *given, "--out", str(out)])
    return out


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def copies(out: Path, number: int, target: Path) -> None:
    """Write a run of so many alerts: those of a run again and again, each with ids and a capsule of its own."""
    lines = [(out / name).read_text().splitlines() for name in ("alerts.ndjson", "capsules.ndjson")]
    pairs = list(zip(*lines, strict=True))
    target.mkdir()
    with (target / "alerts.ndjson").open("w") as alerts, (target / "capsules.ndjson").open("w") as capsules:
        for place in range(number):
            alert, capsule = pairs[place % len(pairs)]
            made = json.loads(alert)
            sealed = made["lineage"]["capsule"]
            for name in (made["alert_id"], *made["findings"], sealed):
                other = digest(name, place)[: len(name)]
                alert, capsule = alert.replace(name, other), capsule.replace(name, other)
            alerts.write(alert + "\n")
            capsules.write(capsule + "\n")


def writing(database: str, url: str, folder: Path, run: dict, number: int) -> Iterator[Line]:
    with opened_store(url, write=True) as engine:
        for what in ("first", "again"):
            cpu, wall = timed(lambda: load(engine, folder, run))
            said = f"{number:,} alerts, {'new' if what == 'first' else 'all there already'}"
            yield Line(database, said, cpu, wall, round(number / cpu))


def many(out: Path, number: int) -> Iterator[tuple[str, dict]]:
    """Yield the rows of so many alerts, each with its table; subjects, days and scores spread, evidence shared."""
    whole = [
        (decode(alert), json.loads(capsule))
        for alert, capsule in zip((out / "alerts.ndjson").open(), (out / "capsules.ndjson").open(), strict=True)
    ]
    run = decode((out / "run.json").read_text())
    first, last = run["time"]["first"], run["time"]["last"]
    name = run_id(run)
    yield "runs", {"run_id": name, "started": run["started"], "first": first, "last": last, "document": encode(run)}
    yield "lineages", lineage_row(whole[0][0])
    templates = []
    for alert, capsule in whole:
        yield (
            "capsules",
            {"digest": alert["lineage"]["capsule"], "content": pack(json.dumps(capsule["capsule"]).encode())},
        )
        row = revision_row(alert, "found", name, json.dumps(capsule["context"]).encode())
        templates.append((alert, alert_row(alert), row, facet_rows(alert)))
    for place in range(number):
        alert, columns, row, facets = templates[place % len(templates)]
        mine, day = f"{place * 4_000_037:032x}", f"2025-{place // 28 % 12 + 1:02d}-{place % 28 + 1:02d}"
        columns = {**columns, "alert_id": mine, "trading_day": day, "start": day + columns["start"][10:]}
        columns |= {"subject_id": f"B{place * 7919 % SUBJECTS}", "end": day + columns["end"][10:]}
        spread = int(columns["score"] * 0.6) + place * 2_654_435_761 % 2_500
        columns |= {"score": spread, "level": next(n for n, least in LEVELS if spread >= least)}
        yield "alerts", {**columns, "revision": 1, "state": "open" if place % 5 else "closed", "follows": None}
        yield "revisions", {**row, "alert_id": mine, "document": row["document"].replace(alert["alert_id"], mine)}
        found = set()
        for facet in facets:
            value = facet["value"]
            if facet["name"] == "account":
                value = f"A{(place * 104_729 + len(value)) % ACCOUNTS}"
            elif facet["name"] == "instrument":
                value = f"{value}{place % (INSTRUMENTS // 40)}"
            found.add((facet["name"], value))
        yield from (("facets", {"alert_id": mine, "name": facet, "value": value}) for facet, value in sorted(found))
        yield "members", {"finding_id": digest(mine)[:32], "alert_id": mine}


LEVELS = (("critical", 9000), ("high", 7000), ("medium", 4000), ("low", 0))


def fill(url: str, rows: Iterator[tuple[str, dict]]) -> None:
    """Put rows into a store in bulk."""
    with opened_store(url, write=True) as engine:
        raw = engine.raw_connection()
        batches: dict[str, list[dict]] = {}
        put = _put_sqlite if isinstance(raw.driver_connection, sqlite3.Connection) else _put_postgres
        cursor = raw.cursor()
        if put is _put_sqlite:
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.execute("BEGIN")
        for table, row in rows:
            batch = batches.setdefault(table, [])
            batch.append(row)
            if len(batch) == 20_000:
                put(cursor, table, batch)
                batch.clear()
        for table, batch in batches.items():
            put(cursor, table, batch)
        cursor.execute("COMMIT" if put is _put_sqlite else "ANALYZE")
        raw.commit()
        raw.close()


def _put_sqlite(cursor: sqlite3.Cursor, table: str, rows: list[dict]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        names = ", ".join(f'"{name}"' for name in rows[0])
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", [tuple(row.values()) for row in rows])


def _put_postgres(cursor: object, table: str, rows: list[dict]) -> None:
    if rows:
        names = ", ".join(f'"{name}"' for name in rows[0])
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))


def readings(number: int) -> dict[str, Callable[[Library], object]]:
    """Return what is asked of a store."""
    middle = f"{number // 2 * 4_000_037:032x}"
    account = f"A{(number // 2 * 104_729 + 5) % ACCOUNTS}"
    return {
        "list: the gravest 20": lambda library: library.list(Query(limit=20)),
        "list: level and days": lambda library: library.list(
            Query(levels=["high"], day_from="2025-03-01", day_to="2025-03-07", limit=20)
        ),
        "list: one subject": lambda library: library.list(Query(subjects=["B17"], limit=20)),
        "list: one account": lambda library: library.list(Query(facets=[("account", [account])], limit=20)),
        "list: one rule, newest first": lambda library: library.list(
            Query(facets=[("rule", ["wash-churn"])], sort="start", limit=20)
        ),
        "list: page 1,000": lambda library: library.list(Query(limit=20, offset=19_980)),
        "show: by id": lambda library: library.show(middle),
        "show: by the beginning of an id": lambda library: library.show(middle[:30]),
        "summary of all": lambda library: library.summary(Query()),
        "summary of a week": lambda library: library.summary(Query(day_from="2025-03-01", day_to="2025-03-07")),
        "export: 1,000 alerts": lambda library: list(library.export(Query(limit=1_000))),
    }


def reading(database: str, url: str, number: int) -> Iterator[Line]:
    for what, ask in readings(number).items():
        costs = []
        while len(costs) < 3 and sum(wall for _, wall in costs) < MOST:
            with open_library(url, Path()) as library:
                costs.append(timed(lambda ask=ask, library=library: ask(library)))
        yield Line(database, what, *(statistics.median(column) for column in zip(*costs, strict=True)))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Callable[[], str]]:
    """Give a function that returns the URL of an empty store."""
    if kind == "sqlite":
        names = iter(range(100))
        yield lambda: f"sqlite:///{folder / f'{next(names)}.db'}"
        return
    with postgres.server() as url:
        names = iter(("one", "two"))

        def make() -> str:
            from sqlalchemy import create_engine, text

            name = next(names)
            with create_engine(url.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"CREATE DATABASE {name}"))
            return url.replace("/postgres?", f"/{name}?")

        yield make


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--stored", type=int, default=1_000_000, help="alerts to look among")
    words.add_argument("--written", type=int, default=5_000, help="alerts of the run that is loaded")
    words.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    words.add_argument("--out", type=Path, default=ROOT / "out" / "bench")
    options = words.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = []

    def say(found: Iterator[Line]) -> None:
        for line in found:
            rate = f"  {line.per_s:,} alerts a CPU second" if line.per_s else ""
            print(f"{line.database:<11} {line.what:<34} {line.cpu:8.3f} s CPU {line.wall:8.3f} s{rate}", flush=True)
            lines.append(line)

    with tempfile.TemporaryDirectory(dir=options.out, prefix=".alerts-") as scratch:
        folder = Path(scratch)
        out = make_day(folder)
        run = decode((out / "run.json").read_text())
        copies(out, options.written, folder / "copies")
        for kind in options.databases:
            with database(kind, folder) as empty:
                say(writing(kind, empty(), folder / "copies", run, options.written))
                url = empty()
                cpu, wall = timed(lambda url=url: fill(url, many(out, options.stored)))
                print(f"{kind}: {options.stored:,} alerts in bulk, {cpu:.0f} s CPU, {wall:.0f} s", flush=True)
                say(reading(kind, url, options.stored))
    load_of = os.getloadavg()[1]
    record = {"stored": options.stored, "load": load_of, "lines": [asdict(line) for line in lines]}
    (options.out / "alerts.json").write_text(json.dumps(record, indent=2) + "\n")
    rows = [f"| {one.database} | {one.what} | {one.cpu:.3f} | {one.wall:.3f} | {one.per_s or ''} |" for one in lines]
    head = ["| database | what | CPU s | s | alerts / CPU s |", "| --- | --- | --- | --- | --- |"]
    (options.out / "alerts.md").write_text("\n".join([*head, *rows]) + "\n")
    print(f"load of the machine: {load_of:.1f}")


if __name__ == "__main__":
    main()
