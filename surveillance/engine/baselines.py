"""Baselines in a folder: one file a trading day, each made of the one before it and of the day's events.

A run reads the newest file of a day before its own, so that a day that is run again is judged by what was known then.
A day's file is written when the run is complete, and only if no later day is there: days come in order. A file of the
same day is replaced only by one that saw more events, so that a run of the same events changes nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from surveillance.alerts.values import iso_day
from surveillance.errors import InputError, Location, Problem
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.tape.baseline_columns import WARM_DAYS, Baseline, BaselineColumns, counted, days_of_rows
from surveillance.tape.baseline_day import FIRST_SLOT, HOURS, SLOTS
from surveillance.tape.baseline_table import BaselineTable

FORMAT: Final = 2
"""Of these files; a change of what is counted, or how, makes it another."""

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.json\.gz", re.ASCII)
_COLUMNS: Final = {
    "instruments": FIRST_SLOT + SLOTS, "accounts": FIRST_SLOT + HOURS, "peers": FIRST_SLOT, "pairs": 1,
    "hours": HOURS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A baseline, and the digest under which it is known.

    Parameters
    ----------
    baseline : Baseline
        What is usual.
    digest : str or None
        SHA-256 of its content; None before the first day.
    events : int
        Events of its last day.
    """

    baseline: Baseline
    digest: str | None = None
    events: int = 0

    @property
    def day(self) -> str | None:
        """The last day of it, ISO 8601."""
        return iso_day(self.baseline.day)


class Baselines:
    """What one run reads of a folder, and what it adds.

    Parameters
    ----------
    folder : Path
        Where the files are; made when the first is written.
    dictionaries : Dictionaries
        Texts of the events' codes.
    fields : frozenset of str
        Columns that detectors ask for.
    learn : bool
        Whether the run's days are added.
    """

    def __init__(self, folder: Path, dictionaries: Dictionaries, fields: frozenset[str], *, learn: bool = True) -> None:
        self._folder, self._dictionaries, self._fields, self._learn = folder, dictionaries, fields, learn
        self._days = days_of(folder)
        self.snapshot = Snapshot(Baseline.empty())
        self._columns: BaselineColumns | None = None
        self._record: list[dict[str, Any]] = []

    @property
    def is_warm(self) -> bool:
        """Whether there were enough days for anything to be known."""
        return self.snapshot.baseline.is_warm

    @property
    def why_cold(self) -> str:
        """Say how many days are missing."""
        return f"what is usual is not known yet: {self.snapshot.baseline.days} of {WARM_DAYS} trading days were learned"

    def prepare(self, batch: EventBatch) -> EventBatch:
        """Count the rows of a batch, and return it with the columns that detectors ask for."""
        if self._columns is None:
            rows = np.flatnonzero(counted(batch.columns["kind"]))
            if not len(rows):
                return batch
            day = int(days_of_rows(batch)[rows[0]])
            before = [one for one in self._days if one < day]
            if before:
                self.snapshot = read_snapshot(self._folder, before[-1])
            self._columns = BaselineColumns(self.snapshot.baseline, self._dictionaries, self._fields)
        return self._columns.prepare(batch)

    def commit(self) -> None:
        """Write the days of the run, now that it is complete.

        Raises
        ------
        InputError
            A file cannot be written.
        """
        if self._columns is None or not self._learn:
            return
        snapshot = self.snapshot
        for day in sorted(self._columns.days):
            events = self._columns.days[day].rows
            reason = self._why_not(day, events)
            if reason:
                self._record.append({"day": iso_day(day), "events": events, "kept": reason})
                if day in self._days:
                    snapshot = read_snapshot(self._folder, day)
                continue
            learned = snapshot.baseline.followed_by(day, self._columns.tables_of(day))
            snapshot = write_snapshot(self._folder, learned, snapshot.digest, events)
            self._record.append({"day": iso_day(day), "events": events, "sha256": snapshot.digest})

    def _why_not(self, day: int, events: int) -> str:
        """Say why a day is not written; nothing if it is."""
        later = [one for one in self._days if one > day]
        if later and day not in self._days:
            return f"the baseline of {iso_day(later[0])} is there already, and days come in order"
        if day not in self._days:
            return ""
        known = read_snapshot(self._folder, day)
        if events <= known.events:
            return "it was learned before, from as many events"
        return f"the baseline of {iso_day(later[0])} was made of it" if later else ""

    def record(self) -> dict[str, Any]:
        """Describe what was read and learned, for run.json."""
        baseline = self.snapshot.baseline
        read = None if self.snapshot.digest is None else self.snapshot.day
        return {"day": read, "days": baseline.days, "sha256": self.snapshot.digest, "learned": self._record}


def days_of(folder: Path) -> list[int]:
    """Return the days of which a folder has a baseline, in order.

    Raises
    ------
    InputError
        It is no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem("not-a-folder", "is no folder", Location(str(folder)), "name a folder of its own"))
    names = (_NAME.fullmatch(path.name) for path in folder.glob("*.json.gz"))
    return sorted(int(np.datetime64(name[1], "D").astype(np.int64)) for name in names if name)


def snapshot_path(folder: Path, day: int) -> Path:
    """Return where the baseline of a day is in a folder."""
    return folder / f"{iso_day(day)}.json.gz"


def write_snapshot(folder: Path, baseline: Baseline, before: str | None, events: int) -> Snapshot:
    """Write a baseline whole or not at all.

    Parameters
    ----------
    folder : Path
        Where; made if it is not there.
    baseline : Baseline
        What is usual after its last day.
    before : str or None
        Digest of the baseline of the days before.
    events : int
        Events of the last day.

    Raises
    ------
    InputError
        It cannot be written.
    """
    tables = {name: getattr(baseline, name).as_dict() for name in _COLUMNS}
    said = {"format": FORMAT, "day": iso_day(baseline.day), "days": baseline.days, "before": before, "events": events}
    content = msgspec.json.encode({**said, **tables})
    path = snapshot_path(folder, baseline.day)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(gzip.compress(content, 6, mtime=0))
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise InputError(
            Problem("cannot-write", f"cannot be written: {error.strerror}", Location(str(path)))
        ) from error
    return Snapshot(baseline, hashlib.sha256(content).hexdigest(), events)


def read_snapshot(folder: Path, day: int) -> Snapshot:
    """Read the baseline of a day.

    Raises
    ------
    InputError
        It cannot be read, is of another format, or is not whole.
    """
    path = snapshot_path(folder, day)
    hint = "remove it and all later ones, and run these days again in order"
    try:
        content = gzip.decompress(path.read_bytes())
        found = msgspec.json.decode(content)
        if found["format"] != FORMAT:
            problem = Problem("other-format", f"has format {found['format']}, not {FORMAT}", Location(str(path)), hint)
            raise InputError(problem)
        tables = [BaselineTable.from_dict(found[name], columns) for name, columns in _COLUMNS.items()]
        baseline = Baseline(day, int(found["days"]), *tables)
        return Snapshot(baseline, hashlib.sha256(content).hexdigest(), int(found["events"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        problem = Problem("bad-baseline", f"is no baseline that can be read: {error}", Location(str(path)), hint)
        raise InputError(problem) from error
