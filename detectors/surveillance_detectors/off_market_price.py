"""Two accounts deal outside of what the book offers: beyond the best price that anybody had to pay or take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    NULL,
    TRADE,
    DealDetector,
    Deals,
    Decided,
    Duration,
    Group,
    Measure,
    Needs,
    Params,
    Unit,
    ratio,
    share,
)
from surveillance_detectors.alike import alike

IntArray = NDArray[Any]

_MOST: Final = 1 << 62


class OffMarketPriceParams(Params, frozen=True):
    """When, and how far back, deals outside of the book are looked for.

    Parameters
    ----------
    every : duration
        How often it is asked.
    window : duration
        How far back deals count, and over how long the usual spread is taken.
    """

    every: Duration
    window: Duration

    def __post_init__(self) -> None:
        if self.every <= 0 or self.window < self.every:
            raise ValueError("window must not be shorter than every, and every longer than 0")


class OffMarketPrice(DealDetector):
    """Measure how far the deals of two accounts lie outside of the best bid and the best ask.

    Bid and ask are those just before the trade, of the feed's quotes or of the book rebuilt from its orders. An order
    that takes one level after another trades at the best price each time, so that nothing of it lies outside. Of two
    rows of a deal the one further outside counts: the deal's own orders may stand in the book before the other. The
    distance is set against the spread. Where a row finds a side of the book empty or the book crossed, the spread is
    what it was on average at the instrument's deals of the window, and an empty side is what the deal before it saw.

    Deals of two accounts within the window are one candidate; its measures are those of the one furthest outside.
    """

    id = "off.market.price"
    version = "3"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(TRADE,),
        fields=(
            "side", "price", "quantity", "account", "instrument", "trade", "bid", "ask", "order_time",
            "order_quantity", "time",
        ),
    )  # fmt: skip
    measures = {
        "deals": Measure(Unit.COUNT, "Deals of the two accounts outside of the book."),
        "outside": Measure(Unit.PRICE, "Distance of the price from the best bid or ask on its side."),
        "outside_share": Measure(Unit.SHARE, "That distance, of the best bid or ask."),
        "spreads": Measure(Unit.MULTIPLE, "That distance as a multiple of the spread."),
        "price": Measure(Unit.PRICE, "Price of the trade."),
        "best": Measure(Unit.PRICE, "Best bid or ask, whichever is nearer."),
    }
    Params = OffMarketPriceParams

    def groups(self, deals: Deals, at: Decided) -> Sequence[Group]:
        """Return the pairs of accounts that dealt outside of the book, by instrument."""
        rows = np.stack((deals.row, deals.other))
        as_dealt = (at.values("time", rows) <= deals.time).all(axis=0)  # a correction stands beside a later book
        price, bid, ask = (at.values(name, rows) for name in ("price", "bid", "ask"))
        whole = (ask > bid) & ((bid > 0) & (ask > 0)).all(axis=0)
        spread = np.where(whole, ask, 0) - np.where(whole, bid, 0)
        spread = np.where(whole, spread, _usual_spread(deals.instrument, whole, spread))
        bid, ask = (_last_known(deals.instrument, one, other, price) for one, other in ((bid, ask), (ask, bid)))
        above, below = (ask > 0) & (price > ask), (bid > 0) & (price < bid) & (price != NULL)
        outside = np.where(above, price, np.where(below, bid, 0)) - np.where(above, ask, np.where(below, price, 0))
        side = outside.argmax(axis=0)
        known = as_dealt & (spread[side, np.arange(len(deals))] > 0)
        places = np.flatnonzero(known & (outside.max(axis=0, initial=0) > 0))
        if not len(places):
            return []
        side = side[places]
        outside, price, spread = (one[side, places] for one in (outside, price, spread))
        best = np.where(above[side, places], ask[side, places], bid[side, places])
        spreads = ratio(outside, spread)
        less, more = np.minimum(deals.buyer, deals.seller)[places], np.maximum(deals.buyer, deals.seller)[places]
        of_pair, _ = alike(deals.instrument[places], less, more)
        found = []
        for pair in range(int(of_pair.max()) + 1):
            ours = np.flatnonzero(of_pair == pair)
            far = ours[int(spreads[ours].argmax())]
            measures = {
                "deals": len(ours),
                "outside": int(outside[far]),
                "outside_share": int(share(outside[far : far + 1], best[far : far + 1])[0]),
                "spreads": int(spreads[far]),
                "price": int(price[far]),
                "best": int(best[far]),
            }
            found.append(Group(places[ours], measures))
        return found


def _usual_spread(instrument: IntArray, known: NDArray[np.bool_], spread: IntArray) -> IntArray:
    """Return for each deal the mean spread of its instrument's deals at which it is known; 0 where it never is."""
    if len(instrument) and int(spread.max()) > _MOST // (2 * len(instrument)):
        raise OverflowError("the spreads of a window's deals might not add up in 64 bits")
    size = int(instrument.max(initial=0)) + 1
    total, count = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for side in range(2):
        here = np.flatnonzero(known[side])
        np.add.at(total, instrument[here], spread[side, here])
        np.add.at(count, instrument[here], 1)
    mean: IntArray = (total // np.maximum(count, 1))[instrument]
    return mean


def _last_known(instrument: IntArray, best: IntArray, other: IntArray, price: IntArray) -> IntArray:
    """Return the best price of a side; where a deal found the side empty, the one that the deal before it saw.

    A deal at the best price of the other side took what stood there, whatever the empty side had been: it keeps what
    it saw. Of a deal whose own order came to stand on the empty side one row saw it empty.
    """
    empty = (best <= 0).any(axis=0) & (price != other).all(axis=0)
    if not empty.any():
        return best
    seen = np.where((best > 0).all(axis=0), best[0], 0)
    order = np.argsort(instrument, kind="stable")
    places = np.where(seen[order] > 0, np.arange(len(order)), -1)
    latest = np.maximum.accumulate(places)
    same = (latest >= 0) & (instrument[order[latest]] == instrument[order])
    filled = np.empty_like(seen)
    filled[order] = np.where(same, seen[order[latest]], 0)
    return np.where(empty & (filled > 0), filled, best)
