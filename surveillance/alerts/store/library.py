"""The alerts of a database or of a run's folder, read in one way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, StaticPool, create_engine, insert

from surveillance.alerts.capsule import opened
from surveillance.alerts.recording import ALERTS, CAPSULES
from surveillance.alerts.store import reading
from surveillance.alerts.store.changes import Change
from surveillance.alerts.store.opening import opened_store
from surveillance.alerts.store.query import Query
from surveillance.alerts.store.rows import decode, encode
from surveillance.alerts.store.tables import metadata, runs
from surveillance.alerts.store.writing import write
from surveillance.errors import InputError, Location, Problem

_BATCH = 1_000


class Library:
    """Alerts to look at.

    Parameters
    ----------
    connection : Connection
        To the database.
    capsules : Path or None
        File of the capsules, where they are not in the database.
    """

    def __init__(self, connection: Connection, capsules: Path | None = None) -> None:
        self._connection, self._capsules = connection, capsules

    def list(self, query: Query) -> tuple[int, list[reading.Stored]]:
        """Return how many alerts a query has, and those of its page."""
        return reading.listed(self._connection, query)

    def export(self, query: Query) -> Iterator[dict[str, Any]]:
        """Yield the alerts of a query as alerts.ndjson has them."""
        return reading.exported(self._connection, query)

    def show(self, name: str) -> reading.Stored:
        """Return everything about an alert.

        Parameters
        ----------
        name : str
            Its id, the beginning of it, or an id under which it was published before.

        Raises
        ------
        InputError
            There is none, or more than one.
        """
        found = reading.resolved(self._connection, name)
        if not found:
            hint = "surveil alerts list shows them"
            raise InputError(Problem("no-such-alert", f"there is no alert {name!r}", hint=hint))
        if len(found) > 1:
            what = f"{name!r} can be any of {', '.join(one[:12] for one in found)}"
            raise InputError(Problem("ambiguous-alert", what, hint="write more of the id"))
        shown = reading.shown(self._connection, found[0])
        return shown if self._capsules is None else {**shown, **_capsule(self._capsules, found[0])}

    def run_of(self, alert_id: str) -> dict[str, Any]:
        """Return the run.json of the run that made the last revision of an alert."""
        return reading.run_of(self._connection, alert_id)

    def summary(self, query: Query) -> dict[str, Any]:
        """Count the alerts of a query, and say what the rules could see."""
        return {**reading.summary(self._connection, query), "runs": reading.latest_runs(self._connection)}


@contextmanager
def open_library(store: str | None, out: Path) -> Iterator[Library]:
    """Open a database, or the folder of a run where none is named.

    Parameters
    ----------
    store : str or None
        URL of a database.
    out : Path
        Folder that `surveil detect --out` wrote.

    Raises
    ------
    InputError
        It is not there or cannot be read.
    """
    if store is not None:
        with opened_store(store, write=False) as engine, engine.connect() as connection:
            yield Library(connection)
        return
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            metadata.create_all(connection)
            _read_folder(connection, out)
            yield Library(connection, out / CAPSULES)
    finally:
        engine.dispose()


def _read_folder(connection: Connection, out: Path) -> None:
    """Put a run's alerts into tables in memory, without their evidence."""
    record = out / "run.json"
    if not record.is_file() or not (out / ALERTS).is_file():
        hint = "name the folder of a run with --out, or a database with --store"
        raise InputError(Problem("no-alerts", "holds no alerts of a run", Location(str(out)), hint))
    try:
        run = json.loads(record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(Problem("bad-run", f"is not JSON: {error}", Location(str(record)))) from error
    row = {"run_id": "", "started": run["started"], "first": "", "last": "", "document": encode(run)}
    connection.execute(insert(runs), row)
    batch: list[Change] = []
    with (out / ALERTS).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                batch.append(Change(decode(line), "found"))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                place = Location(str(out / ALERTS), number)
                raise InputError(Problem("bad-alert", f"is not an alert: {error}", place)) from error
            if len(batch) == _BATCH:
                write(connection, batch, "")
                batch = []
    write(connection, batch, "")


class _Named(msgspec.Struct):
    """A line of capsules.ndjson of which only the id is looked at."""

    alert_id: str
    capsule: msgspec.Raw
    context: msgspec.Raw


def _capsule(path: Path, alert_id: str) -> dict[str, Any]:
    """Return the capsule and context of an alert from the file."""
    decoder = msgspec.json.Decoder(_Named)
    wanted = alert_id.encode()
    with path.open("rb") as lines:
        for line in lines:
            if wanted in line[:100]:
                try:
                    one = decoder.decode(line)
                    return {"capsule": opened(bytes(one.capsule)), "context": opened(bytes(one.context))}
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    what = f"the evidence of {alert_id} cannot be read: {error}"
                    raise InputError(Problem("bad-capsule", what, Location(str(path)))) from error
    return {"capsule": None, "context": {}}
