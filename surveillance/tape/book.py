"""Order books, rebuilt from order events: what a participant saw just before each row.

Every instrument has a book for each venue: price levels with the quantity that stands there. An order that meets the
other side takes first and rests, with what is left of it, when its trades are over; so a book is crossed only where
the feed says so. Orders that never rest (market, immediate or cancel) are followed and not shown.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL, Kind, Side, TimeInForce
from surveillance.kernel import kernel
from surveillance.tape.keys import PairCoder
from surveillance.tape.tape import BOOK_FIELDS

DEPTH_LEVELS: Final = 5
"""Levels of a side whose quantities are its depth."""

_READ: Final = ("kind", "side", "time_in_force", "price", "quantity", "instrument", "venue")
FAULTS: Final = ("unknown_order", "overfilled", "crossed")
"""What does not fit together in a feed: rows about orders that were never entered, fills of more than was left, and
books whose best bid is not below the best offer after all trades."""

_BID, _ASK, _BID_QUANTITY, _ASK_QUANTITY, _BID_DEPTH, _ASK_DEPTH, _BEHIND, _AHEAD = range(8)
_UNKNOWN, _OVERFILLED, _CROSSED = range(3)
_KEY, _LEFT, _TOTAL, _PLACE, _STATE = range(5)  # of an order; its place is 2 * book + side
_GONE, _RESTS, _TAKES, _HIDDEN = range(4)
_ORDER, _AMEND, _CANCEL = int(Kind.ORDER), int(Kind.AMEND), int(Kind.CANCEL)
_REJECT, _EXPIRE, _TRADE, _QUOTE = int(Kind.REJECT), int(Kind.EXPIRE), int(Kind.TRADE), int(Kind.QUOTE)
_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_IOC, _FOK = int(TimeInForce.IOC), int(TimeInForce.FOK)
_LEVELS: Final = DEPTH_LEVELS

_I1, _I4, _I8, _T8 = nb.int8[::1], nb.int32[::1], nb.int64[::1], nb.int64[:, ::1]


@kernel(allocates=False, inlined=True)
def _find(keys: Any, counts: Any, place: Any, key: Any) -> Any:
    """Return the first level whose key is not below `key`; keys ascend to the best."""
    low, high = 0, counts[place]
    while low < high:
        middle = (low + high) >> 1
        if keys[place, middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@kernel(allocates=False, inlined=True)
def _change(keys: Any, quantities: Any, counts: Any, place: Any, key: Any, quantity: Any) -> Any:
    """Add a quantity (below 0: take it away) to a level; a level without any is gone."""
    count = counts[place]
    at = _find(keys, counts, place, key)
    if at < count and keys[place, at] == key:
        quantities[place, at] += quantity
        if quantities[place, at] <= 0:
            for level in range(at, count - 1):
                keys[place, level] = keys[place, level + 1]
                quantities[place, level] = quantities[place, level + 1]
            counts[place] = count - 1
    elif quantity > 0:
        for level in range(count, at, -1):
            keys[place, level] = keys[place, level - 1]
            quantities[place, level] = quantities[place, level - 1]
        keys[place, at], quantities[place, at] = key, quantity
        counts[place] = count + 1


@kernel(allocates=False, inlined=True)
def _meets(keys: Any, counts: Any, place: Any, key: Any) -> Any:
    """Tell whether an order would trade with the best of the other side. Keys of sells are their prices below 0."""
    other = place ^ 1
    return counts[other] > 0 and -keys[other, counts[other] - 1] <= key


@kernel(allocates=False, inlined=True)
def _show(keys: Any, quantities: Any, counts: Any, quotes: Any, book: Any, seen: Any, row: Any) -> Any:
    """Tell a row what the book looks like; where the feed quotes, its best prices are those quoted."""
    for side in range(2):
        place = 2 * book + side
        count, depth = counts[place], 0
        for level in range(max(0, count - _LEVELS), count):
            depth += quantities[place, level]
        seen[_BID_DEPTH + side, row] = depth
        if quotes[0, place] != NULL:
            seen[_BID + side, row], seen[_BID_QUANTITY + side, row] = quotes[0, place], quotes[1, place]
        elif count > 0:
            best = keys[place, count - 1]
            seen[_BID + side, row] = best if side == 0 else -best
            seen[_BID_QUANTITY + side, row] = quantities[place, count - 1]


@kernel(allocates=False, inlined=True)
def _enter(keys: Any, quantities: Any, counts: Any, orders: Any, taking: Any, code: Any, place: Any, key: Any) -> Any:
    """Let an order rest, or take first if it meets the other side."""
    orders[code, _KEY], orders[code, _PLACE] = key, place
    if _meets(keys, counts, place, key):
        orders[code, _STATE], taking[place >> 1] = _TAKES, code
    else:
        orders[code, _STATE] = _RESTS
        _change(keys, quantities, counts, place, key, orders[code, _LEFT])


@kernel(allocates=False, inlined=True)
def _settle(
    keys: Any, quantities: Any, counts: Any, orders: Any, taking: Any, faults: Any, book: Any, code: Any, what: Any
) -> Any:
    """Let what is left of the order that took rest when a row comes after its trades.

    While it still meets the other side it waits for cancellations there: self-match prevention makes some meanwhile.
    """
    taker = taking[book]
    if orders[taker, _STATE] != _TAKES:
        taking[book] = 0
        return
    place, key = orders[taker, _PLACE], orders[taker, _KEY]
    meets = code != taker and _meets(keys, counts, place, key)
    if meets and what in (_CANCEL, _EXPIRE):
        return
    faults[_CROSSED] += meets
    taking[book] = 0
    orders[taker, _STATE] = _RESTS
    _change(keys, quantities, counts, place, key, orders[taker, _LEFT])


@kernel(allocates=False, inlined=True)
def _amend(
    keys: Any, quantities: Any, counts: Any, orders: Any, taking: Any, code: Any, key: Any, quantity: Any
) -> Any:
    """Change an order's price and total; a new place in the book is at the end of its level."""
    place, left = orders[code, _PLACE], orders[code, _LEFT]
    if orders[code, _STATE] == _RESTS:
        _change(keys, quantities, counts, place, orders[code, _KEY], -left)
    if quantity != NULL:
        left = max(quantity - (orders[code, _TOTAL] - left), 0)
        orders[code, _TOTAL] = quantity
    orders[code, _LEFT] = left
    if left == 0:
        orders[code, _STATE] = _GONE
    elif orders[code, _STATE] != _HIDDEN:
        _enter(keys, quantities, counts, orders, taking, code, place, key)


