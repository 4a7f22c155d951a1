"""Aggregates that share rows, key, window and anchors move in one pass over the tape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.prefetch import AHEAD
from surveillance.tape import window_kernels
from surveillance.tape.aggregates import VALUE_COLUMNS, Aggregate, Window
from surveillance.tape.key_columns import KeyColumn
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.revisions import Revisions
from surveillance.tape.rows import Entering, Members
from surveillance.tape.tape import Tape

if TYPE_CHECKING:
    from surveillance.tape.windows import Anchors

_OPERATIONS = {
    "count": window_kernels.COUNT,
    "sum": window_kernels.SUM,
    "squares": window_kernels.SQUARES,
    "known": window_kernels.KNOWN,
}
_CHAINED = ("flips", "first", "last")
_ASSET_CLASSES = 16
_NONE: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pass:
    """What every group needs for a pass over the tape."""

    tape: Tape
    revisions: Revisions
    entering: Entering
    key: KeyColumn
    window: Window
    anchors: Anchors

    @property
    def members(self) -> Members:
        """The rows that a window can hold."""
        return self.entering.members

    @property
    def at_exit(self) -> bool:
        """Whether windows start at their anchors."""
        return self.window.anchor == "start"


def still_waiting(
    waiting: NDArray[np.int64], done: int, revising: NDArray[np.int64]
) -> NDArray[np.int64]:  # fmt: skip
    """Return the revisions that a group's windows have not seen yet, those of this step (`revising`) included."""
    left = waiting[done:]
    if not len(revising):
        return left
    return np.concatenate((left, revising)) if len(left) else revising


