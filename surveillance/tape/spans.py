"""Threads of rows by (key, kind, side) and the spans asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.tape import span_kernels
from surveillance.tape.key_columns import KeyColumn
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.revisions import Revisions
from surveillance.tape.tape import Tape

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one class in a stretch of time, one span for each anchor.

    Parameters
    ----------
    tape : Tape
        Where the rows are.
    first, last : ndarray of int64
        First and last row; -1 where there is none.
    count : ndarray of int64
        How many rows.
    quantity : ndarray of int64
        Sum of their quantities, at the instrument's scale.
    """

    tape: Tape
    first: IntArray
    last: IntArray
    count: IntArray
    quantity: IntArray

    def _at(self, rows: IntArray, column: str) -> IntArray:
        values = self.tape[column][np.maximum(rows, 0)]
        return np.where(rows >= 0, values, NULL).astype(np.int64)

    @property
    def first_time(self) -> IntArray:
        """Time of the first row, ns; null where there is none."""
        return self._at(self.first, "time")

    @property
    def last_time(self) -> IntArray:
        """Time of the last row, ns; null where there is none."""
        return self._at(self.last, "time")

    def first_value(self, column: str) -> IntArray:
        """Value of a column in the first row; null where there is none."""
        return self._at(self.first, column)

    def last_value(self, column: str) -> IntArray:
        """Value of a column in the last row; null where there is none."""
        return self._at(self.last, column)

    def keep(self, mask: NDArray[np.bool_]) -> Span:
        """Return the spans of those anchors for which `mask` holds."""
        return Span(self.tape, self.first[mask], self.last[mask], self.count[mask], self.quantity[mask])

    def or_else(self, mask: NDArray[np.bool_], other: Span) -> Span:
        """Return this span where `mask` holds and `other` where it does not."""
        pairs = ((self.first, other.first), (self.last, other.last), (self.count, other.count))
        chosen = [np.where(mask, mine, theirs) for mine, theirs in (*pairs, (self.quantity, other.quantity))]
        return Span(self.tape, *chosen)

    def where(self, mask: NDArray[np.bool_]) -> Span:
        """Return this span where `mask` holds and an empty one where it does not."""
        none, nothing = np.full_like(self.first, -1), np.zeros_like(self.count)
        return self.or_else(mask, Span(self.tape, none, none, nothing, nothing))


class Threads:
    """Rows of some kinds threaded by key, kind and side.

    Parameters
    ----------
    tape : Tape
        The tape.
    revisions : Revisions
        Its busts and corrections.
    key : KeyColumn
        The key.
    kinds : tuple of Kind
        Kinds that spans may ask for.
    chosen : GrowingColumn, optional
        Kind of each row, 0 where it is to be left out; by default all rows of the tape are threaded.
    """

    def __init__(
        self, tape: Tape, revisions: Revisions, key: KeyColumn, kinds: tuple[Kind, ...],
        chosen: GrowingColumn | None = None,
    ) -> None:  # fmt: skip
        self._tape, self._revisions, self.key = tape, revisions, key
        self._kind = tape.columns["kind"] if chosen is None else chosen
        self._place = np.full(16, -1, dtype=np.int64)
        for index, kind in enumerate(kinds):
            self._place[int(kind)] = index
        self.kinds = kinds
        self._classes = len(kinds) * span_kernels.SIDES
        self._following, self._preceding = tape.new_column("int32"), tape.new_column("int32")
        self._ordinal, self._running = tape.new_column("int32"), tape.new_column("int64")
        self._columns = (self._following, self._preceding, self._ordinal, self._running)
        self._cells = tape.new_column("int64")  # by class: never copied, and only what is used takes memory
        self._cursors: dict[int, IntArray] = {}
        self._unlinked = tape.head

    def advance(self, low: int, high: int) -> None:
        """Thread rows `low` to `high`."""
        tape, revisions = self._tape, self._revisions
        for column in self._columns:
            column.ensure(high)
        self._cells.ensure(self.key.size * self._classes * span_kernels.FIELDS)
        span_kernels.link_pass(
            low, high, self.key.array, self._kind.array, tape["side"], tape["quantity"], self._place, revisions.refers,
            revisions.any, self._classes, self._following.array, self._preceding.array, self._ordinal.array,
            self._running.array, self._state,
        )  # fmt: skip

    @property
    def _state(self) -> NDArray[np.int64]:
        cells = len(self._cells.array) // span_kernels.FIELDS
        return self._cells.array[: cells * span_kernels.FIELDS].reshape(cells, span_kernels.FIELDS)

    def unlink(self, before: int) -> None:
        """Take rows before `before` off the threads, which need them no more, and give back what they occupied.

        Called before the tape forgets them; threads may let go of rows much earlier than windows do.
        """
        if before > self._unlinked:
            span_kernels.unlink_pass(
                self._unlinked, before, self.key.array, self._kind.array, self._tape["side"], self._place,
                self._classes, self._following.array, self._preceding.array, self._state,
            )  # fmt: skip
            self._unlinked = before
            for column in self._columns:
                column.give_back(before)

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Clear the state of keys whose codes were freed."""
        codes = freed.get(self.key.fields)
        if codes is None or not len(codes):
            return
        cells = (codes.astype(np.int64)[:, None] * self._classes + np.arange(self._classes)).ravel()
        self._state[cells[cells < len(self._state)]] = 0
        for cursors in self._cursors.values():
            cursors[:] = 0

    def span(
        self, site: int, keys: NDArray[Any], kind: Kind, side: IntArray, start: IntArray, *, by_row: bool,
        until: IntArray, known: IntArray,
    ) -> Span:  # fmt: skip
        """Find one span for each of many anchors.

        Parameters
        ----------
        site : int
            Number of the question within the detector; each keeps cursors of its own.
        keys : ndarray of int32
            Key code of each anchor.
        kind : Kind
            Kind of the rows.
        side : ndarray of int64
            Side of the rows, for each anchor.
        start : ndarray of int64
            First row (`by_row`) or earliest time, ns.
        until : ndarray of int64
            Latest time, ns, inclusive.
        known : ndarray of int64
            Until when revisions count for each anchor, ns.
        """
        cursors = self._cursors.get(site)
        if cursors is None:
            cursors = self._cursors[site] = np.zeros((span_kernels.HINTS, 3), dtype=np.int64)
        out = np.empty((4, len(keys)), dtype=np.int64)
        tape, revisions = self._tape, self._revisions
        span_kernels.span_pass(
            keys, side, int(self._place[int(kind)]), self._classes, start, by_row, until, known, tape["time"],
            self._kind.array, tape["quantity"], revisions.revised, revisions.any, self._following.array,
            self._preceding.array, self._ordinal.array, self._running.array, self._state, cursors, out,
        )  # fmt: skip
        return Span(self._tape, out[0], out[1], out[2], out[3])