@kernel(allocates=False, inlined=True)
def _leave(
    keys: Any, quantities: Any, counts: Any, orders: Any, faults: Any, code: Any, what: Any, quantity: Any
) -> Any:
    """Take from an order what is filled, cancelled or expired."""
    left = orders[code, _LEFT]
    gone = left
    if what == _TRADE:
        gone = 0 if quantity == NULL else min(left, quantity)
        faults[_OVERFILLED] += quantity > left
    elif what == _CANCEL and quantity != NULL:
        gone = min(left, quantity)
        orders[code, _TOTAL] -= gone
    if orders[code, _STATE] == _RESTS:
        _change(keys, quantities, counts, orders[code, _PLACE], orders[code, _KEY], -gone)
    orders[code, _LEFT] = left - gone
    if left == gone:
        orders[code, _STATE] = _GONE


@kernel(
    nb.int64(nb.int64, _I1, _I1, _I1, _I8, _I8, _I4, _I4, _T8, _T8, _I8, _T8, _T8, _I8, _I8, _T8),
    allocates=False,
)
def _rebuild(
    start: int, kind: NDArray[Any], side: NDArray[Any], tif: NDArray[Any], price: NDArray[Any],
    quantity: NDArray[Any], books: NDArray[Any], codes: NDArray[Any], keys: NDArray[Any], quantities: NDArray[Any],
    counts: NDArray[Any], quotes: NDArray[Any], orders: NDArray[Any], taking: NDArray[Any], faults: NDArray[Any],
    seen: NDArray[Any],
) -> int:  # fmt: skip
    """Play rows from `start` on; return the next row, which is not the last when a side has no room for a level."""
    room, row = keys.shape[1] - 2, start
    while row < kind.shape[0]:
        book, what, code = books[row], kind[row], codes[row]
        row += 1
        if book < 0:
            continue
        if counts[2 * book] > room or counts[2 * book + 1] > room:
            return row - 1
        if taking[book] != 0 and what != _TRADE:
            _settle(keys, quantities, counts, orders, taking, faults, book, code, what)
        _show(keys, quantities, counts, quotes, book, seen, row - 1)
        if what == _QUOTE and side[row - 1] != 0:
            place = 2 * book + (side[row - 1] == _SELL)
            quotes[0, place], quotes[1, place] = price[row - 1], quantity[row - 1]
        about = what in (_AMEND, _CANCEL, _TRADE, _EXPIRE, _REJECT)
        if not (what == _ORDER or (about and code != 0)):
            continue
        if what == _ORDER:
            if (
                code != 0 and orders[code, _STATE] == _RESTS
            ):  # its id comes again, or was given to another: the old one is gone
                _change(keys, quantities, counts, orders[code, _PLACE], orders[code, _KEY], -orders[code, _LEFT])
            orders[code, _STATE] = _GONE
            if quantity[row - 1] == NULL or side[row - 1] == 0:
                continue
            place = 2 * book + (side[row - 1] == _SELL)
        elif orders[code, _STATE] == _GONE:
            faults[_UNKNOWN] += what != _REJECT
            continue
        else:
            place = orders[code, _PLACE]
        key = orders[code, _KEY]
        if what in (_ORDER, _AMEND) and price[row - 1] != NULL:
            key = price[row - 1] if place & 1 == 0 else -price[row - 1]
        at_market = price[row - 1] == NULL if what == _ORDER else orders[code, _STATE] == _HIDDEN
        touch = seen[_BID + (place & 1), row - 1]
        if touch != NULL and what != _TRADE and not at_market:
            seen[_BEHIND, row - 1] = (touch if place & 1 == 0 else -touch) - key
        if what in (_ORDER, _AMEND) and not at_market:
            at = _find(keys, counts, place, key)
            same = at < counts[place] and keys[place, at] == key
            seen[_AHEAD, row - 1] = quantities[place, at] if same else 0
        if code == 0:
            continue
        if what == _ORDER:
            orders[code, _LEFT] = orders[code, _TOTAL] = quantity[row - 1]
            orders[code, _PLACE], orders[code, _KEY] = place, key
            if at_market or tif[row - 1] in (_IOC, _FOK):
                orders[code, _STATE] = _HIDDEN
            else:
                _enter(keys, quantities, counts, orders, taking, code, place, key)
        elif what == _AMEND:
            _amend(keys, quantities, counts, orders, taking, code, key, quantity[row - 1])
        else:
            _leave(keys, quantities, counts, orders, faults, code, what, quantity[row - 1])
    return row


