"""What is measured: each suite is a function from a setting to rows of the table."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import data
import processes
from processes import CommandError, Cost

HERE = Path(__file__).resolve().parent
CONTENDERS = HERE / "contenders"
SURVEIL = Path(sys.executable).parent / "surveil"
WINDOW_NS = 1_800_000_000_000
LIMIT = 10_000_000_0000


@dataclass
class Row:
    """One line of the table.

    Parameters
    ----------
    cpu, wall, rss : float or None
        CPU s, wall s and peak MB of the whole process.
    events : int
        Events (or rows) that it went through; 0 where that means nothing.
    ns : float or None
        ns of CPU an event, where it is not the whole process's.
    note : str
        What it found, or what else is to be known.
    """

    suite: str
    name: str
    cpu: float | None = None
    wall: float | None = None
    rss: float | None = None
    events: int = 0
    ns: float | None = None
    note: str = ""
    to_floor: float | None = None

    @property
    def per_event(self) -> float | None:
        """ns of CPU an event."""
        if self.ns is not None:
            return self.ns
        return self.cpu * 1e9 / self.events if self.cpu is not None and self.events else None

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "ns_per_event": self.per_event}


@dataclass(frozen=True)
class Setting:
    """Where and how often to measure.

    Parameters
    ----------
    folder : Path
        For data that can be made again.
    events : int
        Of the large day.
    repeats : int
        Runs of each command, of which the median counts.
    """

    folder: Path
    events: int
    repeats: int


def row(suite: str, name: str, cost: Cost, events: int = 0, note: str = "") -> Row:
    return Row(suite, name, cost.cpu, cost.wall, cost.rss, events, note=note)


def _detect(setting: Setting, day: Path, rules: Path) -> list[str | Path]:
    out = setting.folder / "findings"
    source = ["--feed", "canonical", "--reference", day / "reference"]
    return [SURVEIL, "detect", day / "events.parquet", *source, "--rules", rules, "--out", out, "--quiet"]


def _found(setting: Setting) -> tuple[int, str]:
    run = json.loads((setting.folder / "findings" / "run.json").read_text(encoding="utf-8"))
    return run["counts"]["events"], f"{run['findings']['total']} findings"


def detecting(setting: Setting) -> Iterator[Row]:
    """From a Parquet file to findings, the command as a user runs it."""
    day = data.day(setting.folder, setting.events)
    for names in (["notional-burst"], data.THREE, data.TWENTY, []):
        command = _detect(setting, day, data.rules(setting.folder, *names))
        processes.run(command)  # kernels in the cache, file in memory
        cost = processes.repeat(setting.repeats, command)
        yield row("detect, Parquet", data.called(names), cost, *_found(setting))


def windows(setting: Setting) -> Iterator[Row]:
    """One sum per trader over the trailing 30 minutes, by four hands, which have to agree."""
    day = data.day(setting.folder, setting.events)
    folder = data.window_columns(day)
    size = json.loads((folder / "size.json").read_text(encoding="utf-8"))
    rows = size["rows"]
    arguments = [folder, rows, size["traders"], WINDOW_NS, LIMIT]
    commands = {
        "bare kernel": [sys.executable, CONTENDERS / "kernel.py", *arguments],
        "Polars rolling_sum_by, 1 thread": [sys.executable, CONTENDERS / "polars_window.py", *arguments],
        "DuckDB RANGE window, 1 thread": [sys.executable, CONTENDERS / "duckdb_window.py", *arguments],
    }
    compiler = shutil.which("cc")
    if compiler:
        binary = setting.folder / "window"
        processes.run([compiler, "-O3", "-march=native", "-o", binary, CONTENDERS / "window.c"])
        commands = {"C": [binary, *arguments], **commands}
    else:
        yield Row("window", "C", note="not measured: no compiler called cc")
    answers = {}
    for name, command in commands.items():
        try:
            cost = processes.repeat(setting.repeats, command, {"POLARS_MAX_THREADS": "1"})
        except CommandError as failed:
            if "No module named" not in str(failed):
                raise
            yield Row("window", name, note="not measured: not installed (group bench)")
            continue
        found = json.loads(cost.output.splitlines()[-1])
        answers[name] = found["above"], found["check"]
        note = f"{found['above']:,} rows above the limit"
        if "loop_s" in found:
            yield Row("window", f"{name}, loop alone", events=rows, ns=found["loop_s"] * 1e9 / rows, note=note)
        yield row("window", f"{name}, whole process", cost, rows, note)
    assert len(set(answers.values())) == 1, f"the contenders do not agree: {answers}"


def csv(setting: Setting) -> Iterator[Row]:
    """From a CSV file to findings, next to nothing but reading it."""
    rows = min(setting.events, 1_000_000)
    path = data.transactions(setting.folder, rows)
    rules, out = data.rules(setting.folder, "layering", "wash-churn"), setting.folder / "findings"
    command = [SURVEIL, "detect", path, "--feed", "transactions", "--rules", rules, "--out", out, "--quiet"]
    processes.run(command)
    cost = processes.repeat(setting.repeats, command)
    yield row("detect, CSV", "layering and wash", cost, *_found(setting))
    for reader, name in {"dictreader": "csv.DictReader, nothing else", "pyarrow": "pyarrow.csv, nothing else"}.items():
        cost = processes.repeat(setting.repeats, [sys.executable, CONTENDERS / "csv_rows.py", reader, path])
        yield row("detect, CSV", name, cost, rows)


def starting(setting: Setting) -> Iterator[Row]:
    """What a first and a later start cost, and starts in awkward places."""
    yield row("start", "surveil --help", processes.repeat(setting.repeats, [SURVEIL, "--help"]))
    day = data.day(setting.folder, 20_000)
    command = _detect(setting, day, data.rules(setting.folder))
    with tempfile.TemporaryDirectory() as cache:
        cached = {"NUMBA_CACHE_DIR": cache}
        yield row("start", "detect, 20,000 events, no kernel compiled yet", processes.run(command, cached))
        yield row("start", "detect, 20,000 events, later", processes.repeat(setting.repeats, command, cached))
    with tempfile.TemporaryDirectory() as cache:
        both = [
            processes.start([*command[:-2], Path(cache) / f"out{one}", "--quiet"], {"NUMBA_CACHE_DIR": cache})
            for one in range(2)
        ]
        costs = [processes.finish(one) for one in both]
        same = len({(Path(cache) / f"out{one}" / "findings.ndjson").read_bytes() for one in range(2)}) == 1
        assert same, "two processes that started at once do not find the same"
        slower = max(costs, key=lambda cost: cost.wall)
        yield row("start", "two processes at once, no kernel compiled yet", slower, note="same findings; the slower")
    yield from _read_only(command)


def _read_only(command: list[str | Path]) -> Iterator[Row]:
    """Start where neither the package nor the home can be written; root sees that on read-only mounts only."""
    name = "read-only package, no home"
    unshare = shutil.which("unshare")
    if os.name != "posix" or os.geteuid() or not unshare:
        yield Row("start", name, note="not measured: needs root and unshare(1)")
        return
    with tempfile.TemporaryDirectory() as temporary:
        script = 'mount --bind -o ro "$1" "$1" && shift && exec "$@"'
        quiet = [*command[:-2], Path(temporary) / "out", "--quiet"]
        inside = [unshare, "--mount", "sh", "-c", script, "sh", data.ROOT, *quiet]
        home = str(data.ROOT / "no-home")  # where nothing can be made either
        env = {"HOME": home, "TMPDIR": temporary, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            first = processes.run(inside, env)
        except CommandError as failed:
            why = "mounting is not allowed here" if "mount: " in str(failed) else f"it fails: {failed.lines[0]}"
            yield Row("start", name, note=f"not measured: {why}")
            return
        yield row("start", f"{name}, first", first, note="kernels kept in the temporary folder")
        yield row("start", f"{name}, later", processes.run(inside, env))


def growth(setting: Setting) -> Iterator[Row]:
    """Does twice the events cost twice as much, and one hot account what a thousand cold ones do?"""
    rules = data.rules(setting.folder, "notional-burst")
    sizes = [size for size in (1_000_000, 3_000_000) if size < setting.events]
    for events in (*sizes, setting.events):
        command = _detect(setting, data.day(setting.folder, events), rules)
        cost = processes.repeat(setting.repeats, command)
        yield row("growth", f"one rule, {events:,} events", cost, *_found(setting))
    events = min(setting.events, 1_000_000)
    cases = {"a thousand accounts": (1000, 1), "one account": (1, 1), "one account, every event a hit": (1, 5000)}
    for name, (accounts, size) in cases.items():
        rules = data.rules(setting.folder, *data.THREE)
        command = [sys.executable, CONTENDERS / "skew.py", rules, events, accounts, size]
        costs = [json.loads(processes.run(command).output.splitlines()[-1]) for _ in range(setting.repeats)]
        middle = sorted(costs, key=lambda cost: cost["ns_per_event"])[len(costs) // 2]
        note = f"three rules, engine alone, {middle['findings']} findings"
        yield Row("skew", name, events=events, ns=middle["ns_per_event"], note=note)


def live(setting: Setting) -> Iterator[Row]:
    """CPU time of batches of 1,000 events on their way through the engine."""
    events = min(setting.events, 1_000_000)
    day = data.day(setting.folder, events)
    for names in (data.THREE, data.TWENTY, []):
        rules = data.rules(setting.folder, *names)
        command = [CONTENDERS / "live.py", day / "events.parquet", day / "reference", rules, 1000]
        found = json.loads(processes.run([sys.executable, *command]).output.splitlines()[-1])
        note = f"CPU a batch: p50 {found['p50_ms']:.2f} ms, p99 {found['p99_ms']:.2f} ms, max {found['max_ms']:.1f} ms"
        name = f"{data.called(names)}, batches of 1,000"
        yield Row("live", name, events=events, ns=found["p50_ms"] * 1000, note=note)


SUITES: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "windows": windows,
    "detecting": detecting,
    "csv": csv,
    "starting": starting,
    "growth": growth,
    "live": live,
}
