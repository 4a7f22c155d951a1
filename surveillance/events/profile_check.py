"""What may be wrong with a feed profile: its shape by JSON Schema, its words by the event schema."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from surveillance.bundle import schemas_folder
from surveillance.documents.document import Document, Path
from surveillance.documents.validation import did_you_mean, validate
from surveillance.errors import InputError, Problem
from surveillance.events.derived import read_template
from surveillance.events.file_names import file_name_pattern, part_pattern
from surveillance.events.profile import MULTIPLIER, is_field
from surveillance.events.schema import COLUMN, ENUMS
from surveillance.events.time_formats import read_format
from surveillance.events.zone import Zone

_NUMBERS: Final = frozenset({"price", "quantity", "notional", MULTIPLIER})
_ORIGINS: Final = ("column", "template", "first_of", "cases", "sign_of", "taker_side", "maker_side")
_ONLY_FOR: Final = {
    **dict.fromkeys(("unit", "zone", "epoch", "day", "formats", "repeated", "left_out"), frozenset({"time"})),
    **dict.fromkeys(("divide_by", "multiply_by", "absolute"), _NUMBERS),
    "cases": frozenset({"kind"}),
    "sign_of": frozenset({"side"}),
    **dict.fromkeys(("taker_side", "maker_side"), frozenset({"aggressor"})),
}
"""Keys of a source that some fields alone can have."""


def check_profile(document: Document) -> list[Problem]:
    """Return all that is wrong with a profile, in the order of the file."""
    import jsonschema

    schema = json.loads((schemas_folder() / "feed.schema.json").read_text(encoding="utf-8"))
    problems = validate(document, jsonschema.Draft7Validator(schema)) or list(_words(document))
    return sorted(problems, key=lambda one: (one.location.line, one.location.column, one.message))


def _words(document: Document) -> Iterator[Problem]:
    """Yield what the schema cannot say: fields, values and combinations that do not exist."""
    value = document.value
    columns, defaults, sides = value["columns"], value.get("defaults", {}), value.get("sides")
    for name in ("time", "kind"):
        if name not in columns and (name == "time" or name not in defaults):
            what = f"{name} must come from a column" + (" or a default" if name == "kind" else "")
            yield document.problem("missing-field", what, ("columns",))
    for name, source in columns.items():
        path = ("columns", name)
        if not is_field(name):
            what = f"{name} is not a field that a feed fills"
            yield document.problem("unknown-field", what, path, _near(name), key=True)
        else:
            yield from _source(document, name, source, path)
    for name, default in defaults.items():
        path = ("defaults", name)
        if not is_field(name) or name not in COLUMN or COLUMN[name].holds not in ("enum", "code"):
            yield document.problem("unknown-field", f"{name} cannot have a default", path, _near(name), key=True)
        elif name in ENUMS:
            yield from _enum_value(document, name, default, path)
    if sides is not None:
        yield from _sides(document, columns, sides)
    yield from _zone(document, value.get("trading_day", {}), ("trading_day",))
    yield from _understood(document, ("file", "name"), value.get("file", {}).get("name"), file_name_pattern)
    if not is_encoding(value.get("file", {}).get("encoding", "utf-8")):
        hint = "Such as utf-8, latin-1, cp1252, utf-16 or shift_jis; see the standard encodings of Python."
        yield document.problem("unknown-value", "is no encoding of text that is known", ("file", "encoding"), hint)
    numbers = value.get("numbers", {})
    if numbers.get("thousands") == numbers.get("decimal", "."):
        yield document.problem("bad-value", "decimals and thousands have the same sign", ("numbers",))
    if isinstance(value.get("multiplier"), str):
        hint = f"write a number, such as 100, not {value['multiplier']!r}"
        try:
            float(value["multiplier"])
        except ValueError:
            yield document.problem("bad-value", "the multiplier is no number", ("multiplier",), hint)


def is_encoding(name: str) -> bool:
    """Tell whether Python knows an encoding of text by this name, and can read it piece by piece."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return bool(found.incrementaldecoder) and found._is_text_encoding  # noqa: SLF001 - as open() asks


def _sides(document: Document, columns: dict[str, Any], sides: dict[str, Any]) -> Iterator[Problem]:
    for half in ("buy", "sell"):
        for name, source in sides[half].items():
            path = ("sides", half, name)
            if not is_field(name) or name in ("time", "kind", "side"):
                what = f"{name} cannot differ between the sides of a trade"
                yield document.problem("unknown-field", what, path, _near(name), key=True)
            else:
                yield from _origin(document, name, source, path)
                single = columns.get(name)
                if isinstance(single, dict) and "by_kind" in single:
                    what = f"{name} depends on the side here, so it cannot depend on the kind"
                    yield document.problem("bad-value", what, ("columns", name, "by_kind"), key=True)


