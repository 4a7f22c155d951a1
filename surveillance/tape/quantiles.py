"""Quantiles of one column over one window: one histogram, however many ranks are asked."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.tape import quantile_kernels
from surveillance.tape.groups import Pass, still_waiting
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.tape import ALWAYS

_NONE: Final = np.zeros(0, dtype=np.int64)


class QuantileGroup:
    """Values that given shares of a key's rows do not exceed; see `quantile_kernels`.

    Parameters
    ----------
    shared : Pass
        Tape, rows, key and window.
    field : str
        Column of 64 bits whose values are ranked.
    side : int
        Only rows of this side, 0 for both.

    Raises
    ------
    ValueError
        The column does not hold whole numbers of 64 bits.
    """

    def __init__(self, shared: Pass, field: str, side: int) -> None:
        if field in ALWAYS or shared.tape.columns[field].dtype != np.int64:
            raise ValueError(f"{field!r} has no quantiles: take a quantity, a price or money")
        self._shared, self._field, self._side = shared, field, side
        self._ranks: list[int] = []
        self._entries: GrowingColumn = shared.tape.new_column("int64", quantile_kernels.ENTRY_FIELDS)
        self._cells = shared.tape.new_column("int64")  # by key: never copied, and only what is used takes memory
        self._held = shared.tape.new_column("int64")
        self._cursors = np.zeros(quantile_kernels.CURSORS, dtype=np.int64)
        self._waiting = self.unknown = _NONE
        self.overflows = 0
        self._out = np.zeros((0, 0), dtype=np.int64)

    def add(self, rank: int) -> int:
        """Add a rank, parts per million, unless it is there; return its number."""
        if rank not in self._ranks:
            self._ranks.append(rank)
        return self._ranks.index(rank)

    def values(self, index: int) -> NDArray[Any]:
        """Quantile of a rank at each anchor of this step."""
        values: NDArray[Any] = self._out[index]
        return values

    def advance(self, revising: NDArray[np.int64]) -> None:
        """Take in the rows that have entered, and answer for this step's anchors."""
        shared, tape, revisions = self._shared, self._shared.tape, self._shared.revisions
        rows, anchors, cursors = shared.entering.rows, shared.anchors.rows, self._cursors
        self._entries.ensure(int(cursors[quantile_kernels.END]) + len(rows))
        self._held.ensure(shared.key.size)
        self._cells.ensure(shared.key.size * quantile_kernels.CELLS)
        entries, time, keys, values = self._entries.array, tape["time"], shared.key.array, tape[self._field]
        side = tape.small_column("side")
        quantile_kernels.enter_pass(rows, keys, side, self._side, values, entries, cursors)
        self._waiting = still_waiting(self._waiting, int(cursors[quantile_kernels.REVISED]), revising)
        cursors[quantile_kernels.REVISED] = 0
        self._out = np.empty((len(self._ranks), len(anchors)), dtype=np.int64)
        quantile_kernels.quantile_pass(
            anchors, self._waiting, time, keys, tape.watermark, shared.window.length, shared.at_exit, revisions.refers,
            tape["kind"], side, self._side, values, np.array(self._ranks, dtype=np.int64), entries, cursors,
            self._held.array, self._cells.array, self._out,
        )  # fmt: skip

    def give_back(self) -> None:
        """Let go of entries that have left."""
        self._entries.give_back(int(self._cursors[quantile_kernels.TAIL]))

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Nothing stays of a key whose rows have all left: its buckets are empty."""

    @property
    def tail(self) -> int:
        """First row that the windows still hold, or will."""
        tail, end = self._cursors[quantile_kernels.TAIL], self._cursors[quantile_kernels.END]
        if tail == end:
            return self._shared.tape.end
        return int(self._entries.array[tail, quantile_kernels.ROW])
