"""Aggregates that share rows, key, window and anchors move in one pass over the tape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveillance.tape import extreme_kernels, window_kernels
from surveillance.tape.aggregates import VALUE_COLUMNS, Aggregate, Window
from surveillance.tape.key_columns import KeyColumn
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.revisions import Revisions
from surveillance.tape.rows import Members
from surveillance.tape.tape import Tape

if TYPE_CHECKING:
    from surveillance.tape.windows import Anchors

_OPERATIONS = {
    "count": window_kernels.COUNT,
    "sum": window_kernels.SUM,
    "squares": window_kernels.SQUARES,
    "flips": window_kernels.FLIPS,
    "first": window_kernels.FIRST,
    "last": window_kernels.LAST,
    "known": window_kernels.KNOWN,
}
_NEED_LINKS = ("flips", "first", "last")
_ASSET_CLASSES = 16


@dataclass(frozen=True, slots=True)
class Pass:
    """What every group needs for a pass over the tape."""

    tape: Tape
    revisions: Revisions
    members: Members
    key: KeyColumn
    window: Window
    anchors: Anchors

    @property
    def at_exit(self) -> bool:
        """Whether windows start at their anchors."""
        return self.window.anchor == "start"


def grown(state: NDArray[Any], rows: int) -> NDArray[Any]:
    """Return `state` with room for at least `rows` keys."""
    if rows <= len(state):
        return state
    grown = np.zeros((max(rows, 2 * len(state)), *state.shape[1:]), dtype=state.dtype)
    grown[: len(state)] = state
    return grown


class SumGroup:
    """Counts, sums, squares, changes of side, first and last values."""

    def __init__(self, shared: Pass) -> None:
        self._shared = shared
        self._aggregates: list[Aggregate] = []
        self._targets: list[int] = []
        self._ops = np.zeros((0, 6), dtype=np.int64)
        self._weights = np.zeros((1, _ASSET_CLASSES), dtype=np.int64)
        self._links = False
        self._following: GrowingColumn | None = None
        self._state = np.zeros((64, 1), dtype=np.int64)
        self._counters = np.zeros(2, dtype=np.int64)
        self._out = np.zeros((0, 0), dtype=np.int64)
        self.tail = shared.tape.head

    def add(self, aggregate: Aggregate) -> int:
        """Add an aggregate unless it is there; return its number."""
        if aggregate not in self._aggregates:
            self._aggregates.append(aggregate)
            self._lay_out()
        return self._aggregates.index(aggregate)

    def _lay_out(self) -> None:
        """Assign slots of state and rows of output; only before the first pass."""
        self._links = any(one.operation in _NEED_LINKS for one in self._aggregates)
        if self._links and self._following is None:
            self._following = self._shared.tape.derive("int32")
        slot = window_kernels.LINK_SLOTS if self._links else 0
        target = 0
        ops: list[tuple[int, ...]] = []
        weights: list[tuple[int, ...]] = []
        self._targets = []
        for one in self._aggregates:
            code = _OPERATIONS[one.operation]
            value = VALUE_COLUMNS.index(one.field) if one.field else 0
            row = -1
            if one.weights:
                row = len(weights)
                weights.append((*one.weights, *(0,) * (_ASSET_CLASSES - len(one.weights))))
            ops.append((code, one.side, value, slot, row, target))
            self._targets.append(target)
            slot += window_kernels.SLOTS[code]
            target += 2 if code == window_kernels.SQUARES else 1
        self._ops = np.array(ops, dtype=np.int64)
        self._weights = np.array(weights or [(0,) * _ASSET_CLASSES], dtype=np.int64)
        self._state = np.zeros((64, max(slot, 1)), dtype=np.int64)
        self._width = target

    def values(self, index: int) -> NDArray[Any]:
        """Values of aggregate `index` at the anchors of this step."""
        target = self._targets[index]
        if self._aggregates[index].operation == "squares":
            return self._out[target : target + 2]
        values: NDArray[Any] = self._out[target]
        return values

    def advance(self, low: int, high: int) -> None:
        """Move over rows `low` to `high`."""
        shared, tape, revisions = self._shared, self._shared.tape, self._shared.revisions
        self._state = grown(self._state, shared.key.size)
        self._out = np.empty((self._width, len(shared.anchors.rows)), dtype=np.int64)
        if self._following is not None:
            self._following.ensure(high)
        price, quantity, notional, base = (tape.value_column(name) for name in VALUE_COLUMNS)
        self.tail = window_kernels.window_pass(
            tape["time"], shared.members.column.array, shared.members.mask, shared.key.array, tape["kind"],
            tape.small_column("side"), tape.small_column("asset_class"), price, quantity, notional, base,
            revisions.revised, revisions.refers, revisions.any, self._links, low, high, self.tail, tape.watermark,
            shared.window.length, shared.anchors.rows, shared.at_exit, self._ops, self._weights,
            revisions.refers if self._following is None else self._following.array, self._state, self._out,
            self._counters,
        )  # fmt: skip

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Clear the state of keys whose codes were freed."""
        codes = freed.get(self._shared.key.fields)
        if codes is not None and len(codes):
            self._state[codes[codes < len(self._state)]] = 0

    @property
    def overflows(self) -> int:
        """Sums that did not fit."""
        return int(self._counters[window_kernels.OVERFLOW])

    @property
    def nulls(self) -> int:
        """Null values that were to be added."""
        return int(self._counters[window_kernels.NULLS])


