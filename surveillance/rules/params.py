"""Parameters of a detector, from the way a rule writes them to the typed record that the detector takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import inspect

from surveillance.detecting.measure import UNIT_SCALE, Unit
from surveillance.documents.document import Document, Path
from surveillance.errors import Problem
from surveillance.rules.schema import show_amount
from surveillance.rules.units import UnitError, in_whole, read_amount

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")


class _Reader:
    """Replaces amounts by whole numbers, wherever the type of a field says that one stands there."""

    def __init__(self, document: Document, currency: str) -> None:
        self.document = document
        self.currency = currency
        self.problems: list[Problem] = []

    def read(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        if isinstance(kind, inspect.Metadata):
            unit = (kind.extra_json_schema or {}).get("unit")
            return self.read(value, kind.type, path) if unit is None else self._amount(value, Unit(unit), path)
        if isinstance(kind, inspect.UnionType):
            return self._union(value, kind, path)
        if isinstance(kind, inspect.StructType) and isinstance(value, dict):
            types = {field.encode_name: field.type for field in kind.fields}
            return {
                name: self.read(part, types[name], (*path, name)) if name in types else part
                for name, part in value.items()
            }
        if isinstance(kind, inspect.DictType) and isinstance(value, dict):
            return {name: self.read(part, kind.value_type, (*path, name)) for name, part in value.items()}
        if isinstance(kind, inspect.ListType | inspect.VarTupleType) and isinstance(value, list):
            return [self.read(part, kind.item_type, (*path, place)) for place, part in enumerate(value)]
        return value

    def _union(self, value: Any, kind: inspect.UnionType, path: Path) -> Any:
        if value is None:
            return None
        members = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        containers = (inspect.StructType, inspect.DictType, inspect.ListType, inspect.VarTupleType)
        nested = isinstance(value, dict | list)
        fitting = [member for member in members if isinstance(member, containers) == nested]
        return self.read(value, fitting[0], path) if fitting else value

    def _amount(self, value: Any, unit: Unit, path: Path) -> int:
        try:
            return in_whole(read_amount(value, unit, self.currency), UNIT_SCALE[unit] or 1, value)
        except UnitError as error:
            self.problems.append(self.document.problem("bad-unit", error.message, path, error.hint))
            return 0


def read_params(
    document: Document, sources: Mapping[str, Path], params: type[msgspec.Struct], currency: str
) -> tuple[msgspec.Struct | None, list[Problem]]:
    """Decode a detector's parameters.

    Parameters
    ----------
    document : Document
        The rule file.
    sources : Mapping
        Path to the value of each parameter: an asset class's own, otherwise the rule's.
    params : type
        The detector's `Params`.
    currency : str
        Base currency of the rulebook.

    Returns
    -------
    msgspec.Struct or None
        None when something is wrong.
    list of Problem
        What is wrong: units, then the first thing that `msgspec` or the record itself refuses.
    """
    reader = _Reader(document, currency)
    described = inspect.type_info(params)
    assert isinstance(described, inspect.StructType)
    types = {field.encode_name: field.type for field in described.fields}
    values: dict[str, Any] = {}
    for name, path in sources.items():
        value = value_at(document, path)
        values[name] = reader.read(value, types[name], path) if name in types else value
    if reader.problems:
        return None, reader.problems
    try:
        return msgspec.convert(values, params), []
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        path = _path_of(place.strip("`"), sources) or _named_in(message, sources)
        return None, [document.problem("bad-parameter", message, path)]


def show_params(params: msgspec.Struct, currency: str) -> dict[str, Any]:
    """Return parameters as plain values, amounts as a rule would write them.

    Parameters
    ----------
    params : msgspec.Struct
        A detector's parameters.
    currency : str
        Base currency of the rulebook.
    """
    described = inspect.type_info(type(params))
    shown: dict[str, Any] = _shown(msgspec.to_builtins(params), described, currency)
    return shown


def _shown(value: Any, kind: inspect.Type, currency: str) -> Any:
    if isinstance(kind, inspect.Metadata):
        unit = (kind.extra_json_schema or {}).get("unit")
        return _shown(value, kind.type, currency) if unit is None else show_amount(value, Unit(unit), currency)
    if isinstance(kind, inspect.UnionType):
        members = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        return None if value is None else _shown(value, members[0], currency)
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        types = {field.encode_name: field.type for field in kind.fields}
        return {name: _shown(part, types[name], currency) for name, part in value.items()}
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        return {name: _shown(part, kind.value_type, currency) for name, part in value.items()}
    if isinstance(kind, inspect.ListType | inspect.VarTupleType) and isinstance(value, list):
        return [_shown(part, kind.item_type, currency) for part in value]
    return value


def amounts_of(params: msgspec.Struct) -> list[tuple[Unit, Fraction]]:
    """Return the amounts among parameters in natural units; plain numbers are multiples.

    Parameters
    ----------
    params : msgspec.Struct
        A detector's parameters.
    """
    return list(_amounts(msgspec.to_builtins(params), inspect.type_info(type(params))))


def _amounts(value: Any, kind: inspect.Type) -> Iterator[tuple[Unit, Fraction]]:
    if isinstance(kind, inspect.Metadata):
        unit = (kind.extra_json_schema or {}).get("unit")
        if unit is None:
            yield from _amounts(value, kind.type)
        elif isinstance(value, int):
            yield Unit(unit), Fraction(value, UNIT_SCALE[Unit(unit)] or 1)
    elif isinstance(kind, inspect.UnionType):
        for member in kind.types:
            fits = not isinstance(member, inspect.NoneType) and value is not None
            yield from _amounts(value, member) if fits else ()
    elif isinstance(kind, inspect.StructType) and isinstance(value, dict):
        for field in kind.fields:
            yield from _amounts(value.get(field.encode_name), field.type)
    elif isinstance(kind, inspect.DictType) and isinstance(value, dict):
        for part in value.values():
            yield from _amounts(part, kind.value_type)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType) and isinstance(value, list):
        for part in value:
            yield from _amounts(part, kind.item_type)
    elif isinstance(value, int | float | str) and isinstance(
        kind, inspect.IntType | inspect.FloatType | inspect.DecimalType
    ):
        yield Unit.MULTIPLE, Fraction(str(value))


def value_at(document: Document, path: Path) -> Any:
    """Return the value at a path of the document."""
    value = document.value
    for step in path:
        value = value[step]
    return value


def _path_of(place: str, sources: Mapping[str, Path]) -> Path | None:
    """Turn msgspec's ``$.limits[0]`` into a path of the document."""
    steps: list[str | int] = [
        int(position) if position else name for name, position in _STEP.findall(place.removeprefix("$"))
    ]
    if steps and steps[0] in sources:
        return (*sources[str(steps[0])], *steps[1:])
    return None


def _named_in(message: str, sources: Mapping[str, Path]) -> Path:
    """Return the parameter that a record's own complaint begins with, as in ``limits: …``."""
    return sources.get(message.partition(" ")[0].rstrip(":"), ("params",))
