"""Currencies without a rate that callers wanted to convert: counted in the process, told once each in the log."""

from __future__ import annotations

from collections import Counter
from logging import WARNING
from threading import Lock
from typing import Any, Final

from surveillance.compat.pipeline_log import log

_MOST: Final = 1_000
_COUNTED: Counter[str] = Counter()
_LOCK: Final = Lock()


def count(currency: Any) -> None:
    """Count a conversion that could not be made; names beyond the first thousand count as ``other``."""
    name = str(currency)
    with _LOCK:
        name = name if name in _COUNTED or len(_COUNTED) < _MOST else "other"
        _COUNTED[name] += 1
        first = _COUNTED[name] == 1
    if first:
        log(WARNING, "currency_without_rate", currency=currency)


def counted() -> dict[str, int]:
    """Return by currency how many conversions could not be made since the process began."""
    with _LOCK:
        return dict(_COUNTED)