def _source(document: Document, name: str, source: Any, path: Path) -> Iterator[Problem]:
    if source is None:
        if len(path) == 2:
            yield document.problem("missing-field", f"{name} names no column", path, "leave the field out")
        return
    yield from _origin(document, name, source, path)
    if isinstance(source, str):
        return
    if name in ENUMS and not {"taker_side", "maker_side"} & set(source):
        for key, value in source.get("values", {}).items():
            yield from _enum_value(document, name, value, (*path, "values", key))
        if source.get("otherwise") is not None:
            yield from _enum_value(document, name, source["otherwise"], (*path, "otherwise"))
    for key in source:
        fields = _ONLY_FOR.get(key, frozenset({name}))
        if name not in fields:
            what = f"{key} is for {', '.join(sorted(fields))} only"
            yield document.problem("bad-value", what, (*path, key), key=True)
    yield from _values(document, name, source, path)
    yield from _time(document, source, path)
    for kind, other in source.get("by_kind", {}).items():
        if name in ("time", "kind"):
            yield document.problem("bad-value", f"{name} cannot depend on the kind", (*path, "by_kind"), key=True)
        else:
            yield from _source(document, name, other, (*path, "by_kind", kind))


def _origin(document: Document, name: str, source: Any, path: Path) -> Iterator[Problem]:
    """Check that a source says in one way where its values come from."""
    if isinstance(source, str):
        return
    origins = [key for key in _ORIGINS if key in source]
    if not origins:
        yield document.problem("missing-field", f"{name} names no column", path, "write column: and its name")
    for key in origins[1:]:
        what = f"{key} and {origins[0]} both say where {name} comes from"
        yield document.problem("bad-value", what, (*path, key), "keep one of them", key=True)
    yield from _understood(document, (*path, "template"), source.get("template"), read_template)
    yield from _understood(document, (*path, "part"), source.get("part"), part_pattern)


def _values(document: Document, name: str, source: dict[str, Any], path: Path) -> Iterator[Problem]:
    if "values" in source:
        if name not in ENUMS and (name not in COLUMN or COLUMN[name].holds != "code"):
            what = f"{name} is not a field with a list of values"
            yield document.problem("bad-value", what, (*path, "values"), key=True)
        if "cases" in source or "sign_of" in source:
            what = "cases and signs give the values of the event themselves"
            yield document.problem("bad-value", what, (*path, "values"), "leave it out", key=True)
    elif "otherwise" in source and name not in ENUMS:
        what = "otherwise needs values that it is not"
        yield document.problem("missing-field", what, (*path, "otherwise"), key=True)
    for key in {"taker_side", "maker_side"} & set(source):
        for text, side in source.get("values", {}).items():
            yield from _enum_value(document, "side", side, (*path, "values", text))
        if "side" not in document.value["columns"] and "sides" not in document.value:
            what = f"{key} is compared with the side of the row, and no column gives that"
            yield document.problem("missing-field", what, (*path, key), key=True)
    if "divide_by" in source and "multiply_by" in source:
        what = "numbers cannot be divided and multiplied"
        yield document.problem("bad-value", what, (*path, "multiply_by"), "keep one of them", key=True)


def _time(document: Document, source: dict[str, Any], path: Path) -> Iterator[Problem]:
    yield from _zone(document, source, path)
    for key, needed, why in (
        ("epoch", "zone", "a local epoch needs the zone of its clock"),
        ("day", "zone", "times of a day need the zone of their clock"),
        ("repeated", "zone", "only the clock of a zone shows times twice"),
        ("left_out", "zone", "only the clock of a zone leaves times out"),
        ("day", "unit", "times of a day need the unit that they count"),
    ):
        if key in source and needed not in source and source[key] != "utc":
            yield document.problem("missing-field", why, (*path, key), f"add {needed}:", key=True)
    for key in ("unit", "day", "epoch"):
        if "formats" in source and key in source:
            what = f"{key} is for numbers, and formats are for text"
            yield document.problem("bad-value", what, (*path, key), "keep one of them", key=True)
    for place, text in enumerate(source.get("formats", [])):
        yield from _understood(document, (*path, "formats", place), text, read_format)


def _zone(document: Document, source: dict[str, Any], path: Path) -> Iterator[Problem]:
    if "zone" in source:
        try:
            Zone(source["zone"])
        except InputError as error:
            (problem,) = error.problems
            yield document.problem(problem.code, problem.message, (*path, "zone"), problem.hint)


def _understood(document: Document, path: Path, text: Any, read: Callable[[str], object]) -> Iterator[Problem]:
    """Check a text with the function that reads it."""
    if isinstance(text, str):
        try:
            read(text)
        except ValueError as error:
            yield document.problem("bad-value", f"'{text}' {error}", path)


def _enum_value(document: Document, name: str, value: Any, path: Path) -> Iterator[Problem]:
    allowed = [member.name.lower() for member in ENUMS[name]]
    if value not in allowed:
        hint = did_you_mean(str(value), allowed)
        yield document.problem("unknown-value", f"{value} is not a value of {name}", path, hint)


def _near(name: str) -> str:
    fields = [column for column in COLUMN if is_field(column)]
    hint = did_you_mean(name, fields)
    return hint if hint.startswith("did") else "see docs/events.md for the fields"
