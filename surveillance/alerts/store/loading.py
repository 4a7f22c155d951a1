"""A run's files become what the store holds: all its alerts, what it withdraws, and the record of the run itself.

Batches are transactions of their own. A run that is killed on the way leaves whole alerts; run again, it gives the
same store as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, insert, select

from surveillance.alerts.lineage import digest_of
from surveillance.alerts.recording import ALERTS, CAPSULES
from surveillance.alerts.store.changes import Change, withdrawal
from surveillance.alerts.store.rows import Alert, decode, encode
from surveillance.alerts.store.tables import CLOSED, OPEN, alerts, facets, lineages, revisions, runs
from surveillance.alerts.store.writing import Whole, put, withdraw

BATCH: Final = 500
"""Alerts in one transaction."""

_UNTOLD: Final = ("started", "timings", "peak_memory_bytes", "environment", "inputs")


class _Line(msgspec.Struct):
    """A line of capsules.ndjson, its content as it is."""

    alert_id: str
    digest: str
    capsule: msgspec.Raw
    context: msgspec.Raw


def run_id(run: Mapping[str, Any]) -> str:
    """Return the identity of a run: what it was made from and what it said, not when or on what machine."""
    return digest_of([encode({name: value for name, value in run.items() if name not in _UNTOLD})])


def load(engine: Engine, out: Path, run: Mapping[str, Any]) -> dict[str, int]:
    """Bring a run's alerts into a store.

    Parameters
    ----------
    engine : Engine
        Of a store that was opened to write.
    out : Path
        Folder of the run's files.
    run : Mapping
        In the shape of ``run.schema.json``.

    Returns
    -------
    dict of str to int
        How many alerts were ``written`` (new or revised), ``withdrawn`` and left ``unchanged``.
    """
    name = run_id(run)
    produced = frozenset(one["alert_id"] for one in _alerts(out))
    with engine.begin() as connection:
        _note(connection, name, run)
    wholes = _wholes(out)
    written = 0
    while batch := list(islice(wholes, BATCH)):
        with engine.begin() as connection:
            written += len(put(connection, batch, name, produced))
    with engine.begin() as connection:
        gone = list(_gone(connection, run, produced))
        withdraw(connection, gone, name)
    return {"written": written, "withdrawn": len(gone), "unchanged": len(produced) - written}


def _alerts(out: Path) -> Iterator[Alert]:
    with (out / ALERTS).open("rb") as lines:
        yield from map(decode, lines)


def _wholes(out: Path) -> Iterator[Whole]:
    """Yield alerts with their capsules and contexts, which stand in the same order."""
    decoder = msgspec.json.Decoder(_Line)
    with (out / CAPSULES).open("rb") as lines:
        for alert, line in zip(_alerts(out), lines, strict=True):
            other = decoder.decode(line)
            yield alert, bytes(other.capsule), bytes(other.context)


def _note(connection: Connection, name: str, run: Mapping[str, Any]) -> None:
    if connection.scalar(select(runs.c.run_id).where(runs.c.run_id == name)) is None:
        first, last = run["time"]["first"] or "", run["time"]["last"] or ""
        row = {"run_id": name, "started": run["started"], "first": first, "last": last, "document": encode(run)}
        connection.execute(insert(runs), row)


def _gone(connection: Connection, run: Mapping[str, Any], produced: frozenset[str]) -> Iterator[Change]:
    """Yield the withdrawal of each open alert that this run should have found again, and did not.

    It should have if it lies in the run's time, was found in files of the same names, by a rulebook and feed profile
    of the same names, and every one of its rules could see or is no longer there.
    """
    first, last = run["time"]["first"] or "", run["time"]["last"] or ""
    within = (alerts.c.state == OPEN) & (alerts.c.start >= first) & (alerts.c.end <= last)
    columns = [*alerts.c, revisions.c.document, revisions.c.run, revisions.c.capsule, revisions.c.lineage]
    latest = (revisions.c.alert_id == alerts.c.alert_id) & (revisions.c.revision == alerts.c.revision)
    candidates = connection.execute(select(*columns).join(revisions, latest).where(within)).mappings()
    left = [row for row in candidates if row["alert_id"] not in produced and row["follows"] not in produced]
    states = {rule["rule"]: rule["state"] for rule in run["rules"]}
    for row in left:
        then = decode(connection.scalar(select(runs.c.document).where(runs.c.run_id == row["run"])) or "{}")
        rules = connection.scalars(
            select(facets.c.value).where((facets.c.alert_id == row["alert_id"]) & (facets.c.name == "rule"))
        )
        blind = [rule for rule in rules if states.get(rule, "armed") not in ("armed", "disabled")]
        if blind or not _covers(run, then) or _continues(connection, row["follows"], produced):
            continue
        lineage = decode(
            connection.scalar(select(lineages.c.document).where(lineages.c.digest == row["lineage"])) or "{}"
        )
        before = {**decode(row["document"]), "lineage": {**lineage, "capsule": row["capsule"]}}
        why = f"Withdrawn: the run of {run['started'][:19]} over the same events did not find it again."
        yield withdrawal(dict(row), before, why, run["started"])


def _covers(run: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Tell whether a run read all that an earlier one did."""
    names = {source["name"] for source in run["sources"]}
    return (
        {source["name"] for source in then["sources"]} <= names
        and then["rulebook"]["name"] == run["rulebook"]["name"]
        and then["feed"]["name"] == run["feed"]["name"]
    )


def _continues(connection: Connection, follows: str | None, produced: frozenset[str]) -> bool:
    """Tell whether an alert continues, over closed ones, one that the run found."""
    while follows is not None:
        if follows in produced:
            return True
        follows = connection.scalar(
            select(alerts.c.follows).where((alerts.c.alert_id == follows) & (alerts.c.state == CLOSED))
        )
    return False
