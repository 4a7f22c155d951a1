"""The event schema as others read it: a JSON Schema for tools and a table for people."""

from __future__ import annotations

import json
from typing import Any, Final

from surveillance.events.schema import COLUMNS, ENUMS, Column

_UNITS: Final = {
    "time": "ns since 1970-01-01 UTC",
    "day": "days since 1970-01-01",
    "price": "10**-price_scale of the instrument",
    "quantity": "10**-quantity_scale of the instrument",
    "notional": "10**-4 of the currency",
    "base_notional": "10**-4 of the base currency",
    "position": "records",
}
_NEVER_NULL: Final = ("time", "kind")


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 7) of an event written as JSON: texts for codes, decimal text for numbers."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://trade-surveillance.invalid/schemas/event.schema.json",
        "title": "Event",
        "description": "One canonical event. A field that is absent or null means what `x-null` says.",
        "type": "object",
        "additionalProperties": False,
        "required": list(_NEVER_NULL),
        "properties": {column.name: _property(column) for column in COLUMNS if column.holds != "row"},
    }


def event_schema_text() -> str:
    """Return the JSON Schema as it is checked in."""
    return json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


def columns_table() -> str:
    """Return the Markdown table of all columns, as it stands in docs/events.md."""
    lines = ["| column | held as | unit or values | meaning | null means |", "| --- | --- | --- | --- | --- |"]
    for column in COLUMNS:
        null = f"{_null_text(column)}: {column.null}" if column.null else "never null"
        lines.append(f"| `{column.name}` | {column.dtype} | {_unit(column)} | {column.meaning} | {null} |")
    return "\n".join(lines) + "\n"


def _property(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"description": column.meaning}
    if column.name in ENUMS:
        values: list[str | None] = [member.name.lower() for member in ENUMS[column.name]]
        found["enum"] = values if column.name in _NEVER_NULL else [*values, None]
    elif column.holds == "time":
        found |= {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"}
    elif column.holds == "day":
        found |= {"type": ["string", "null"], "format": "date"}
    elif column.holds == "number":
        found |= {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"}
    else:
        found |= {"type": ["string", "null"], "minLength": 1}
    if column.null:
        found["x-null"] = column.null
    return found | {"x-held-as": column.dtype, "x-unit": _unit(column)}


def _unit(column: Column) -> str:
    if column.name in ENUMS:
        return ", ".join(f"{member.value} {member.name.lower()}" for member in ENUMS[column.name])
    if column.holds in ("code", "id"):
        return "code of a text"
    return _UNITS.get(column.name) or _UNITS.get(column.holds) or "count"


def _null_text(column: Column) -> str:
    return "-2**63" if column.dtype == "int64" else "-2**31" if column.holds == "day" else "0"
