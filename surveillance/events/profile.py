"""A feed profile: how the columns of a foreign file become the fields of an event.

It is a YAML file, checked against `schemas/feed.schema.json`; the shipped ones are in `profiles/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.schema import COLUMN, ENUMS, Kind
from surveillance.events.zone import Zone

SHIPPED: Final = Path(__file__).resolve().parent / "profiles"
MULTIPLIER: Final = "multiplier"
"""A field of feeds that is no column of the tape: it only enters the notional."""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where one field comes from.

    Parameters
    ----------
    column : str
        Name of the foreign column.
    values : Mapping or None
        Foreign to canonical value, of an enumeration or a code; keys are lower case if `ignore_case`.
    ignore_case : bool
        Foreign values differ only by case.
    shift : int
        Numbers count units of ``10**-shift``.
    by_kind : Mapping
        Another source of the field for some kinds.
    """

    column: str
    values: Mapping[str, str] | None = None
    ignore_case: bool = False
    shift: int = 0
    by_kind: Mapping[Kind, FieldMap] = field(default_factory=dict)

    def columns(self) -> list[str]:
        """Return every foreign column that the field reads."""
        return [self.column, *(other.column for other in self.by_kind.values())]


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
    time_unit : str or None
        What numbers in the time column count; None: text is ISO 8601 and whole numbers are ns.
    time_zone : Zone or None
        Zone of times without an offset.
    local_epoch : bool
        Numeric times count the zone's wall clock.
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
    """

    name: str
    title: str
    fields: Mapping[str, FieldMap]
    defaults: Mapping[str, str]
    skip: tuple[Skip, ...]
    time_unit: str | None
    time_zone: Zone | None
    local_epoch: bool
    day_zone: Zone | None
    price_scale: int
    quantity_scale: int
    multiplier: str | None
    allow_negative_price: bool
    delimiter: str
    header: tuple[str, ...]
    file: str
    digest: str

    def columns(self, fields: set[str]) -> list[str]:
        """Return the foreign columns that the given fields and the skipped rows read, without repetition."""
        wanted = [name for field_ in self.fields if field_ in fields for name in self.fields[field_].columns()]
        return list(dict.fromkeys([*wanted, *(skip.column for skip in self.skip)]))


def shipped_profiles() -> list[str]:
    """Return the names of the profiles that come with the project."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


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
    text = str(name_or_path)
    if "/" in text or "\\" in text or Path(text).suffix:
        return _load(Path(text))
    if text not in shipped_profiles():
        hint = f"Shipped profiles: {', '.join(shipped_profiles())}; or give the path of a YAML file."
        raise InputError(Problem("unknown-profile", f"there is no feed profile {text!r}", hint=hint))
    return _load(SHIPPED / f"{text}.yaml")


def _load(path: Path) -> Profile:
    import hashlib

    from surveillance.events.profile_check import check_profile
    from surveillance.events.yamlfile import read_yaml

    document, places = read_yaml(path)
    problems = check_profile(document, places, str(path))
    if problems:
        raise InputError(problems)
    return _build(document, str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def _build(document: dict[str, Any], file: str, digest: str) -> Profile:
    """Build a profile from a document that was checked."""
    time = document["columns"].get("time")
    time = {"column": time} if isinstance(time, str) else dict(time)
    zone = _zone(time.get("zone"), "columns.time.zone", file)
    day = _zone(document.get("trading_day", {}).get("zone"), "trading_day.zone", file)
    scales, csv = document.get("scales", {}), document.get("csv", {})
    multiplier = document.get("multiplier")
    return Profile(
        name=document["name"],
        title=document["title"],
        fields={name: _field(name, source) for name, source in document["columns"].items()},
        defaults={name: str(value) for name, value in document.get("defaults", {}).items()},
        skip=tuple(Skip(skip["column"], frozenset(map(str, skip["values"]))) for skip in document.get("skip", [])),
        time_unit=time.get("unit"),
        time_zone=zone,
        local_epoch=time.get("epoch") == "local",
        day_zone=day,
        price_scale=scales.get("price", 6),
        quantity_scale=scales.get("quantity", 6),
        multiplier=None if multiplier is None else str(multiplier),
        allow_negative_price=document.get("allow_negative_price", False),
        delimiter=csv.get("delimiter", ","),
        header=tuple(csv.get("header", [])),
        file=file,
        digest=digest,
    )


def _zone(name: str | None, path: str, file: str) -> Zone | None:
    try:
        return None if name is None else Zone(name)
    except InputError as error:
        problem = error.problems[0]
        place = Location(file, path=path)
        raise InputError(Problem(problem.code, problem.message, place, problem.hint)) from None


def _field(name: str, source: str | dict[str, Any]) -> FieldMap:
    if isinstance(source, str):
        source = {"column": source}
    ignore_case = source.get("ignore_case", False)
    values = source.get("values")
    if values is None and name in ENUMS:
        values = {member.name.lower(): member.name.lower() for member in ENUMS[name]}
    if values is not None:
        values = {(key.lower() if ignore_case else key): str(value) for key, value in values.items()}
    divide_by = source.get("divide_by", 1)
    others = {
        Kind[kind.upper()]: _field(name, {"values": source.get("values"), **_as_map(other)})
        for kind, other in source.get("by_kind", {}).items()
    }
    return FieldMap(source["column"], values, ignore_case, len(str(divide_by)) - 1, others)


def _as_map(source: str | dict[str, Any]) -> dict[str, Any]:
    return {"column": source} if isinstance(source, str) else source


def is_field(name: str) -> bool:
    """Tell whether feeds may fill this field."""
    return name == MULTIPLIER or (name in COLUMN and COLUMN[name].holds != "row" and name not in MADE_AT_THE_DOOR)


MADE_AT_THE_DOOR: Final = frozenset({"notional_basis", "base_notional", "fx_day", "trading_day"})
