"""Labels: who really did what, in which instrument, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.reference_files import moment
from surveillance.events.small_csv import Row, read_csv

NEEDED: Final = ("typology", "start", "end")
COLUMNS: Final = ("episode_id", "typology", "is_abuse", "instrument", "accounts", "traders", "start", "end", "params")
"""Columns that are read; others may stand beside them. Several values of one are joined by ``;``."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch of behaviour.

    Parameters
    ----------
    id : str
        Of the label.
    typology : str
        What it is.
    is_abuse : bool
        False for lawful behaviour that looks like abuse.
    instruments, accounts, traders : frozenset of str
        Empty: not labelled, so that any will do.
    start, end : int
        ns UTC.
    params : Mapping
        What is known of how it was done, such as ``severity`` and ``density``.
    run : int
        In which of several runs it can be found.
    """

    id: str
    typology: str
    is_abuse: bool
    instruments: frozenset[str]
    accounts: frozenset[str]
    traders: frozenset[str]
    start: int
    end: int
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    run: int = 0

    @property
    def actors(self) -> frozenset[str]:
        """Accounts and traders."""
        return self.accounts | self.traders


def read_truth(path: Path) -> list[Episode]:
    """Read a file of labels.

    Parameters
    ----------
    path : Path
        CSV with the columns of `NEEDED` and some of `COLUMNS`.

    Raises
    ------
    InputError
        With all that is wrong with it, each at its line.
    """
    problems: list[Problem] = []
    rows = read_csv(path, problems)
    header = next(rows, None)
    if header is None:
        raise InputError(problems or [Problem("empty-file", "is empty", Location(str(path)))])
    missing = [name for name in NEEDED if name not in header.values]
    if not {"instrument", "accounts", "traders"} & set(header.values):
        missing.append("accounts")
    hint = f"Columns that are read: {', '.join(COLUMNS)}."
    problems += [Problem("missing-column", f"there is no column {name!r}", header.place(), hint) for name in missing]
    if missing:
        raise InputError(problems)
    found = [_episode(row, header.values, problems) for row in rows]
    if problems:
        raise InputError(problems)
    return [one for one in found if one is not None]


def _episode(row: Row, names: list[str], problems: list[Problem]) -> Episode | None:
    fields = dict(zip(names, row.values, strict=True))
    before = len(problems)
    times = {}
    for name in ("start", "end"):
        times[name] = moment(fields[name])
        if times[name] is None:
            hint = "Write it as 2026-03-16T14:30:00Z."
            problems.append(
                Problem("bad-value", f"{name} {fields[name]!r} is not a time", row.place(names.index(name)), hint)
            )
    said = fields.get("is_abuse", "true").lower()
    if said not in ("true", "false"):
        place = row.place(names.index("is_abuse"))
        problems.append(Problem("bad-value", f"is_abuse {said!r} is neither true nor false", place))
    params: Any = {}
    if fields.get("params", "").startswith("{"):
        try:
            params = json.loads(fields["params"])
        except ValueError as error:
            problems.append(Problem("bad-value", f"params are not JSON: {error}", row.place(names.index("params"))))
    if len(problems) > before:
        return None
    start, end = times["start"], times["end"]
    assert start is not None
    assert end is not None
    if end < start:
        problems.append(Problem("bad-value", "end is before start", row.place(names.index("end"))))
        return None
    several = {name: _several(fields.get(name, "")) for name in ("instrument", "accounts", "traders")}
    return Episode(
        fields.get("episode_id") or f"line {row.line}",
        fields["typology"],
        said == "true",
        several["instrument"],
        several["accounts"],
        several["traders"],
        start,
        end,
        params,
    )


def _several(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(";") if part)
