"""A feed profile: how the columns of a foreign file become the fields of an event.

It is a YAML file, checked against `schemas/feed.schema.json`; the shipped ones are in `profiles/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from surveillance.errors import InputError, Problem
from surveillance.events.derived import Derived
from surveillance.events.schema import COLUMN, Kind
from surveillance.events.two_sides import Sides
from surveillance.events.zone import Zone

SHIPPED: Final = Path(__file__).resolve().parent / "profiles"
MULTIPLIER: Final = "multiplier"
"""A field of feeds that is no column of the tape: it only enters the notional."""
REJECT: Final = "\x01reject"
"""What `FieldMap.otherwise` holds where other values reject the row."""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where one field comes from.

    Parameters
    ----------
    column : str
        Name of the foreign column, or of one that `Profile.derived` makes; empty: there is none.
    values : Mapping or None
        Foreign to canonical value, of an enumeration or a code; keys are lower case if `ignore_case`.
    ignore_case : bool
        Foreign values differ only by case.
    otherwise : str or None
        Canonical value of all other foreign values; None: they mean nothing; `REJECT`: they reject the row.
    shift : int
        Numbers count units of ``10**-shift``.
    absolute : bool
        The sign of numbers means nothing here.
    by_kind : Mapping
        Another source of the field for some kinds.
    """

    column: str
    values: Mapping[str, str] | None = None
    ignore_case: bool = False
    shift: int = 0
    by_kind: Mapping[Kind, FieldMap] = field(default_factory=dict)
    otherwise: str | None = REJECT
    absolute: bool = False

    def columns(self) -> list[str]:
        """Return every foreign column that the field reads."""
        return [one for one in (self.column, *(other.column for other in self.by_kind.values())) if one]


@dataclass(frozen=True, slots=True)
class TimeMap:
    """How the time of an event is written.

    Parameters
    ----------
    unit : str or None
        What numbers count; None: text is ISO 8601 (or has one of the formats) and whole numbers are ns.
    zone : Zone or None
        Zone of times without an offset.
    local_epoch : bool
        Numeric times count the zone's wall clock.
    formats : tuple
        How text is written, as `time_formats.read_format` reads it; empty: ISO 8601.
    day : str
        Column of the date from whose midnight numeric times count; empty: none.
    """

    unit: str | None = None
    zone: Zone | None = None
    local_epoch: bool = False
    formats: tuple[Any, ...] = ()
    day: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows that are no events: those with one of `values` in `column`."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked feed profile.

    Parameters
    ----------
    name, title : str
        What it is called, and what feed it is for.
    fields : Mapping
        Canonical field to its source.
    defaults : Mapping
        Canonical field to the text that stands where neither feed nor reference data gives one.
    skip : tuple of Skip
        Rows that are no events.
    time : TimeMap
        How times are written.
    day_zone : Zone or None
        The trading day is the date on this clock; None: on UTC's.
    price_scale, quantity_scale : int
        Decimals of instruments of which reference data says nothing.
    multiplier : str or None
        Contract multiplier of derivatives of which nothing is known; None leaves their notional null.
    allow_negative_price : bool
        Prices may be zero or negative.
    delimiter : str
        Of CSV files.
    header : tuple of str
        Column names of CSV files without a header line; empty: the first line has them.
    file : str
        Where it was read from.
    digest : str
        SHA-256 of the file.
    derived : Mapping
        Columns that are made from those of the file.
    sides : Sides or None
        Which records are both sides of a trade.
    file_format : str
        Format of the files, whatever their suffix; empty: the suffix says it.
    file_name : Pattern or None
        What the name of a file tells, as columns; `file_name_text` is how it was written.
    encoding : str
        Of the text of the files, by a name that Python knows.
    identity : tuple of str
        Columns that together identify a record; empty: nothing does.
    repeated_within : int
        ns after an event within which another one of the same identity is the same.
    """

    name: str
    title: str
    fields: Mapping[str, FieldMap]
    defaults: Mapping[str, str]
    skip: tuple[Skip, ...]
    time: TimeMap
    day_zone: Zone | None
    price_scale: int
    quantity_scale: int
    multiplier: str | None
    allow_negative_price: bool
    delimiter: str
    header: tuple[str, ...]
    file: str
    digest: str
    derived: Mapping[str, Derived] = field(default_factory=dict)
    sides: Sides | None = None
    file_format: str = ""
    file_name: re.Pattern[str] | None = None
    file_name_text: str = ""
    encoding: str = "utf-8"
    identity: tuple[str, ...] = ()
    repeated_within: int = 0

    def columns(self, fields: set[str]) -> list[str]:
        """Return the foreign columns that some fields, the skipped rows and the identity read, each once."""
        wanted = [name for field_ in self.fields if field_ in fields for name in self.fields[field_].columns()]
        if self.time.day and "time" in fields:
            wanted.append(self.time.day)
        return list(dict.fromkeys([*wanted, *(skip.column for skip in self.skip), *self.identity]))

    def origins(self, name: str) -> list[str]:
        """Return the columns of the file that a column is made from, each once; itself if it is not made."""
        made = self.derived.get(name)
        if made is None:
            return [name]
        return list(dict.fromkeys(origin for other in made.needs for origin in self.origins(other)))


def shipped_profiles() -> list[str]:
    """Return the names of the profiles that come with the project."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def profile_path(name_or_path: str | Path) -> Path:
    """Return the file of a shipped profile by name, or of any profile by path.

    Raises
    ------
    InputError
        If no profile has the name.
    """
    text = str(name_or_path)
    if "/" in text or "\\" in text or Path(text).suffix:
        return Path(text)
    if text not in shipped_profiles():
        hint = f"Shipped profiles: {', '.join(shipped_profiles())}; or give the path of a YAML file."
        raise InputError(Problem("unknown-profile", f"there is no feed profile {text!r}", hint=hint))
    return SHIPPED / f"{text}.yaml"


def load_profile(name_or_path: str | Path) -> Profile:
    """Load a shipped profile by name, or any profile by path.

    Parameters
    ----------
    name_or_path : str or Path
        ``canonical``, ``abides``, …, or the path of a YAML file (something with a ``/`` or a suffix).

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    from surveillance.events.profile_build import read_profile

    return read_profile(profile_path(name_or_path))


def is_field(name: str) -> bool:
    """Tell whether feeds may fill this field."""
    return name == MULTIPLIER or (name in COLUMN and COLUMN[name].holds != "row" and name not in MADE_AT_THE_DOOR)


MADE_AT_THE_DOOR: Final = frozenset(
    {"notional_basis", "base_notional", "fx_day", "trading_day", "calendar", "linked_owner"}
)
