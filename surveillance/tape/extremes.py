"""Extremes and counts of distinct values over one window: what an entry that leaves cannot be subtracted from."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.prefetch import AHEAD
from surveillance.tape import extreme_kernels
from surveillance.tape.aggregates import Aggregate
from surveillance.tape.groups import Pass, still_waiting
from surveillance.tape.key_columns import KeyColumn

_NONE: Final = np.zeros(0, dtype=np.int64)


class _Entries:
    """Entries of a group: their rows, a value each, the cursors over them, and the revisions not yet seen.

    Parameters
    ----------
    shared : Pass
        Tape, rows, key and window.
    dtype : str
        Type of the values.
    """

    def __init__(self, shared: Pass, dtype: str) -> None:
        self._shared = shared
        self.rows, self.values = shared.tape.new_column("int64"), shared.tape.new_column(dtype)
        self.cursors = np.zeros(extreme_kernels.CURSORS, dtype=np.int64)
        self.waiting = _NONE

    def enter(self, column: NDArray[Any], revising: NDArray[np.int64]) -> None:
        """Take in the rows that have entered, with their values in a column, and the revisions of this step."""
        entering, first = self._shared.entering.rows, int(self.cursors[extreme_kernels.END])
        end = first + len(entering)
        for kept, found in ((self.rows, entering), (self.values, column[entering])):
            kept.ensure(end + AHEAD)  # kernels look so far ahead
            kept.array[first:end] = found
        self.cursors[extreme_kernels.END] = end
        self.waiting = still_waiting(self.waiting, int(self.cursors[extreme_kernels.REVISED]), revising)
        self.cursors[extreme_kernels.REVISED] = 0

    def give_back(self) -> None:
        """Let go of entries that have left."""
        for one in (self.rows, self.values):
            one.give_back(int(self.cursors[extreme_kernels.TAIL]))

    @property
    def tail(self) -> int:
        """First row that the windows still hold, or will."""
        tail, end = self.cursors[extreme_kernels.TAIL], self.cursors[extreme_kernels.END]
        return self._shared.tape.end if tail == end else int(self.rows.array[tail])


class _EntryGroup:
    """What both kinds of groups have in common: their entries, and one answer for each anchor."""

    def __init__(self, shared: Pass, dtype: str) -> None:
        self._shared, self._entries = shared, _Entries(shared, dtype)
        self._out = self.unknown = _NONE
        self.overflows = 0

    def values(self, _index: int) -> NDArray[Any]:
        """Answer at each anchor of this step."""
        return self._out

    def give_back(self) -> None:
        """Let go of entries that have left."""
        self._entries.give_back()

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Nothing stays of a key whose rows have all left: its queue is empty, and its counts are zero."""

    @property
    def tail(self) -> int:
        """First row that the windows still hold, or will."""
        return self._entries.tail


class ExtremeGroup(_EntryGroup):
    """The smallest or the greatest value."""

    def __init__(self, shared: Pass, aggregate: Aggregate) -> None:
        super().__init__(shared, "int64")
        self._field = aggregate.field
        self._which = extreme_kernels.MIN if aggregate.operation == "min" else extreme_kernels.MAX
        self._ahead, self._behind = shared.tape.new_column("int32"), shared.tape.new_column("int32")
        self._queues = shared.tape.new_column("int64", extreme_kernels.ENDS)

    def advance(self, revising: NDArray[np.int64]) -> None:
        """Take in the rows that have entered, and answer for this step's anchors."""
        shared, tape, entries = self._shared, self._shared.tape, self._entries
        column = tape.value_column(self._field)
        entries.enter(column, revising)
        end = int(entries.cursors[extreme_kernels.END])
        self._ahead.ensure(end)
        self._behind.ensure(end)
        self._queues.ensure(shared.key.size)
        self._out = np.empty(len(shared.anchors.rows), dtype=np.int64)
        extreme_kernels.extreme_pass(
            shared.anchors.rows, entries.waiting, tape["time"], shared.key.array, tape.watermark, shared.window.length,
            shared.at_exit, shared.revisions.refers, tape["kind"], column, self._which, entries.rows.array,
            entries.values.array, entries.cursors, self._ahead.array, self._behind.array, self._queues.array, self._out,
        )  # fmt: skip

    def give_back(self) -> None:
        """Let go of entries that have left: queues hold none of them."""
        super().give_back()
        for column in (self._ahead, self._behind):
            column.give_back(int(self._entries.cursors[extreme_kernels.TAIL]))


class DistinctGroup(_EntryGroup):
    """How many distinct values of a column."""

    def __init__(self, shared: Pass, pairs: KeyColumn) -> None:
        super().__init__(shared, "int32")
        self._pairs = pairs
        self._held, self._distinct = shared.tape.new_column("int64"), shared.tape.new_column("int64")

    def advance(self, revising: NDArray[np.int64]) -> None:
        """Take in the rows that have entered, and answer for this step's anchors."""
        shared, tape, entries = self._shared, self._shared.tape, self._entries
        entries.enter(self._pairs.array, revising)
        self._held.ensure(self._pairs.size)
        self._distinct.ensure(shared.key.size)
        self._out = np.empty(len(shared.anchors.rows), dtype=np.int64)
        extreme_kernels.distinct_pass(
            shared.anchors.rows, entries.waiting, tape["time"], shared.key.array, tape.watermark, shared.window.length,
            shared.at_exit, shared.revisions.refers, tape["kind"], entries.rows.array, entries.values.array,
            entries.cursors, self._held.array, self._distinct.array, self._out,
        )  # fmt: skip
