"""Both sides of a trade brought together: who bought from whom, and how close their orders came.

A trade is one row a side. The row that completes it is joined to the earlier row with the same trade id, instrument,
price and quantity on the other side. What is joined stands in a log beside the tape, one entry a deal, in the order
in which deals were completed; nothing depends on how the events were batched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import Kind, Side
from surveillance.events.text import text_of_arrow
from surveillance.tape import deal_kernels
from surveillance.tape.revisions import Revisions
from surveillance.tape.tape import Tape
from surveillance.tape.ties import Ties, ties_of

IntArray = NDArray[Any]

COLUMNS: Final = ("side", "price", "quantity", "account", "instrument", "trade", "order_time", "order_quantity")
"""Columns that the joining reads."""

_MOST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Deals:
    """Deals of a stretch of time, one an element, in the order in which they were completed.

    Parameters
    ----------
    row, other : ndarray of int64
        Rows of the side that completed it and of the other side, as they stood at the end of the stretch.
    time : ndarray of int64
        When it was completed, ns.
    instrument, buyer, seller : ndarray of int32
        Codes.
    quantity : ndarray of int64
        At the instrument's scale.
    near, unlike, size : ndarray of int16
        Classes of how far apart the two orders were entered, of how much their quantities differ, and of the
        quantity of the deal: each is at most an eighth wide. Orders older than `deal_kernels.STANDING` are in the last.
    """

    _COLUMNS: ClassVar = ("row", "other", "time", "instrument", "buyer", "seller", "quantity", "near", "unlike", "size")

    row: IntArray
    other: IntArray
    time: IntArray
    instrument: IntArray
    buyer: IntArray
    seller: IntArray
    quantity: IntArray
    near: IntArray
    unlike: IntArray
    size: IntArray
    _ties: dict[int, Ties] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.row)

    def take(self, chosen: IntArray) -> Deals:
        """Return some of the deals (places or a mask)."""
        return Deals(*(getattr(self, name)[chosen] for name in self._COLUMNS))

    def ties(self, least: int) -> Ties:
        """Return the pairs of accounts with at least `least` deals, and how far chance explains them."""
        found = self._ties.get(least)
        if found is None:
            found = self._ties[least] = ties_of(self, least)
        return found


class DealLog:
    """Deals on a tape, completed one after the other.

    Parameters
    ----------
    tape : Tape
        The tape; it must have `COLUMNS`.
    revisions : Revisions
        Its busts and corrections.
    """

    def __init__(self, tape: Tape, revisions: Revisions) -> None:
        self._tape, self._revisions = tape, revisions
        self._row, self._other, self._time = (tape.new_column("int64") for _ in range(3))
        self._near, self._unlike, self._size = (tape.new_column("int16") for _ in range(3))
        self._columns = (self._row, self._other, self._time, self._near, self._unlike, self._size)
        self._end = self._head = 0
        self._ids = np.zeros(deal_kernels.SLOTS, dtype=np.uint64)
        self._rows = np.zeros(deal_kernels.SLOTS, dtype=np.int64)
        self._known: dict[tuple[int, int], Deals] = {}
        tape.on_append(self._note)

    def _note(self, batch: EventBatch, first: int, end: int) -> None:
        texts = batch.texts.get("trade")
        if texts is None or not (batch.columns["kind"] == int(Kind.TRADE)).any():
            return
        tape, text = self._tape, text_of_arrow(texts)
        for column in self._columns:
            column.ensure(self._end + end - first)
        begin = self._end
        self._end = deal_kernels.join_pass(
            first, text.data, text.starts, text.ends, tape["kind"], tape["side"], tape["price"], tape["quantity"],
            tape["instrument"], tape["account"], self._ids, self._rows, begin, self._row.array, self._other.array,
        )  # fmt: skip
        deal_kernels.closeness_pass(
            begin, self._end, self._row.array, self._other.array, tape["time"], tape["quantity"], tape["order_time"],
            tape["order_quantity"], self._time.array, self._near.array, self._unlike.array, self._size.array,
        )  # fmt: skip

    def begin_step(self) -> None:
        """Forget what was worked out for the step before."""
        self._known.clear()

    def give_back(self) -> None:
        """Let go of deals whose rows the tape has given back."""
        rows = self._row.array[self._head : self._end]
        self._head += int(np.searchsorted(rows, self._tape.head, side="left"))
        for column in self._columns:
            column.give_back(self._head)

    def between(self, since: int, until: int) -> Deals:
        """Return the deals of which both sides lie between two times, both included, and that were not busted by then.

        What was asked for in this step already is not made again.

        Raises
        ------
        OverflowError
            Their quantities might not add up in 64 bits.
        """
        found = self._known.get((since, until))
        if found is None:
            found = self._known[since, until] = self._between(since, until)
        return found

    def _between(self, since: int, until: int) -> Deals:
        tape, revisions = self._tape, self._revisions
        times = self._time.array[self._head : self._end]
        low = self._head + int(np.searchsorted(times, since, side="left"))
        high = self._head + int(np.searchsorted(times, until, side="right"))
        row, other = self._row.array[low:high], self._other.array[low:high]
        stand: IntArray = tape["time"][other] >= since
        if revisions.any and high > low:
            row, gone = _as_of(revisions, tape, row, until)
            other, gone_too = _as_of(revisions, tape, other, until)
            stand &= ~(gone | gone_too)
        row, other = row[stand], other[stand]
        bought = tape["side"][row] == int(Side.BUY)
        account = tape["account"]
        mine, theirs = account[row], account[other]
        quantity = tape["quantity"][row]
        if len(row) and int(quantity.max()) > _MOST // len(row):
            raise OverflowError("the quantities of a window's deals might not add up in 64 bits")
        return Deals(
            row,
            other,
            self._time.array[low:high][stand],
            tape["instrument"][row],
            np.where(bought, mine, theirs),
            np.where(bought, theirs, mine),
            quantity,
            self._near.array[low:high][stand],
            self._unlike.array[low:high][stand],
            self._size.array[low:high][stand],
        )


def _as_of(revisions: Revisions, tape: Tape, rows: IntArray, until: int) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the versions of rows that hold at a time (ns), and whether each was busted."""
    latest = revisions.latest(rows, until)
    return latest, tape["kind"][latest] == int(Kind.BUST)
