"""Events as others read them, from the columns of a block: exact numbers, names for codes, ISO times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from surveillance.alerts.values import exact, iso_day, iso_time, money
from surveillance.engine.copies import IDS, Block
from surveillance.events.dictionary import Dictionaries, Terms
from surveillance.events.late import take_texts
from surveillance.events.schema import COLUMN, ENUMS, MONEY_SCALE, NULL, NULL_DAY

MOST: Final = 100
"""Events whose facts a finding carries: the first half and the last half of so many."""

SHOWN_IDS: Final = ("order", "trade")
"""Ids that findings show."""

_HALF: Final = MOST // 2
_SHOWN_CODES: Final = ("account", "trader", "instrument", "venue", "counterparty")
_MADE: Final = {"time", "terms", "session", "source", "position"}
_MONEY: Final = {"notional", "base_notional"}
assert MONEY_SCALE == 4


def facts(block: Block, dictionaries: Dictionaries) -> list[dict[str, Any]]:
    """Return what a reader wants to know of the first and the last events; whole numbers are in the tape's units."""
    events = len(block["time"])
    places = np.r_[: min(events, _HALF), max(events - _HALF, min(events, _HALF)) : events]
    columns: dict[str, list[Any]] = {name: block[name][places].tolist() for name in ("time", "source", "position")}
    for name in ("kind", "side"):
        if name in block:
            columns[name] = _texts(dictionaries, name, block[name][places].tolist())
    columns["terms"] = block["terms"][places].tolist()
    for name in ("price", "quantity", "base_notional"):
        if name in block:
            columns[name] = [None if value == NULL else value for value in block[name][places].tolist()]
    for name in _SHOWN_CODES:
        if name in block:
            columns[name] = _texts(dictionaries, name, block[name][places].tolist())
    known = take_texts({name: block[name] for name in SHOWN_IDS if name in block}, places)
    for name in SHOWN_IDS:
        ids = known[name].to_pylist() if name in known else [None] * len(places)
        columns[name] = [dictionaries.shown(name, text) for text in ids]
    return _rows(columns)


def decoded(block: Block, dictionaries: Dictionaries, sources: list[str]) -> list[dict[str, Any]]:
    """Return all events of a block with every field that it has, as text or exact numbers."""
    terms = [dictionaries.terms.rows[code] for code in block["terms"].tolist()]
    columns: dict[str, list[Any]] = {
        "time": _each(iso_time, block["time"].tolist()),
        "source": [sources[ordinal] for ordinal in block["source"].tolist()],
        "position": block["position"].tolist(),
    }
    for name, values in block.items():
        if name not in _MADE and name not in IDS and COLUMN[name].holds != "id":
            columns[name] = _values(dictionaries, name, values.tolist(), terms)
    for name in IDS:
        if name in block:
            columns[name] = [dictionaries.shown(name, text) for text in block[name].to_pylist()]
    return _rows(columns)


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row)) for row in zip(*columns.values())]  # noqa: B905 - as long as each other, and many


def _values(dictionaries: Dictionaries, name: str, numbers: list[int], terms: list[Terms]) -> list[Any]:
    """Return a column as others read it."""
    if name in ENUMS or COLUMN[name].holds in ("code", "day"):
        return _texts(dictionaries, name, numbers)
    if name in _MONEY:
        return _each(lambda number: None if number == NULL else money(number), numbers)
    places = "price_scale" if name == "price" else "quantity_scale"
    return _each(lambda one: exact(one[0], 10 ** getattr(one[1], places)), list(zip(numbers, terms, strict=True)))


def _each(say: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    """Return what is said of each value; the same values come again and again, and are said once."""
    known = {value: say(value) for value in set(values)}
    return [known[value] for value in values]


def _texts(dictionaries: Dictionaries, name: str, numbers: Iterable[int]) -> list[str | None]:
    def text(number: int) -> str | None:
        if name in ENUMS:
            return ENUMS[name](number).name.lower() if number else None
        if COLUMN[name].holds == "day":
            return None if number == NULL_DAY else iso_day(number)
        return dictionaries[name].text(number)

    return _each(text, list(numbers))
