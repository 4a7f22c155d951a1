"""Values inside JSON: a column name such as ``order.legs.0.price`` leads through objects and lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from surveillance.events.raw import as_text


def values_of(column: Any) -> list[Any]:
    """Return a column's rows as values; JSON text is decoded, and what is not JSON is nothing.

    Parameters
    ----------
    column : Text or pyarrow.Array
        JSON text, or nested values of Parquet.
    """
    import pyarrow as pa

    if hasattr(column, "type") and pa.types.is_nested(column.type):
        return list(column.to_pylist())
    decode = msgspec.json.Decoder(float_hook=str).decode  # numbers stay the text that was written
    text = as_text(column)
    found: list[Any] = []
    for row in range(len(text)):
        data = text.bytes_at(row)
        try:
            found.append(decode(data) if data else None)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found.append(None)
    return found


def leaves(values: list[Any], steps: Sequence[str]) -> Any:
    """Return as texts what stands at the end of the steps: keys of objects, or places in lists from 0."""
    import pyarrow as pa

    return pa.array([_leaf(_walk(value, steps)) for value in values], pa.string())


def _walk(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _leaf(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    if type(value) is bool:
        return "true" if value else "false"
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else str(value)