class ExtremeGroup:
    """The smallest or the greatest value."""

    def __init__(self, shared: Pass, aggregate: Aggregate) -> None:
        self._shared, self._field = shared, aggregate.field
        self._which = extreme_kernels.MIN if aggregate.operation == "min" else extreme_kernels.MAX
        self._ahead, self._behind = shared.tape.derive("int32"), shared.tape.derive("int32")
        self._front, self._back = np.zeros(64, dtype=np.int64), np.zeros(64, dtype=np.int64)
        self._out = np.zeros(0, dtype=np.int64)
        self.tail = shared.tape.head
        self.overflows = self.nulls = 0

    def values(self, _index: int) -> NDArray[Any]:
        """Extreme at each anchor of this step."""
        return self._out

    def advance(self, low: int, high: int) -> None:
        """Move over rows `low` to `high`."""
        shared, tape, revisions = self._shared, self._shared.tape, self._shared.revisions
        self._ahead.ensure(high)
        self._behind.ensure(high)
        self._front = grown(self._front, shared.key.size)
        self._back = grown(self._back, shared.key.size)
        self._out = np.empty(len(shared.anchors.rows), dtype=np.int64)
        self.tail = extreme_kernels.extreme_pass(
            tape["time"], shared.members.column.array, shared.members.mask, shared.key.array, tape["kind"],
            tape.value_column(self._field), self._which, revisions.revised, revisions.refers, revisions.any, low, high,
            self.tail, tape.watermark, shared.window.length, shared.anchors.rows, shared.at_exit, self._ahead.array,
            self._behind.array, self._front, self._back, self._out,
        )  # fmt: skip

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Nothing stays of a key whose rows have all left: its queue is empty."""


class DistinctGroup:
    """How many distinct values of a column."""

    def __init__(self, shared: Pass, pairs: KeyColumn) -> None:
        self._shared, self._pairs = shared, pairs
        self._held, self._distinct = np.zeros(64, dtype=np.int64), np.zeros(64, dtype=np.int64)
        self._out = np.zeros(0, dtype=np.int64)
        self.tail = shared.tape.head
        self.overflows = self.nulls = 0

    def values(self, _index: int) -> NDArray[Any]:
        """Distinct values at each anchor of this step."""
        return self._out

    def advance(self, low: int, high: int) -> None:
        """Move over rows `low` to `high`."""
        shared, tape, revisions = self._shared, self._shared.tape, self._shared.revisions
        self._held = grown(self._held, self._pairs.size)
        self._distinct = grown(self._distinct, shared.key.size)
        self._out = np.empty(len(shared.anchors.rows), dtype=np.int64)
        self.tail = extreme_kernels.distinct_pass(
            tape["time"], shared.members.column.array, shared.members.mask, shared.key.array, tape["kind"],
            self._pairs.array, revisions.revised, revisions.refers, revisions.any, low, high, self.tail,
            tape.watermark, shared.window.length, shared.anchors.rows, shared.at_exit, self._held, self._distinct,
            self._out,
        )  # fmt: skip

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Nothing stays of a key whose rows have all left: its counts are zero."""
