"""The rows that can be decided now, as vectors, and what may be asked about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import Kind
from surveillance.tape.deals import DealLog, Deals
from surveillance.tape.large import LargeRows, LargeThreads
from surveillance.tape.revisions import Revisions
from surveillance.tape.spans import Span, Threads
from surveillance.tape.tape import Tape

IntArray = NDArray[Any]


@dataclass(slots=True)
class Question:
    """Shared by a `Decided` and what `keep` makes of it: where answers come from.

    Parameters
    ----------
    tape, revisions : Tape, Revisions
        The tape and its busts and corrections.
    threads : Threads or None
        Threads of the detector's key.
    reads : frozenset of str
        Columns that the detector declares; no other may be asked for.
    horizon : int
        ns after a row at which it is decided.
    asked : int
        Spans asked so far in this call: numbers the cursors.
    large : LargeThreads or None
        Threads of the detector's key over the rows that are large.
    deals : DealLog or None
        Trades with both sides brought together.
    keys : ndarray of int32 or None
        The detector's key at every row of the tape.
    """

    tape: Tape
    revisions: Revisions
    threads: Threads | None
    reads: frozenset[str]
    horizon: int
    asked: int = 0
    large: LargeThreads | None = None
    deals: DealLog | None = None
    keys: IntArray | None = None


@dataclass(slots=True)
class Decided:
    """Anchors of a detector that can be decided now.

    Parameters
    ----------
    row : ndarray of int64
        Row of each anchor.
    time : ndarray of int64
        Its time, ns; for scheduled detectors the time at which it is asked.
    key : ndarray of int32
        Code of its key.
    """

    row: IntArray
    time: IntArray
    key: IntArray
    question: Question
    windows: Mapping[str, Callable[[], IntArray]] = field(default_factory=dict)
    _mask: IntArray | None = None
    _side: IntArray | None = None

    def __len__(self) -> int:
        return len(self.row)

    def __getattr__(self, name: str) -> IntArray:
        """Return a declared aggregate at the anchors."""
        try:
            values = self.windows[name]()
        except KeyError:
            raise AttributeError(f"the detector declares no aggregate called {name!r}") from None
        return values if self._mask is None else values[..., self._mask]

    def column(self, name: str) -> IntArray:
        """Return a declared column of the tape at the anchors, as int64."""
        if name not in self.question.reads:
            raise AttributeError(f"the detector reads the column {name!r} and does not declare it in `needs`")
        values: IntArray = self.question.tape[name][self.row].astype(np.int64)
        return values

    @property
    def side(self) -> IntArray:
        """Side of each anchor: 1 buy, 2 sell, 0 not known."""
        if self._side is None:
            self._side = self.column("side")
        return self._side

    @property
    def is_large(self) -> NDArray[np.bool_]:
        """Whether each anchor is an order or cancellation that is large and rests; see `Detector.large_from`."""
        marked: NDArray[np.bool_] = self._large_rows.column.array[self.row] != 0
        return marked

    @property
    def median_order(self) -> IntArray:
        """Median order of each anchor's instrument up to it, where anchors are orders or cancellations."""
        values: IntArray = self._large_rows.usual.array[self.row]
        return values

    @property
    def most_orders(self) -> IntArray:
        """Quantity that nine of ten of these orders do not exceed."""
        values: IntArray = self._large_rows.most.array[self.row]
        return values

    @property
    def _large_rows(self) -> LargeRows:
        if self.question.large is None:
            raise TypeError("the detector asks what is large and does not say so in `large_from`")
        return self.question.large.rows

    @property
    def other(self) -> IntArray:
        """The opposite side of each anchor; 0 where the side is not known."""
        side = self.side
        return np.where(side == 0, 0, 3 - side)

    def span(
        self, kind: Kind, *, side: IntArray | int, start: IntArray | None = None, start_row: IntArray | None = None,
        until: IntArray, large: bool = False,
    ) -> Span:  # fmt: skip
        """Return the rows of one kind and side of each anchor's key in a stretch of time.

        Parameters
        ----------
        kind : Kind
            Kind of the rows; one of the detector's `needs.kinds`.
        side : ndarray of int64 or int
            Side of the rows for each anchor.
        start : ndarray of int64
            Earliest time, ns, inclusive; null gives an empty span. Give this or `start_row`.
        start_row : ndarray of int64
            First row.
        until : ndarray of int64
            Latest time, ns, inclusive.
        large : bool
            Whether only orders and cancellations that are large count; see `Detector.large_from`.
        """
        asked = self.question
        threads: Threads | None = asked.threads
        if large:
            threads = None if asked.large is None else asked.large.threads
        if threads is None or kind not in threads.kinds:
            where = "`large_from` and `needs`" if large else "`needs`"
            raise AttributeError(f"the detector asks for spans of {kind.name} and does not declare it in {where}")
        if (start is None) == (start_row is None):
            raise TypeError("a span begins at a time (`start`) or at a row (`start_row`): give one of them")
        begin = start if start is not None else start_row
        sides = np.full(len(self), side, dtype=np.int64) if isinstance(side, int) else side.astype(np.int64)
        asked.asked += 1
        return threads.span(
            asked.asked, self.key, kind, sides, np.ascontiguousarray(begin, dtype=np.int64),
            by_row=start is None, until=np.ascontiguousarray(until, dtype=np.int64), known=self.time + asked.horizon,
        )  # fmt: skip

    def deals(self, since: int, until: int) -> Deals:
        """Return the trades between two times (ns, both included), each with both sides."""
        if self.question.deals is None:
            raise AttributeError("only a DealDetector can ask for deals")
        return self.question.deals.between(since, until)

    def values(self, name: str, rows: IntArray) -> IntArray:
        """Return a declared column of the tape at some rows, as int64."""
        if name not in self.question.reads:
            raise AttributeError(f"the detector reads the column {name!r} and does not declare it in `needs`")
        values: IntArray = self.question.tape[name][rows].astype(np.int64)
        return values

    def keys_of(self, rows: IntArray) -> IntArray:
        """Return the code of the detector's key at some rows; 0 where a column of it is null."""
        if self.question.keys is None:
            raise AttributeError("only a DealDetector can ask for the keys of rows")
        keys: IntArray = self.question.keys[rows]
        return keys

    def keep(self, mask: NDArray[np.bool_]) -> Decided:
        """Return the anchors for which `mask` holds; spans already asked are narrowed by their own `keep`."""
        kept = np.flatnonzero(mask) if self._mask is None else self._mask[mask]
        return Decided(self.row[mask], self.time[mask], self.key[mask], self.question, self.windows, kept)