class Books:
    """The books of all instruments.

    Parameters
    ----------
    levels : int
        Price levels of a side for which there is room at first; it grows.
    """

    def __init__(self, levels: int = 62) -> None:
        self._coder = PairCoder()
        self._keys = np.zeros((16, levels + 2), dtype=np.int64)
        self._quantities = np.zeros_like(self._keys)
        self._counts = np.zeros(16, dtype=np.int64)
        self._quotes = np.full((2, 16), NULL)
        self._taking = np.zeros(8, dtype=np.int64)
        self._orders = np.zeros((64, _STATE + 1), dtype=np.int64)
        self._faults = np.zeros(len(FAULTS), dtype=np.int64)

    @property
    def faults(self) -> dict[str, int]:
        """Rows that do not fit, by what is wrong with them."""
        return dict(zip(FAULTS, self._faults.tolist(), strict=True))

    def follow(self, batch: EventBatch, order: NDArray[np.int32]) -> dict[str, NDArray[np.int64]]:
        """Play the rows of a batch in order.

        Parameters
        ----------
        batch : EventBatch
            Rows in the one order. The quantity of an amendment is the order's new total; that of a cancellation what
            is cancelled, all that is left where it is null.
        order : ndarray of int32
            Code of each row's order, which may be given to another once the order is gone; 0: about no order.

        Returns
        -------
        dict of str to ndarray of int64
            A column for each of `BOOK_FIELDS`.
        """
        kind, side, time_in_force, price, quantity, instrument, venue = (
            np.ascontiguousarray(batch.column(name)) for name in _READ
        )
        books = self._books(instrument, venue)
        self._make_room(int(order.max()) + 1 if len(order) else 0)
        seen = np.full((len(BOOK_FIELDS), len(kind)), NULL)
        row = 0
        while True:
            row = _rebuild(
                row, kind, side, time_in_force, price, quantity, books, order, self._keys, self._quantities,
                self._counts, self._quotes, self._orders, self._taking, self._faults, seen,
            )  # fmt: skip
            if row >= len(kind):
                return dict(zip(BOOK_FIELDS, seen, strict=True))
            self._keys, self._quantities = (
                np.hstack([one, np.zeros_like(one)]) for one in (self._keys, self._quantities)
            )

    def _books(self, instrument: NDArray[Any], venue: NDArray[Any]) -> NDArray[np.int32]:
        """Return the number of each row's book; -1 without an instrument."""
        codes = np.empty(len(instrument), dtype=np.int32)
        self._coder.codes(instrument, venue + np.int32(1), codes, 0)  # a venue that is not known is a book as well
        codes -= 1
        return codes

    def _make_room(self, orders: int) -> None:
        """Make room for new books and orders."""
        while 2 * len(self._coder) > len(self._counts):
            self._keys, self._quantities = (
                np.vstack([one, np.zeros_like(one)]) for one in (self._keys, self._quantities)
            )
            self._quotes = np.hstack([self._quotes, np.full_like(self._quotes, NULL)])
            self._counts, self._taking = (np.append(one, np.zeros_like(one)) for one in (self._counts, self._taking))
        if orders > len(self._orders):
            table = np.zeros((2 * orders, self._orders.shape[1]), dtype=np.int64)
            table[: len(self._orders)] = self._orders
            self._orders = table
