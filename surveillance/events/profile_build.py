"""From the file of a feed profile to the profile: read strictly, checked as a whole, then built."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from surveillance.documents.document import Document
from surveillance.documents.yaml import parse_yaml
from surveillance.errors import InputError, Location, Problem
from surveillance.events.conditions import Cases, Condition, Test
from surveillance.events.derived import Cleaned, Derived, FirstOf, Part, Template, read_template
from surveillance.events.file_names import file_name_pattern, part_pattern
from surveillance.events.profile import MULTIPLIER, REJECT, FieldMap, Profile, Skip, TimeMap
from surveillance.events.profile_check import check_profile
from surveillance.events.schema import ENUMS, Kind
from surveillance.events.time_formats import read_format
from surveillance.events.two_sides import BUY, SELL, HalfSide, OfHalf, SideOf, Sides, SignOf
from surveillance.events.zone import Zone

_NUMBERS = frozenset({"price", "quantity", "notional", MULTIPLIER})
_NOTHING = "\x01"
_SKIPPED = "yes"
_SECOND = 1_000_000_000
_UNITS = {"ms": _SECOND // 1000, "s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND, "d": 86_400 * _SECOND}


def read_profile(path: Path) -> Profile:
    """Read the file of a profile.

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror or type(error).__name__}"
        raise InputError(Problem("unreadable-file", what, Location(str(path)))) from None
    return profile_of(data, str(path))