class SumGroup:
    """Counts, sums, squares, changes of side, first and last values.

    What an entry says of its row and what is kept of a key is laid out once all aggregates are known; see
    `window_kernels`.
    """

    def __init__(self, shared: Pass) -> None:
        self._shared = shared
        self._aggregates: list[Aggregate] = []
        self._targets: list[int] = []
        self._chained = False
        self._sums = self._chain = 0
        self._ops = np.zeros((0, window_kernels.OP_FIELDS), dtype=np.int64)
        self._weights = np.zeros((1, _ASSET_CLASSES), dtype=np.int64)
        self._carries = _NONE
        self._shown = np.zeros((0, 2), dtype=np.int64)
        self._entries: GrowingColumn = shared.tape.new_column("int64", window_kernels.SUMS)
        self._state = shared.tape.new_column("int64", 1)
        self._cursors = np.zeros(window_kernels.CURSORS, dtype=np.int64)
        self._waiting = _NONE
        self._out = np.zeros((0, 0), dtype=np.int64)
        self.unknown = _NONE

    def add(self, aggregate: Aggregate) -> int:
        """Add an aggregate unless it is there; return its number."""
        if aggregate not in self._aggregates:
            self._aggregates.append(aggregate)
            self._lay_out()
        return self._aggregates.index(aggregate)

    def _lay_out(self) -> None:
        """Assign fields of entries and state and rows of output; only before the first pass."""
        self._chained = any(one.operation in _CHAINED for one in self._aggregates)
        summed = [one for one in self._aggregates if one.operation not in _CHAINED]
        fields: dict[Aggregate, int] = {}
        carries, field = [], window_kernels.SUMS
        for one in summed:
            fields[one] = field
            field += 1
            if one.operation == "squares":
                carries.append(field - window_kernels.SUMS)
                field += 1
        self._sums, self._chain = field - window_kernels.SUMS, field
        field += 2 if self._chained else 0
        read = [one for one in self._aggregates if one.operation in ("first", "last")]
        values = {name: field + place for place, name in enumerate(dict.fromkeys(one.field for one in read))}
        weights = list(dict.fromkeys(one.weights for one in summed if one.weights))
        ops = [
            (_OPERATIONS[one.operation], one.side, _column(one.field), _place(weights, one.weights), fields[one])
            for one in summed
        ]
        ops += [(window_kernels.VALUE, 0, _column(name), -1, place) for name, place in values.items()]
        self._ops = np.array(ops, dtype=np.int64).reshape(-1, window_kernels.OP_FIELDS)
        self._weights = np.array([_padded(one) for one in weights or [()]], dtype=np.int64)
        self._carries = np.array(carries, dtype=np.int64)
        shown = [(1 if one.operation == "first" else 2, values[one.field]) for one in read]
        self._shown = np.array(shown, dtype=np.int64).reshape(-1, 2)
        self._targets = [
            self._sums + 1 + read.index(one)
            if one in read
            else self._sums
            if one.operation == "flips"
            else fields[one] - window_kernels.SUMS
            for one in self._aggregates
        ]
        self._entries = self._shared.tape.new_column("int64", field + len(values))
        self._state = self._shared.tape.new_column("int64", self._sums + 3 * self._chained)

    def values(self, index: int) -> NDArray[Any]:
        """Values of aggregate `index` at the anchors of this step."""
        target = self._targets[index]
        if self._aggregates[index].operation == "squares":
            return self._out[target : target + 2]
        values: NDArray[Any] = self._out[target]
        return values

    def advance(self, revising: NDArray[np.int64]) -> None:
        """Take in the rows that have entered, and answer for this step's anchors."""
        shared, tape, revisions = self._shared, self._shared.tape, self._shared.revisions
        rows, anchors, cursors = shared.entering.rows, shared.anchors.rows, self._cursors
        self._entries.ensure(int(cursors[window_kernels.END]) + len(rows) + AHEAD)  # kernels look so far ahead
        entries = self._entries.array
        price, quantity, notional, base = (tape.value_column(name) for name in VALUE_COLUMNS)
        time, keys = tape["time"], shared.key.array
        side, asset_class = tape.small_column("side"), tape.small_column("asset_class")
        self._state.ensure(shared.key.size)
        self._out = np.empty((self._sums + self._chained + len(self._shown), len(anchors)), dtype=np.int64)
        unknown = np.empty(len(rows), dtype=np.int64)
        missing = window_kernels.enter_pass(
            rows, side, asset_class, price, quantity, notional, base, self._ops, self._weights, self._chain,
            self._chained, entries, cursors, unknown,
        )  # fmt: skip
        self.unknown = unknown[:missing]
        self._waiting = still_waiting(self._waiting, int(cursors[window_kernels.REVISED]), revising)
        cursors[window_kernels.REVISED] = 0
        window_kernels.window_pass(
            anchors, self._waiting, time, keys, tape.watermark, shared.window.length, shared.at_exit, revisions.refers,
            tape["kind"], side, asset_class, price, quantity, notional, base, self._ops, self._weights, self._sums,
            self._carries, self._chain, self._chained, self._shown, entries, cursors, self._state.array, self._out,
        )  # fmt: skip

    def give_back(self) -> None:
        """Let go of entries that have left."""
        self._entries.give_back(int(self._cursors[window_kernels.TAIL]))

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Clear the state of keys whose codes were freed."""
        codes = freed.get(self._shared.key.fields)
        if codes is not None and len(codes):
            self._state.array[codes[codes < len(self._state.array)]] = 0

    @property
    def tail(self) -> int:
        """First row that the windows still hold, or will."""
        tail, end = self._cursors[window_kernels.TAIL], self._cursors[window_kernels.END]
        if tail == end:
            return self._shared.tape.end
        return int(self._entries.array[tail, window_kernels.ROW])

    @property
    def overflows(self) -> int:
        """Whether a number did not fit: 1, or 0."""
        return int(self._cursors[window_kernels.OVERFLOW])


def _column(field: str) -> int:
    return VALUE_COLUMNS.index(field) if field else 0


def _place(weights: list[tuple[int, ...]], one: tuple[int, ...]) -> int:
    return weights.index(one) if one else -1


def _padded(weights: tuple[int, ...]) -> tuple[int, ...]:
    return (*weights, *(0,) * (_ASSET_CLASSES - len(weights)))
