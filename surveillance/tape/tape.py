"""The tape: one time-ordered, append-only set of whole-number columns.

Rows enter in the one order `(time, source, position)`; a row's number never changes. The engine moves the watermark:
all events before it are on the tape.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.late import join_texts, take_texts
from surveillance.events.schema import COLUMN, IDS, NULL, Kind
from surveillance.tape.memory import GrowingColumn

ALWAYS: Final = ("time", "source", "position", "kind", "terms")
"""Columns that every tape has."""

_NO_VALUES: Final = np.zeros(0, dtype=np.int64)
_MARK: Final = int(Kind.MARK)
_NO_SMALL: Final = np.zeros(0, dtype=np.int8)
ORDER_FIELDS: Final = ("order_time", "order_quantity", "order_left", "order_amendments")
"""Columns that the table of live orders gives to the tape where a detector asks for them: entry time of the row's
order (ns), its total and what was left of it before the row (at the instrument's scale), amendments before the row;
null for rows without a known order."""

BOOK_FIELDS: Final = ("bid", "ask", "bid_quantity", "ask_quantity", "bid_depth", "ask_depth", "behind", "ahead")
"""Columns that rebuilt order books give to the tape where a detector asks for them, all as it was just before the row,
at the instrument's scales; null where it is not known. Best prices (those of the feed's quotes, if it has them), the
quantities that stand there, and in the best five levels; how far the row's order is (or goes) behind the best price of
its own side, below 0 where it betters it; and what stands at its price already when it is entered or amended."""

BASELINE_FIELDS: Final = (
    "usual_order_quantity", "usual_rate", "usual_volume", "usual_move",
    "account_notional", "account_rate", "account_cancel_share", "account_hour_share", "account_instrument_share",
    "peer_notional", "peer_rate", "peer_cancel_share",
    "account_days", "account_hours_away", "trader_days", "trader_hours_away", "desk_days", "desk_hours_away",
    "venue_days", "venue_hours_away",
)  # fmt: skip
"""Columns that baselines give to the tape where a detector asks for them: what was usual of the row's instrument,
account and peer group (asset class and capacity) on the trading days before the run; null where it is not known yet.
Median quantity of orders, messages in a minute that has any (ppm of one), quantity traded in the row's half hour of the
UTC day, mean change of price in five minutes (ppm); median base notional of orders, messages in such a minute,
cancellations of orders (ppm), messages in the row's hour of the UTC day, and in its instrument, of all (ppm); days on
which the account, trader, desk or venue saw orders, and whole hours from the row's hour of the UTC day to the next one
in which it ever did."""


def _null_of(name: str) -> int:
    return COLUMN[name].null_value if name in COLUMN else NULL


def _blank(values: NDArray[Any]) -> bool:
    """Tell whether values are all 0, as rows never written are: pages that nothing is written to take no memory."""
    return not (len(values) and values[0]) and not values.any()


class Tape:
    """Columns of events, their dictionaries, and how far time has come.

    Parameters
    ----------
    fields : iterable of str
        Columns to keep beside `ALWAYS`; what no detector reads and no finding shows need not be kept.
    dictionaries : Dictionaries
        Texts of the code columns.
    reserve : bool
        Whether columns live in reserved address space; False takes buffers that double.
    """

    def __init__(self, fields: Iterable[str], dictionaries: Dictionaries, *, reserve: bool = True) -> None:
        self.dictionaries = dictionaries
        self.reserve = reserve
        names = [name for name in COLUMN if name in ALWAYS or (name in set(fields) and name not in IDS)]
        self.columns: dict[str, GrowingColumn] = {name: self.new_column(COLUMN[name].dtype) for name in names}
        self.extra = tuple(name for name in (*ORDER_FIELDS, *BOOK_FIELDS) if name in set(fields))
        self.told = (*self.extra, *(name for name in BASELINE_FIELDS if name in set(fields)))
        self.columns.update({name: self.new_column("int64") for name in self.told})
        self.head = 0
        self.end = 0
        self.watermark = NULL
        self.marks: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """Rows of marks, ascending: there are few, and who waits for one need not look through the tape."""
        self._derived: list[GrowingColumn] = []
        self._texts: deque[tuple[int, int, Mapping[str, Any]]] = deque()
        self._derivations: list[Callable[[EventBatch, int, int], None]] = []

    def new_column(self, dtype: str, width: int = 0) -> GrowingColumn:
        """Make a column that grows as the tape does; with a `width`, of so many numbers a row."""
        return GrowingColumn(dtype, reserve=self.reserve, width=width)

    def derive(self, dtype: str) -> GrowingColumn:
        """Make a column beside the tape whose old pages are given back together with the tape's."""
        column = self.new_column(dtype)
        self._derived.append(column)
        return column

    def on_append(self, derivation: Callable[[EventBatch, int, int], None], *, first: bool = False) -> None:
        """Call `derivation(batch, first_row, end_row)` after each append, before any detector sees the rows.

        What changes columns of the schema comes `first`, before all that is made from them.
        """
        self._derivations.insert(0 if first else len(self._derivations), derivation)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name].array

    def value_column(self, name: str) -> NDArray[np.int64]:
        """Return a 64-bit column, or an empty one that no operation reads if the tape does not have it."""
        column = self.columns.get(name)
        return _NO_VALUES if column is None else column.array

    def small_column(self, name: str) -> NDArray[np.int8]:
        """Return an 8-bit column, or an empty one that no operation reads if the tape does not have it."""
        column = self.columns.get(name)
        return _NO_SMALL if column is None else column.array

    def append(self, batch: EventBatch, watermark: int) -> tuple[int, int]:
        """Add events in order and move the watermark.

        Parameters
        ----------
        batch : EventBatch
            Events that all come at or after those on the tape, in the one order.
        watermark : int
            All events with a time before it are now on the tape; ns. Since events come in order, it is never less
            than the time of the last of them.

        Returns
        -------
        tuple of int
            The new rows, as `first, end`.
        """
        first, end = self.end, self.end + len(batch)
        for name, column in self.columns.items():
            column.ensure(end)
            values = batch.columns.get(name)
            if values is None:
                values = np.full(1, _null_of(name), dtype=column.dtype)
            if not _blank(values):
                column.array[first:end] = values
        if batch.texts:
            self._texts.append((first, end, batch.texts))
        self.end = end
        marks = np.flatnonzero(self["kind"][first:end] == _MARK)
        if len(marks):
            self.marks = np.concatenate((self.marks, first + marks))
        for derivation in self._derivations:
            derivation(batch, first, end)
        newest = int(self["time"][end - 1]) if end > first else NULL
        self.watermark = max(self.watermark, watermark, newest)
        return first, end

    def id_text(self, name: str, row: int) -> str | None:
        """Return the order, parent order or trade id of a row that is still on the tape; None where it has none."""
        place = bisect_right(self._texts, row, key=itemgetter(0)) - 1
        if place < 0 or row >= self._texts[place][1]:
            return None
        first, _end, texts = self._texts[place]
        array = texts.get(name)
        return None if array is None else array[row - first].as_py()

    def ids(self, name: str, rows: NDArray[np.int64]) -> Any | None:
        """Return the ids of rows, ascending and still on the tape, as an Arrow array; None where no row has one."""
        parts: list[tuple[int, Mapping[str, Any]]] = []
        done, place = 0, max(bisect_right(self._texts, int(rows[0]), key=itemgetter(0)) - 1, 0)
        for first, end, texts in islice(self._texts, place, None):
            if first > rows[-1]:
                break
            low, high = (int(bound) for bound in np.searchsorted(rows, (first, end)))
            if low < high and name in texts:
                parts += [(low - done, {}), (high - low, take_texts({name: texts[name]}, rows[low:high] - first))]
                done = high
        found = join_texts([*parts, (len(rows) - done, {})]).get(name)
        return None if found is None or found.null_count == len(found) else found

    def id_blocks(self, name: str) -> Iterator[tuple[int, Any]]:
        """Yield the ids of one column block by block, each with the row that it starts at."""
        for first, _end, texts in self._texts:
            if name in texts:
                yield first, texts[name]

    def first_row_at(self, time: int, low: int | None = None) -> int:
        """Return the first row whose time is not before `time` (ns); the end of the tape if there is none."""
        low = self.head if low is None else max(low, self.head)
        return low + int(np.searchsorted(self["time"][low : self.end], time, side="left"))

    def forget(self, before: int) -> None:
        """Give back what rows before `before` occupied; they must never be read again."""
        self.head = max(self.head, before)
        for column in (*self.columns.values(), *self._derived):
            column.give_back(self.head)
        self.marks = self.marks[np.searchsorted(self.marks, self.head) :]
        while self._texts and self._texts[0][1] <= self.head:
            self._texts.popleft()