def profile_of(data: bytes, file: str) -> Profile:
    """Read a profile from its text.

    Parameters
    ----------
    data : bytes
        The text, as YAML.
    file : str
        What messages call it.

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    document, problems = parse_yaml(data, file)
    if document is not None and not problems:
        problems = check_profile(document)
    if document is None or problems:
        raise InputError(problems)
    return _Builder(document, hashlib.sha256(data).hexdigest()).build()


def nanoseconds(duration: str) -> int:
    """Return a duration such as 30m in ns; its form was checked by the schema."""
    digits = duration.rstrip("mshd")
    return int(digits) * _UNITS[duration[len(digits) :]]


class _Builder:
    """Builds a profile from a document in which nothing is wrong."""

    def __init__(self, document: Document, digest: str) -> None:
        self._document, self._digest = document, digest
        self._value: dict[str, Any] = document.value
        self._derived: dict[str, Derived] = {}

    def build(self) -> Profile:
        value = self._value
        scales, csv, file = value.get("scales", {}), value.get("csv", {}), value.get("file", {})
        fields = {
            name: self._field(name, source, ("columns", name))
            for name, source in value["columns"].items()
            if name != "aggressor"
        }
        sides = self._sides(fields) if "sides" in value else None
        if "aggressor" in value["columns"]:  # it may be told by the side
            aggressor = self._field("aggressor", value["columns"]["aggressor"], ("columns", "aggressor"), fields)
            fields.setdefault("aggressor", aggressor)
        multiplier = value.get("multiplier")
        pattern = file.get("name", "")
        identity = value.get("identity", [])
        identity = {"columns": identity} if isinstance(identity, list) else identity
        return Profile(
            name=value["name"],
            title=value["title"],
            fields=fields,
            defaults={name: str(default) for name, default in value.get("defaults", {}).items()},
            skip=tuple(self._skips()),
            time=self._time(),
            day_zone=Zone(value["trading_day"]["zone"]) if "trading_day" in value else None,
            price_scale=scales.get("price", 6),
            quantity_scale=scales.get("quantity", 6),
            multiplier=None if multiplier is None else str(multiplier),
            allow_negative_price=value.get("allow_negative_price", False),
            delimiter=csv.get("delimiter", ","),
            header=tuple(csv.get("header", [])),
            file=self._document.file,
            digest=self._digest,
            derived=self._derived,
            sides=sides,
            file_format=file.get("format", ""),
            file_name=file_name_pattern(pattern) if pattern else None,
            file_name_text=pattern,
            encoding=file.get("encoding", "utf-8"),
            identity=tuple(self._given(column) for column in identity["columns"]),
            repeated_within=nanoseconds(identity.get("within", "1h")),
        )

    def _derive(self, name: str, made: Derived) -> str:
        """Note a column that is made, under a name that no file has."""
        shown = f"\x01{name}"
        self._derived[shown] = made
        return shown

    def _given(self, column: str, nulls: Iterable[str | int] = ()) -> str:
        """Return a column of the file without the texts that mean that no value is given."""
        known = frozenset(map(str, [*self._value.get("nulls", []), *nulls]))
        return self._derive(f"{column} without {sorted(known)}", Cleaned(column, known)) if known else column

    def _condition(self, written: dict[str, Any]) -> Condition:
        """Return a condition; what it compares with values is taken as the file has it."""
        tests = [_test(column, asked) for column, asked in written.items()]
        return tuple(test if test.given is None else replace(test, column=self._given(test.column)) for test in tests)

    def _time(self) -> TimeMap:
        time = self._value["columns"]["time"]
        if isinstance(time, str):
            return TimeMap()
        zone = None
        if "zone" in time:
            repeated, left_out = time.get("repeated", "first"), time.get("left_out", "reject")
            zone = Zone(time["zone"], repeated=repeated, left_out=left_out)
        formats = tuple(read_format(text) for text in time.get("formats", []))
        return TimeMap(time.get("unit"), zone, time.get("epoch") == "local", formats, time.get("day", ""))

    def _field(
        self, name: str, source: Any, path: tuple[str, ...], fields: dict[str, FieldMap] | None = None
    ) -> FieldMap:
        if source is None:
            return FieldMap("")
        written: dict[str, Any] = {"column": source} if isinstance(source, str) else source
        ignore_case = written.get("ignore_case", False)
        values = written.get("values")
        told = "taker_side" in written or "maker_side" in written
        if name in ENUMS and (values is None or told):
            values = {member.name.lower(): member.name.lower() for member in ENUMS[name]}
        elif values is not None:
            values = {(key.lower() if ignore_case else key): str(value) for key, value in values.items()}
        otherwise = written.get("otherwise", REJECT)
        others = {
            Kind[kind.upper()]: self._field(name, _with_values(other, written), (*path, kind))
            for kind, other in written.get("by_kind", {}).items()
        }
        return FieldMap(
            self._column(name, written, path, fields or {}),
            values,
            ignore_case,
            len(str(written.get("divide_by", 1))) - len(str(written.get("multiply_by", 1))),
            others,
            str(otherwise) if otherwise is not None else None,
            written.get("absolute", False),
        )

    def _column(self, name: str, source: dict[str, Any], path: tuple[str, ...], fields: dict[str, FieldMap]) -> str:
        """Return the column of a field: one of the file, or one that is made."""
        shown = ".".join(path[1:])
        if "cases" in source:
            cases = tuple((case["is"], self._condition(case.get("where", {}))) for case in source["cases"])
            return self._derive(shown, Cases(cases))
        for key in ("taker_side", "maker_side"):
            if key in source:
                side = fields["side"]
                values = {text: str(value) for text, value in (source.get("values") or _SIDES).items()}
                made = SideOf(self._given(source[key]), values, side.column, side.values or _SIDES, key == "taker_side")
                return self._derive(shown, made)
        if "sign_of" in source:
            return self._derive(shown, SignOf(self._given(source["sign_of"])))
        column = self._origin(source, shown)
        if "part" in source:
            column = self._derive(f"{shown} part", Part(column, part_pattern(source["part"])))
        nulls = frozenset(map(str, [*self._value.get("nulls", []), *source.get("nulls", [])]))
        numbers = self._value.get("numbers", {}) if name in _NUMBERS else {}
        decimal = "" if numbers.get("decimal") == "." else numbers.get("decimal", "")
        if nulls or decimal or "thousands" in numbers:
            return self._derive(f"{shown} cleaned", Cleaned(column, nulls, decimal, numbers.get("thousands", "")))
        return column

    def _origin(self, source: Any, shown: str) -> str:
        if isinstance(source, str):
            return source
        if "template" in source:
            parts = read_template(source["template"]).parts
            given = tuple((self._given(part) if is_column else part, is_column) for part, is_column in parts)
            return self._derive(shown, Template(given))
        if "first_of" in source:
            nulls = source.get("nulls", [])
            return self._derive(shown, FirstOf(tuple(self._given(column, nulls) for column in source["first_of"])))
        return str(source["column"])

    def _half(self, source: Any, shown: str) -> str:
        column = source if isinstance(source, str) else source.get("column")
        return self._origin(source, shown) if column is None else self._given(column)

    def _sides(self, fields: dict[str, FieldMap]) -> Sides:
        """Make the fields that differ between the halves of a record depend on the half."""
        sides = self._value["sides"]
        for name in dict.fromkeys([*sides["buy"], *sides["sell"]]):
            single = fields.get(name)
            halves = [
                self._half(sides[half][name], f"{half}.{name}") if name in sides[half] else ""
                for half in ("buy", "sell")
            ]
            column = self._derive(f"sides.{name}", OfHalf(single.column if single else "", *halves))
            known = single or self._field(name, column, ("sides", name))
            fields[name] = FieldMap(
                column, known.values, known.ignore_case, known.shift, {}, known.otherwise, known.absolute
            )
        side = fields.get("side")
        column = self._derive("sides.side", HalfSide(side.column if side else ""))
        known_sides = (side.values if side else None) or {}
        fields["side"] = FieldMap(
            column,
            {**known_sides, BUY: "buy", SELL: "sell"},
            side.ignore_case if side else False,
            otherwise=side.otherwise if side else REJECT,
        )
        return Sides(self._condition(sides.get("where", {})))

    def _skips(self) -> list[Skip]:
        """Return what is skipped: plain values of one column as they are, all else as a column that is made."""
        found = []
        for number, written in enumerate(self._value.get("skip", [])):
            condition = self._condition(written)
            if len(condition) == 1 and condition[0].given is None and not condition[0].other:
                found.append(Skip(condition[0].column, condition[0].values))
            else:
                made = Cases(((_SKIPPED, condition),), _NOTHING)
                found.append(Skip(self._derive(f"skip.{number}", made), frozenset({_SKIPPED})))
        if "keep" in self._value:
            kept = tuple((_NOTHING, self._condition(written)) for written in self._value["keep"])
            found.append(Skip(self._derive("keep", Cases(kept, _SKIPPED)), frozenset({_SKIPPED})))
        return found


_SIDES = {"buy": "buy", "sell": "sell"}


def _test(column: str, asked: Any) -> Test:
    if isinstance(asked, dict):
        if "given" in asked:
            return Test(column, given=asked["given"])
        return Test(column, frozenset(map(str, asked["not"])), other=True)
    return Test(column, frozenset(map(str, asked if isinstance(asked, list) else [asked])))


def _with_values(other: Any, written: dict[str, Any]) -> Any:
    """Return another source of a field; it means its values as the field does unless it says so."""
    if other is None:
        return None
    inherited = {key: written[key] for key in ("values", "otherwise", "ignore_case") if key in written}
    return {**inherited, **({"column": other} if isinstance(other, str) else other)}
