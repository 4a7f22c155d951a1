"""Tables of reference data as files: which there are, what they hold, and every mistake in them with its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.calendar import PHASES, WHOLE_DAY, days_of_week, seconds_of
from surveillance.events.decimals import OK, RANGE
from surveillance.events.schema import ENUMS, MAX_DECIMALS
from surveillance.events.small_csv import Row, read_csv
from surveillance.events.times import DAY_NS, NO_ZONE, to_time
from surveillance.events.zone import Zone

VALIDITY: Final = ("valid_from", "valid_to")
EVER: Final = (-(2**63) + 1, 2**63 - 1)
"""Validity of a record without dates, ns UTC."""

SCALES: Final = ("price_scale", "quantity_scale")
SCALE: Final = r"0*(?:[0-9]|1[0-2])"
"""A whole number from 0 to `MAX_DECIMALS`, as a regular expression."""

MEMBERS: Final = ("account_id", "beneficial_owner")
"""Columns of the table of linked groups that say who is in one."""

ACCOUNT_FIELDS: Final = ("capacity", "beneficial_owner", "trader", "desk")
INSTRUMENT_FIELDS: Final = ("asset_class", "band", *SCALES, "multiplier", "tick_size", "currency", "venue")


DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TRADING_DAY: Final = r"(?:1[789][0-9]{2}|2[01][0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
"""A date on which there can be trading, from 1700 to 2199, as a regular expression."""

_FORMS: Final = {
    "day": "Write it as monday, monday-friday or 2026-12-24.",
    "phase": "Leave it empty for a session.",
    "open": "Write it as 09:30 or 09:30:00.",
    "close": "Write it as 16:00 or 16:00:00; 24:00 is the end of the day.",
    "zone": "Use an IANA name: America/New_York.",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table holds.

    Parameters
    ----------
    key : str
        Column with the ids.
    fields : tuple of str
        Other columns, all optional but those of `needs`.
    needs : tuple of str
        Fields without which a record says nothing.
    """

    key: str
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


SHAPES: Final = {
    "accounts": Shape("account_id", (*ACCOUNT_FIELDS, "linked_group")),
    "owners": Shape("beneficial_owner", ("linked_group",)),
    "linked_groups": Shape("linked_group", MEMBERS),
    "traders": Shape("trader", ("desk",)),
    "desks": Shape("desk"),
    "instruments": Shape("instrument", (*INSTRUMENT_FIELDS, "instrument_group", "calendar")),
    "identifiers": Shape("identifier", ("feed", "instrument"), ("instrument",)),
    "venues": Shape("venue", ("calendar",)),
    "calendars": Shape("calendar", ("zone", "day", "phase", "open", "close"), ("zone", "day")),
}
"""Tables by name; each is a file ``<name>.csv`` or ``<name>.parquet``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a table.

    Parameters
    ----------
    id : str
        What it is about.
    fields : dict of str to str
        What it says; absent fields are not in it.
    since, until : int
        It holds from `since` on and before `until`, ns UTC.
    row : Row
        Where it stands.
    names : list of str
        Columns of its table.
    """

    id: str
    fields: dict[str, str]
    since: int
    until: int
    row: Row
    names: list[str]

    def place(self, name: str) -> Location:
        """Return the place of a field."""
        return self.row.place(self.names.index(name))


def find_tables(folder: Path, problems: list[Problem]) -> dict[str, Path]:
    """Return the files of a folder of reference data by the name of their table."""
    found: dict[str, Path] = {}
    for name in SHAPES:
        paths = [path for path in (folder / f"{name}.csv", folder / f"{name}.parquet") if path.is_file()]
        if paths:
            found[name] = paths[0]
        for path in paths[1:]:
            what = f"there is {paths[0].name} as well; a table is one file"
            problems.append(Problem("duplicate-table", what, Location(str(path))))
    for path in sorted(folder.glob("*")):
        close = difflib.get_close_matches(path.stem.lower(), set(SHAPES) - set(found), 1, 0.8)
        if close and path.suffix in (".csv", ".parquet"):
            hint = f"Did you mean {close[0]}{path.suffix}?"
            problems.append(Problem("unknown-table", "is no table of reference data", Location(str(path)), hint))
    return found


def read_table(path: Path, shape: Shape, problems: list[Problem]) -> list[Entry]:
    """Read a table.

    Parameters
    ----------
    path : Path
        CSV or Parquet.
    shape : Shape
        What it may hold.
    problems : list of Problem
        Takes what is wrong; records that are wrong are left out.
    """
    rows = read_csv(path, problems) if path.suffix == ".csv" else _read_parquet(path, problems)
    header = next(rows, None)
    if header is None:
        if not problems:
            problems.append(Problem("empty-file", "is empty", Location(str(path))))
        return []
    wrong = _header_problems(header, shape)
    problems += wrong
    if wrong:
        return []
    entries = (_entry(row, header.values, shape, problems) for row in rows)
    return [entry for entry in entries if entry is not None]


