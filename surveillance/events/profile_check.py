"""What may be wrong with a feed profile: its shape by JSON Schema, its words by the event schema."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from surveillance.bundle import schemas_folder
from surveillance.errors import Location, Problem
from surveillance.events.profile import MULTIPLIER, is_field
from surveillance.events.schema import COLUMN, ENUMS
from surveillance.events.yamlfile import Place, Steps

_NUMBERS = frozenset({"price", "quantity", "notional", MULTIPLIER})


def check_profile(document: Any, places: dict[Steps, Place], file: str) -> list[Problem]:
    """Return all that is wrong with a profile, in the order of the file.

    Parameters
    ----------
    document : Any
        The file's values.
    places : dict
        Line and column of each value, by its steps from the top.
    file : str
        The path to show.
    """
    import jsonschema

    schema = json.loads((schemas_folder() / "feed.schema.json").read_text(encoding="utf-8"))
    errors = _leaves(jsonschema.Draft7Validator(schema).iter_errors(document))
    found = [problem for error in errors for problem in _explain(error)]
    if not found:
        found = list(_words(document))
    problems = []
    for steps, code, message, hint in found:
        known = steps
        while known not in places and known:
            known = known[:-1]
        line, column = places.get(known, (0, 0))
        path = ".".join(map(str, steps))
        problems.append(Problem(code, message, Location(file, line, column, path), hint))
    return sorted(problems, key=lambda problem: (problem.location.line, problem.location.column, problem.message))


def _leaves(errors: Iterable[Any]) -> Iterator[Any]:
    """Replace "none of the forms fits" by what is wrong with the mapping form, if a mapping was written."""
    for error in errors:
        if error.validator == "anyOf" and isinstance(error.instance, dict):
            yield from _leaves(inner for inner in error.context if inner.relative_schema_path[0] == 1)
        else:
            yield error


def _explain(error: Any) -> Iterator[tuple[Steps, str, str, str]]:
    """Yield steps, code, message and hint of a JSON Schema error; unknown keys one by one."""
    steps = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        allowed = list(error.schema["properties"])
        for key in error.instance:
            if key not in allowed:
                close = difflib.get_close_matches(str(key), allowed, 1)
                hint = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(allowed)}."
                yield (*steps, key), "unknown-key", f"unknown key {key!r}", hint
    elif error.validator == "required":
        yield steps, "missing-key", error.message, ""
    else:
        yield steps, "bad-value", error.message, ""


def _words(document: dict[str, Any]) -> Iterator[tuple[Steps, str, str, str]]:
    """Yield what the schema cannot say: fields and enumeration values that do not exist."""
    columns = document["columns"]
    for name in ("time", "kind"):
        if name not in columns and name not in document.get("defaults", {}):
            yield ("columns",), "missing-key", f"{name} must come from a column" + _or_default(name), ""
    for name, source in columns.items():
        if not is_field(name):
            yield ("columns", name), "unknown-field", f"{name!r} is not a field that a feed fills", _near(name)
        elif isinstance(source, dict):
            yield from _source(name, source, ("columns", name))
    for name, value in document.get("defaults", {}).items():
        if not is_field(name) or COLUMN[name].holds not in ("enum", "code") if name in COLUMN else True:
            yield ("defaults", name), "unknown-field", f"{name!r} cannot have a default", _near(name)
        elif name in ENUMS:
            yield from _enum_value(name, str(value), ("defaults", name))


def _source(name: str, source: dict[str, Any], steps: Steps) -> Iterator[tuple[Steps, str, str, str]]:
    if name in ENUMS:
        for key, value in source.get("values", {}).items():
            yield from _enum_value(name, str(value), (*steps, "values", key))
    for key in ("unit", "zone", "epoch"):
        if key in source and name != "time":
            yield (*steps, key), "bad-value", f"{key} is for time only", ""
    if "divide_by" in source and name not in _NUMBERS:
        yield (*steps, "divide_by"), "bad-value", f"{name} is not a number", ""
    if source.get("epoch") == "local" and "zone" not in source:
        yield (*steps, "epoch"), "missing-key", "a local epoch needs the zone of its clock", ""
    for kind, other in source.get("by_kind", {}).items():
        if name in ("time", "kind"):
            yield (*steps, "by_kind"), "bad-value", f"{name} cannot depend on the kind", ""
        elif isinstance(other, dict):
            yield from _source(name, other, (*steps, "by_kind", kind))


def _enum_value(name: str, value: str, steps: Steps) -> Iterator[tuple[Steps, str, str, str]]:
    allowed = [member.name.lower() for member in ENUMS[name]]
    if value not in allowed:
        yield steps, "unknown-value", f"{value!r} is not a value of {name}", f"Known: {', '.join(allowed)}."


def _or_default(name: str) -> str:
    return " or a default" if name == "kind" else ""


def _near(name: str) -> str:
    close = difflib.get_close_matches(name, [column for column in COLUMN if is_field(column)], 1)
    return f"Did you mean {close[0]}?" if close else "See docs/events.md for the fields."
