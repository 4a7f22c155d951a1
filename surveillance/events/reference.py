"""Reference data: what is known of accounts and instruments beyond the feed.

A folder with `accounts.csv` and `instruments.csv`, either of which may be missing. At the door it fills what the
feed leaves null.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.schema import ENUMS, MAX_DECIMALS

ACCOUNT_FIELDS: Final = ("capacity", "beneficial_owner", "trader", "desk")
INSTRUMENT_FIELDS: Final = (
    "asset_class", "band", "price_scale", "quantity_scale", "multiplier", "currency", "venue",
)  # fmt: skip
_FILES: Final = {"accounts.csv": ("account_id", ACCOUNT_FIELDS), "instruments.csv": ("instrument", INSTRUMENT_FIELDS)}


@dataclass(frozen=True, slots=True)
class Reference:
    """A snapshot of reference data.

    Parameters
    ----------
    accounts, instruments : Mapping
        Id to its fields as text; absent fields are not in it.
    digest : str
        SHA-256 over the files' names and contents; empty without files.
    """

    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    instruments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digest: str = ""

    def fields(self) -> set[str]:
        """Return the fields that some account or instrument has."""
        return {name for records in (self.accounts, self.instruments) for record in records.values() for name in record}


def read_reference(folder: str | Path) -> Reference:
    """Read a folder of reference data.

    Parameters
    ----------
    folder : str or Path
        Holds ``accounts.csv`` (account_id, capacity, beneficial_owner, trader, desk) and ``instruments.csv``
        (instrument, asset_class, band, price_scale, quantity_scale, multiplier, currency, venue); one of them may
        be missing, and so may all columns but the first.

    Raises
    ------
    InputError
        With all that is wrong with them.
    """
    folder = Path(folder)
    present = [name for name in _FILES if (folder / name).is_file()]
    if not present:
        what = "holds neither accounts.csv nor instruments.csv" if folder.is_dir() else "is not a folder"
        raise InputError(Problem("bad-reference", f"reference data: {what}", Location(str(folder))))
    problems: list[Problem] = []
    tables = {name: _read(folder / name, *_FILES[name], problems) for name in present}
    if problems:
        raise InputError(problems)
    digest = hashlib.sha256()
    for name in present:
        data = (folder / name).read_bytes()
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return Reference(tables.get("accounts.csv", {}), tables.get("instruments.csv", {}), digest.hexdigest())


def _read(path: Path, key: str, fields: tuple[str, ...], problems: list[Problem]) -> dict[str, dict[str, str]]:
    records: dict[str, dict[str, str]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, [])
            problems += _header_problems(header, key, fields, str(path))
            if key not in header:
                return records
            for row in lines:
                if row:
                    _add(records, row, header, key, Location(str(path), lines.line_num), problems)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem("unreadable-file", f"cannot be read: {error}", Location(str(path))))
    return records


def _header_problems(header: list[str], key: str, fields: tuple[str, ...], file: str) -> list[Problem]:
    where, known = Location(file, 1), f"Known columns: {', '.join((key, *fields))}."
    if key not in header:
        return [Problem("missing-column", f"there is no column {key!r}", where, known)]
    problems = [
        Problem("unknown-column", f"unknown column {name!r}", where, known)
        for name in header
        if name not in (key, *fields)
    ]
    twice = {name for name in header if header.count(name) > 1}
    return problems + [Problem("duplicate-column", f"column {name!r} is there twice", where) for name in sorted(twice)]


def _add(
    records: dict[str, dict[str, str]],
    row: list[str],
    header: list[str],
    key: str,
    where: Location,
    problems: list[Problem],
) -> None:
    if len(row) != len(header):
        problems.append(Problem("bad-record", f"has {len(row)} fields; the header has {len(header)}", where))
        return
    record = {name: value for name, value in zip(header, row, strict=True) if value}
    name = record.pop(key, "")
    if not name:
        problems.append(Problem("missing-value", f"{key} is empty", where))
    elif name in records:
        problems.append(Problem("duplicate-record", f"{key} {name!r} is there twice", where))
    problems += [
        Problem("bad-value", what, where) for field_, value in record.items() if (what := _wrong(field_, value))
    ]
    records[name] = record


def _wrong(name: str, value: str) -> str:
    """Say what is wrong with a value; empty when nothing is."""
    if name in ENUMS:
        allowed = [member.name.lower() for member in ENUMS[name]]
        return "" if value in allowed else f"{value!r} is not a value of {name}: {', '.join(allowed)}"
    if name in ("price_scale", "quantity_scale"):
        fits = value.isascii() and value.isdigit() and int(value) <= MAX_DECIMALS
        return "" if fits else f"{name} {value!r} is not a whole number from 0 to {MAX_DECIMALS}"
    if name == "multiplier":
        from surveillance.events.arithmetic import MULTIPLIER_SCALE
        from surveillance.events.decimals import OK, exact

        number, state = exact(value, MULTIPLIER_SCALE, rounding=False)
        return "" if state == OK and number > 0 else f"multiplier {value!r} is not a number above 0 with 6 decimals"
    return ""