def _read_parquet(path: Path, problems: list[Problem]) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        columns = [column.cast(pa.string()).to_pylist() for column in table.columns]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        what = f"cannot be read: {str(error).splitlines()[0]}"
        problems.append(Problem("unreadable-file", what, Location(str(path))))
        return
    yield Row(str(path), 0, list(table.column_names))
    for number, values in enumerate(zip(*columns, strict=True), 1):
        yield Row(str(path), number, [value or "" for value in values])


def _header_problems(header: Row, shape: Shape) -> list[Problem]:
    known = (shape.key, *shape.fields, *VALIDITY)
    all_known = f"Known columns: {', '.join(known)}."
    problems = []
    for field, name in enumerate(header.values):
        where = header.place(field)
        if name not in known:
            close = difflib.get_close_matches(name.lower(), known, 1)
            hint = f"Did you mean {close[0]}? {all_known}" if close else all_known
            problems.append(Problem("unknown-column", f"unknown column {name!r}", where, hint))
        elif name in header.values[:field]:
            problems.append(Problem("duplicate-column", f"column {name!r} is there twice", where))
    return problems + [
        Problem("missing-column", f"there is no column {name!r}", header.place(), all_known)
        for name in (shape.key, *shape.needs)
        if name not in header.values
    ]


def _entry(row: Row, names: list[str], shape: Shape, problems: list[Problem]) -> Entry | None:
    before = len(problems)
    fields = {name: value for name, value in zip(names, row.values, strict=True) if value}
    problems += [
        Problem("missing-value", f"{name} is empty", row.place(names.index(name)))
        for name in (shape.key, *shape.needs)
        if name not in fields
    ]
    for name, value in fields.items():
        if what := _wrong(name, value):
            problems.append(Problem("bad-value", what, row.place(names.index(name)), _hint(name, value)))
    if len(problems) > before:
        return None
    since, until = (moment(fields.pop(name)) if name in fields else usual for name, usual in zip(VALIDITY, EVER))  # noqa: B905
    assert since is not None
    assert until is not None
    if since >= until:
        what = "valid_to is not after valid_from: the record holds at no time"
        given = max(names.index(name) for name in VALIDITY if name in names)
        problems.append(Problem("bad-validity", what, row.place(given)))
        return None
    return Entry(fields.pop(shape.key), fields, since, until, row, names)


def _wrong(name: str, value: str) -> str:
    """Say what is wrong with a value; empty when nothing is."""
    if name in ENUMS:
        allowed = [member.name.lower() for member in ENUMS[name]]
        return "" if value in allowed else f"{value!r} is not a value of {name}: {', '.join(allowed)}"
    if name in SCALES:
        fits = re.fullmatch(SCALE, value) is not None
        return "" if fits else f"{name} {value!r} is not a whole number from 0 to {MAX_DECIMALS}"
    if name in ("multiplier", "tick_size"):
        from surveillance.events.arithmetic import MULTIPLIER_SCALE
        from surveillance.events.decimals import exact

        decimals = MULTIPLIER_SCALE if name == "multiplier" else MAX_DECIMALS
        number, state = exact(value, decimals, rounding=False)
        fits = state == OK and number > 0
        return "" if fits else f"{name} {value!r} is not a number above 0 with at most {decimals} decimals"
    if name in VALIDITY:
        return "" if moment(value) is not None else f"{name} {value!r} is neither a day nor a time"
    return _wrong_hours(name, value)


def _wrong_hours(name: str, value: str) -> str:
    """Say what is wrong with a value of the table of calendars; empty when nothing is."""
    if name == "day":
        fits = days_of_week(value) is not None or (re.fullmatch(TRADING_DAY, value) and moment(value) is not None)
        return "" if fits else f"day {value!r} is neither a weekday nor a date from 1700 to 2199"
    if name == "phase":
        return "" if value in PHASES else f"{value!r} is not a value of phase: {', '.join(PHASES)}"
    if name in ("open", "close"):
        seconds = seconds_of(value)
        fits = seconds is not None and not (name == "open" and seconds == WHOLE_DAY)
        return "" if fits else f"{name} {value!r} is not a time of the day"
    if name == "zone":
        try:
            Zone(value)
        except InputError:
            return f"{value!r} is not a time zone"
    return ""


def _hint(name: str, value: str) -> str:
    if name in VALIDITY:
        return "Write it as 2026-03-16 or 2026-03-16T09:30:00Z; both are UTC."
    if name in _FORMS:
        return _FORMS[name]
    words = [member.name.lower() for member in ENUMS[name]] if name in ENUMS else []
    close = difflib.get_close_matches(value.lower(), words, 1)
    return f"Did you mean {close[0]}?" if close else ""


@lru_cache(maxsize=4096)
def moment(text: str) -> int | None:
    """Return a day (its midnight) or a time as ns UTC; None if it is neither. Times without an offset are UTC.

    What is too far away to be counted in 64 bits, such as 9999-12-31, is as far away as can be.
    """
    import pyarrow as pa

    if DATE.fullmatch(text):
        try:
            days = date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
        except ValueError:
            return None
        return max(EVER[0], min(days * DAY_NS, EVER[1]))
    values, states = to_time(pa.array([text]), unit=None, zone=None, local_epoch=False)
    if states[0] == RANGE:
        return EVER[text >= "1970"]
    return int(values[0]) if states[0] in (OK, NO_ZONE) and "-" in text else None
