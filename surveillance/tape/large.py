"""Orders that are large beside the instrument's own recent ones, and rest: the rows that a deception is made of.

What is large in one instrument is nothing in another, and what was large at noon is not at the close. So a row is
measured when it enters, against the running median of its instrument's orders up to it. Small orders of the same
account, and orders that are gone at once because they were never to rest, are left out of spans over large rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
from numpy.typing import NDArray

from surveillance.events.schema import NULL, PPM, Kind, TimeInForce
from surveillance.kernel import kernel
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.key_columns import KeyColumn
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.revisions import Revisions
from surveillance.tape.rows import RowClass
from surveillance.tape.spans import Threads
from surveillance.tape.tape import Tape
from surveillance.tape.windows import Windows

KINDS: Final = (Kind.ORDER, Kind.CANCEL)
"""Kinds of rows that can be large: what is entered, and the withdrawal of it."""

COLUMNS: Final = ("instrument", "quantity", "time_in_force", "order_quantity")
"""Columns that it takes to tell; in a feed that does not say how long orders are in force, all of them rest. What is
withdrawn of an order is as large as the order was, however little of it the market has left; in a feed without ids of
orders, as what is withdrawn."""

_MEDIAN: Final = 500_000
_NINE_OF_TEN: Final = 900_000
_ORDER, _CANCEL = int(Kind.ORDER), int(Kind.CANCEL)
_IOC, _FOK = int(TimeInForce.IOC), int(TimeInForce.FOK)
_GREATEST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Large:
    """From which size on an order is large.

    Parameters
    ----------
    times : int
        Median orders of its instrument, in parts per million.
    recent : int
        How far back the instrument's orders make the median, ns.
    """

    times: int
    recent: int


class LargeRows:
    """For each row its kind, where it is large and rests; 0 where it is another order or cancellation.

    Beside it stand, for orders and cancellations, the instrument's median order up to then (`usual`) and what nine of
    ten do not exceed (`most`).

    Parameters
    ----------
    tape : Tape
        The tape.
    windows : Windows
        Its windows; the median is asked of them.
    large : Large
        What is large.
    """

    def __init__(self, tape: Tape, windows: Windows, large: Large) -> None:
        self._tape, self._times = tape, large.times
        self.column: GrowingColumn = tape.new_column("int8")
        entering = windows.anchors(RowClass(KINDS, ("instrument",)), 0)
        orders, self._entering = RowClass((Kind.ORDER,), ("instrument",)), entering
        self._asked = [
            windows.request(Aggregate(orders, "quantile", "quantity", rank=rank), Window(large.recent), entering)
            for rank in (_MEDIAN, _NINE_OF_TEN)
        ]
        self.usual, self.most = tape.new_column("int64"), tape.new_column("int64")

    def advance(self, low: int, high: int) -> None:
        """Tell of rows `low` to `high`, once windows have moved over them, which are large."""
        self.column.ensure(high)
        self.column.array[low:high] = self._tape["kind"][low:high]
        rows = self._entering.rows
        for column, asked in zip((self.usual, self.most), self._asked, strict=True):
            column.ensure(high)
            column.array[rows] = asked.values
        mark_large(
            low, high, rows, self._asked[0].values, self._times, self._tape["kind"],
            self._tape["quantity"], self._tape["order_quantity"], self._tape["time_in_force"], self.column.array,
        )  # fmt: skip

    def give_back(self, before: int) -> None:
        """Let go of rows before `before`."""
        for column in (self.column, self.usual, self.most):
            column.give_back(before)


@dataclass(frozen=True, slots=True)
class LargeThreads:
    """Threads of one key over rows that are large.

    Parameters
    ----------
    rows : LargeRows
        Which rows are large.
    threads : Threads
        Those of a key.
    """

    rows: LargeRows
    threads: Threads


class LargeFlow:
    """All that is asked about large rows: each definition is computed once, and threaded once for each key.

    Parameters
    ----------
    tape, windows, revisions : Tape, Windows, Revisions
        The tape and what moves along with it.
    """

    def __init__(self, tape: Tape, windows: Windows, revisions: Revisions) -> None:
        self._tape, self._windows, self._revisions = tape, windows, revisions
        self._rows: dict[Large, LargeRows] = {}
        self._threads: dict[tuple[Large, tuple[str, ...]], LargeThreads] = {}

    def request(self, large: Large, key: KeyColumn) -> LargeThreads:
        """Return the threads of a key over rows that are large."""
        if large not in self._rows:
            self._rows[large] = LargeRows(self._tape, self._windows, large)
        identity = (large, key.fields)
        if identity not in self._threads:
            rows = self._rows[large]
            threads = Threads(self._tape, self._revisions, key, KINDS, rows.column)
            self._threads[identity] = LargeThreads(rows, threads)
        return self._threads[identity]

    def advance(self, low: int, high: int) -> None:
        """Tell which of rows `low` to `high` are large and thread them, once windows have moved over them."""
        for rows in self._rows.values():
            rows.advance(low, high)
        for one in self._threads.values():
            one.threads.advance(low, high)

    def unlink(self, before: int) -> None:
        """Take rows before `before` off the threads: nobody asks about them any more."""
        for one in self._threads.values():
            one.threads.unlink(before)
        for rows in self._rows.values():
            rows.give_back(before)

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Clear the state of keys whose codes were freed."""
        for one in self._threads.values():
            one.threads.forget(freed)


@kernel(
    nb.void(
        nb.int64, nb.int64, nb.int64[::1], nb.int64[::1], nb.int64, nb.int8[::1], nb.int64[::1], nb.int64[::1],
        nb.int8[::1], nb.int8[::1],
    ),
    allocates=False,
)  # fmt: skip
def mark_large(
    low: int, high: int, rows: NDArray[Any], median: NDArray[Any], times: int, kind: NDArray[Any],
    quantity: NDArray[Any], order_quantity: NDArray[Any], time_in_force: NDArray[Any], marked: NDArray[Any],
) -> None:  # fmt: skip
    """Take the mark from orders and cancellations that are not large: `times` (parts per million) the median."""
    for row in range(low, high):
        if kind[row] == _ORDER or kind[row] == _CANCEL:
            marked[row] = 0
    for place in range(rows.shape[0]):
        row, usual = rows[place], median[place]
        if usual == NULL or usual <= 0 or quantity[row] == NULL or time_in_force[row] in (_IOC, _FOK):
            continue
        whole, rest = times // PPM, times % PPM
        if usual > _GREATEST // (whole + 1):
            continue
        least = usual * whole + (usual // PPM * rest + (usual % PPM * rest + PPM - 1) // PPM)
        if max(quantity[row], order_quantity[row]) >= least:
            marked[row] = kind[row]
