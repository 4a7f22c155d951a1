"""Two records field by field, for the reader: what was, and what is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_LONGEST: Final = 80


def differing_fields(before: Mapping[str, Any], again: Mapping[str, Any], what: str) -> Iterator[str]:
    """Yield each field that differs, or that only one of two records has.

    Parameters
    ----------
    before, again : Mapping
        The records.
    what : str
        What they are about.
    """
    for name in dict.fromkeys((*before, *again)):
        if name not in again:
            yield f"{what}: {name} was {_short(before[name])} and is no more"
        elif name not in before:
            yield f"{what}: {name} was not there and is {_short(again[name])}"
        elif plain(before[name]) != plain(again[name]):
            yield f"{what}: {name} was {_short(before[name])} and is {_short(again[name])}"


def plain(value: Any) -> bytes:
    """Return a value as canonical JSON, in which equal values are equal."""
    return _ENCODER.encode(value)


def _short(value: Any) -> str:
    text = plain(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}…"
