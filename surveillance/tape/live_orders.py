"""The orders that stand: what is known of each until it is filled, cancelled, expires or is rejected.

Orders outlive every window, so they have a table of their own. From it each row about an order learns when the order
was entered, how much of it was left, and how often it was amended; and a cancellation or fill that does not repeat
its order's account, instrument, side, price or quantity takes them from there.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import COLUMN, NULL, Kind
from surveillance.kernel import kernel
from surveillance.tape.book import Books
from surveillance.tape.interner import Interner
from surveillance.tape.tape import BOOK_FIELDS, ORDER_FIELDS, Tape

INHERITED: Final = (
    "price", "instrument", "terms", "side", "asset_class", "band", "venue", "account", "beneficial_owner", "trader",
    "desk", "currency", "capacity", "order_type", "time_in_force",
)  # fmt: skip
"""What a row about an order takes from it where the feed leaves it out; a fill never takes its price."""

_PRICE, _INSTRUMENT, _TERMS = 0, 1, 2  # their places in INHERITED

_TIME, _QUANTITY, _LEFT, _AMENDMENTS, _LAST, _FACTS = range(6)
_ORDER, _AMEND, _CANCEL = int(Kind.ORDER), int(Kind.AMEND), int(Kind.CANCEL)
_REJECT, _EXPIRE, _TRADE = int(Kind.REJECT), int(Kind.EXPIRE), int(Kind.TRADE)

_I1, _I4, _I8 = nb.int8[::1], nb.int32[::1], nb.int64[::1]


@kernel(nb.void(_I8, _I1, _I4, _I8, _I8, *[nb.int64[:, ::1]] * 3), allocates=False)
def _follow(
    time: NDArray[Any], kind: NDArray[Any], orders: NDArray[Any], quantity: NDArray[Any], nulls: NDArray[Any],
    facts: NDArray[Any], table: NDArray[Any], told: NDArray[Any],
) -> None:  # fmt: skip
    """Follow the orders through the rows of a batch.

    `facts` holds the inherited columns, one a row of the matrix, with their nulls in `nulls`; `table` has one row an
    order: the fields above, then the inherited facts. `told` receives `ORDER_FIELDS` for each row.
    """
    for row in range(time.shape[0]):
        code = orders[row]
        for place in range(4):
            told[place, row] = NULL
        if code == 0:
            continue
        what = kind[row]
        if what == _ORDER:
            table[code, _TIME], table[code, _AMENDMENTS] = time[row], 0
            table[code, _QUANTITY] = table[code, _LEFT] = quantity[row]
            for place in range(facts.shape[0]):
                table[code, _FACTS + place] = facts[place, row]
        elif table[code, _TIME] == NULL:
            continue  # an order from before the data: nothing is known of it
        foreign = facts[_INSTRUMENT, row] == nulls[_INSTRUMENT]  # then its terms are those of no instrument
        for place in range(facts.shape[0]):
            left_out = facts[place, row] == nulls[place] or (place == _TERMS and foreign)
            if left_out and (place != _PRICE or what != _TRADE):
                facts[place, row] = table[code, _FACTS + place]
        told[0, row], told[1, row] = table[code, _TIME], table[code, _QUANTITY]
        told[2, row], told[3, row] = table[code, _LEFT], table[code, _AMENDMENTS]
        table[code, _LAST] = time[row]
        if what == _CANCEL and quantity[row] == NULL:
            quantity[row] = table[code, _LEFT]
        elif what == _AMEND:
            table[code, _AMENDMENTS] += 1
            if (
                quantity[row] != NULL and table[code, _LEFT] != NULL
            ):  # the order's new total: what is filled stays filled
                filled = table[code, _QUANTITY] - table[code, _LEFT]
                table[code, _QUANTITY], table[code, _LEFT] = quantity[row], max(quantity[row] - filled, 0)
            elif quantity[row] != NULL:
                table[code, _QUANTITY] = table[code, _LEFT] = quantity[row]
            for place in range(facts.shape[0]):
                table[code, _FACTS + place] = facts[place, row]
        elif what == _TRADE and quantity[row] != NULL and table[code, _LEFT] != NULL:
            table[code, _LEFT] = max(table[code, _LEFT] - quantity[row], 0)
        partial = what == _CANCEL and quantity[row] != NULL and table[code, _LEFT] != NULL
        if partial:
            gone = min(quantity[row], table[code, _LEFT])
            table[code, _LEFT] -= gone
            table[code, _QUANTITY] -= gone
        over = what == _REJECT or what == _EXPIRE or (what == _CANCEL and not partial)  # noqa: PLR1714
        if over or (what != _ORDER and table[code, _LEFT] == 0):
            table[code, _TIME] = NULL


class LiveOrders:
    """The table of standing orders of one tape.

    Parameters
    ----------
    tape : Tape
        The tape; it gets the columns `ORDER_FIELDS` where it was asked for them.
    longest : int
        Orders about which nothing was heard for so long are given up, ns: feeds lose messages.
    """

    def __init__(self, tape: Tape, longest: int = 400 * 86_400 * 1_000_000_000) -> None:
        self._tape, self._longest = tape, longest
        self._ids = Interner()
        self._table = np.full((64, _FACTS + len(INHERITED)), NULL, dtype=np.int64)
        self._names = tuple(name for name in ORDER_FIELDS if name in tape.extra)
        self.books = Books() if set(BOOK_FIELDS) & set(tape.extra) else None

    def __len__(self) -> int:
        return len(self._ids)

    def prepare(self, batch: EventBatch) -> EventBatch:
        """Follow the orders of a batch before it is appended; return it with what its rows inherit."""
        ids = batch.texts.get("order")
        if ids is None:
            return self._with_book(batch, np.zeros(len(batch), dtype=np.int32))
        codes = self._ids.codes(ids)
        if self._ids.size > len(self._table):
            table = np.full((2 * self._ids.size, self._table.shape[1]), NULL, dtype=np.int64)
            table[: len(self._table)] = self._table
            self._table = table
        facts = np.stack([batch.column(name).astype(np.int64) for name in INHERITED])
        nulls = np.array([COLUMN[name].null_value for name in INHERITED], dtype=np.int64)
        nulls[_TERMS] = -1  # a row always has terms
        time, kind = (np.ascontiguousarray(batch.columns[name]) for name in ("time", "kind"))
        quantity = batch.column("quantity").copy()
        told = np.empty((len(ORDER_FIELDS), len(batch)), dtype=np.int64)
        _follow(time, kind, codes, quantity, nulls, facts, self._table, told)
        columns = {**batch.columns, "quantity": quantity}
        for place, name in enumerate(INHERITED):
            if name in batch.columns or name in self._tape.columns:
                columns[name] = facts[place].astype(COLUMN[name].dtype)
        columns.update({name: told[ORDER_FIELDS.index(name)] for name in self._names})
        told_all = self._with_book(EventBatch(columns, batch.texts), codes)
        self._release_ended(codes)
        return told_all

    def _with_book(self, batch: EventBatch, codes: NDArray[np.int32]) -> EventBatch:
        """Return a batch with what its rows see of the books, if anybody asks for that."""
        if self.books is None:
            return batch
        seen = self.books.follow(batch, codes)
        columns: dict[str, NDArray[Any]] = dict(batch.columns)
        columns.update((name, column) for name, column in seen.items() if name in self._tape.extra)
        return EventBatch(columns, batch.texts)

    def _release_ended(self, codes: NDArray[np.int32]) -> None:
        """Give up the ids of a batch that no standing order has: ended ones, and those of orders never seen."""
        seen = np.zeros(len(self._table), dtype=np.bool_)
        seen[codes] = True
        seen[0] = False
        self._ids.release(np.flatnonzero(seen & (self._table[:, _TIME] == NULL)).astype(np.int32))

    def give_up(self, now: int) -> int:
        """Forget orders about which nothing was heard for too long; return how many."""
        silent = (self._table[:, _TIME] != NULL) & (self._table[:, _LAST] < now - self._longest)
        codes = np.flatnonzero(silent).astype(np.int32)
        self._table[codes, _TIME] = NULL
        self._ids.release(codes)
        return len(codes)
