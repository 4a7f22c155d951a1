"""What a finding was seen from: all that the tape knew of its events, whom they share, and the market's prices.

The tape gives its pages back while an episode grows, so rows are copied as they join it: columns at once, not row by
row. Of very many the first and last are kept; the trail's count and digest speak for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.alerts.values import exact, iso_day, iso_time, money
from surveillance.engine.prices import Prices
from surveillance.events.dictionary import Terms
from surveillance.events.schema import COLUMN, ENUMS, MONEY_SCALE, NULL, NULL_DAY
from surveillance.tape.tape import Tape

MOST: Final = 500
"""Events that a finding keeps: the first half and the last half of so many."""

SHARED: Final = ("beneficial_owner", "account", "trader", "desk", "instrument")
"""Columns of which it is known whether all events have the same value."""

_HALF: Final = MOST // 2
_IDS: Final = ("order", "parent_order", "trade")
_SEVERAL: Final = -1
_MADE: Final = {"terms", "session", "source", "position"}
_MONEY: Final = {"notional", "base_notional"}
assert MONEY_SCALE == 4

Block = dict[str, NDArray[Any]]


class Evidence:
    """Events of one finding as the tape had them."""

    __slots__ = (
        "_accounts",
        "_head",
        "_head_size",
        "_instruments",
        "_shared",
        "_tail",
        "_tail_size",
        "_traders",
        "prices",
    )

    def __init__(self) -> None:
        self._head: list[Block] = []
        self._tail: list[Block] = []
        self._head_size = self._tail_size = 0
        self._shared: dict[str, int] = {}
        self._instruments: set[int] = set()
        self._accounts: set[int] = set()
        self._traders: set[int] = set()
        self.prices = Prices()

    def extend(self, tape: Tape, rows: NDArray[np.int64], of: Mapping[str, str] | None = None) -> None:
        """Add rows, ascending and all later than those before.

        Where the rows are of several accounts, what they share is asked of those `of` the one in whose name they stand.
        """
        if not len(rows):
            return
        shared = rows
        if of is not None and "account" in of:
            shared = rows[tape["account"][rows] == tape.dictionaries["account"].find(of["account"])]
        for name in SHARED if len(shared) else ():
            if name in tape.columns:
                codes = tape[name][shared]
                low, high = int(codes.min()), int(codes.max())
                one = low if low == high else _SEVERAL
                self._shared[name] = one if self._shared.get(name, one) == one else _SEVERAL
        for name, known in (("instrument", self._instruments), ("account", self._accounts), ("trader", self._traders)):
            if name in tape.columns:
                known.update(np.unique(tape[name][rows]).tolist())
        room = _HALF - self._head_size
        if room > 0:
            self._head.append(_copied(tape, rows[:room]))
            self._head_size += len(rows[:room])
        rest = rows[max(room, 0) :][-_HALF:]
        if len(rest):
            self._tail.append(_copied(tape, rest))
            self._tail_size += len(rest)
            while self._tail_size - len(self._tail[0]["time"]) >= _HALF:
                self._tail_size -= len(self._tail.pop(0)["time"])

    def shared(self, tape: Tape) -> dict[str, str | None]:
        """Return the owner, account, trader, desk and instrument that all events share; None where they differ."""
        return {
            name: None if code in (0, _SEVERAL) else tape.dictionaries[name].text(code)
            for name, code in self._shared.items()
        }

    def instruments(self, tape: Tape) -> list[str]:
        """Return the instruments of all events, sorted."""
        return _texts(tape, "instrument", self._instruments)

    def accounts(self, tape: Tape) -> list[str]:
        """Return the accounts of all events, sorted."""
        return _texts(tape, "account", self._accounts)

    def traders(self, tape: Tape) -> list[str]:
        """Return the traders of all events, sorted."""
        return _texts(tape, "trader", self._traders)

    def events(self, tape: Tape, sources: list[str]) -> list[dict[str, Any]]:
        """Return the events that were kept, with every field that the tape had, exact and as text."""
        tail = self._tail
        skip = max(self._tail_size - _HALF, 0)
        found: list[dict[str, Any]] = []
        for place, block in enumerate((*self._head, *tail)):
            found += _decoded(tape, block, skip if place == len(self._head) else 0, sources)
        return found


def _texts(tape: Tape, column: str, codes: set[int]) -> list[str]:
    return sorted(text for code in codes if (text := tape.dictionaries[column].text(code)))


def _copied(tape: Tape, rows: NDArray[np.int64]) -> Block:
    block = {name: tape[name][rows] for name in tape.columns if name in COLUMN}
    for name in _IDS:
        ids = [tape.dictionaries.shown(name, tape.id_text(name, row)) for row in rows.tolist()]
        if any(ids):
            block[f"{name}_id"] = np.array(ids, dtype=object)
    return block


def _decoded(tape: Tape, block: Block, first: int, sources: list[str]) -> list[dict[str, Any]]:
    """Return the rows of a block from `first` on: column by column, as a finding can have thousands."""
    terms = [tape.dictionaries.terms.rows[code] for code in block["terms"][first:].tolist()]
    columns: dict[str, list[Any]] = {
        "time": [iso_time(time) for time in block["time"][first:].tolist()],
        "source": [sources[ordinal] for ordinal in block["source"][first:].tolist()],
        "position": block["position"][first:].tolist(),
    }
    for name, values in block.items():
        if name in COLUMN and name not in _MADE and name != "time" and COLUMN[name].holds != "id":
            columns[name] = _values(tape, name, values[first:].tolist(), terms)
        elif name.endswith("_id"):
            columns[name.removesuffix("_id")] = values[first:].tolist()
    return [dict(zip(columns, row)) for row in zip(*columns.values())]  # noqa: B905 - as long as each other, and many


def _values(tape: Tape, name: str, numbers: list[int], terms: list[Terms]) -> list[Any]:
    """Return a column as others read it."""
    if name in ENUMS or COLUMN[name].holds in ("code", "day"):
        known = {number: _named(tape, name, number) for number in set(numbers)}
        return [known[number] for number in numbers]
    if name in _MONEY:
        return [None if number == NULL else money(number) for number in numbers]
    places = "price_scale" if name == "price" else "quantity_scale"
    scales = [10 ** getattr(one, places) for one in terms]
    return [exact(number, scale) for number, scale in zip(numbers, scales)]  # noqa: B905 - as above


def _named(tape: Tape, name: str, number: int) -> str | None:
    if name in ENUMS:
        return ENUMS[name](number).name.lower() if number else None
    if COLUMN[name].holds == "day":
        return None if number == NULL_DAY else iso_day(number)
    return tape.dictionaries[name].text(number)
