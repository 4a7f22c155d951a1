"""A trade is made outside of what the book offers: beyond the best price that anybody had to pay or take."""

from __future__ import annotations

import numpy as np

from surveillance.api import (
    NULL,
    TRADE,
    Candidates,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    Unit,
    WindowDetector,
    candidates,
    ratio,
    rows,
    share,
)


class OffMarketPriceParams(Params, frozen=True):
    """Window of `off.market.price`.

    Parameters
    ----------
    window : duration
        Stretch of time over which the instrument's usual movement is taken.
    """

    window: Duration


class OffMarketPrice(WindowDetector):
    """Measure how far a trade's price lies outside of the best bid and the best ask.

    Bid and ask are those just before the trade, of the feed's quotes or of the book rebuilt from its orders. An order
    that takes one level after another trades at the best price each time, so that nothing of it lies outside. The
    distance is set against the spread, and against the deviation of the instrument's prices over `window`, in which
    the trade itself is: one of ten trades can be at most three deviations away.
    """

    id = "off.market.price"
    version = "1"
    key = ("instrument",)
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("price", "quantity", "instrument", "bid", "ask"))
    measures = {
        "outside": Measure(Unit.PRICE, "Distance of the price from the best bid or ask on its side."),
        "outside_share": Measure(Unit.SHARE, "That distance, of the best bid or ask."),
        "spreads": Measure(Unit.MULTIPLE, "That distance as a multiple of the spread."),
        "deviations": Measure(Unit.MULTIPLE, "That distance as a multiple of the deviation of recent prices."),
        "price": Measure(Unit.PRICE, "Price of the trade."),
        "best": Measure(Unit.PRICE, "Best bid or ask, whichever is nearer."),
        "trades": Measure(Unit.COUNT, "Trades of the instrument in the window, a row a side."),
    }
    Params = OffMarketPriceParams

    prices = rows(TRADE).by("instrument").deviation("price")
    trades = rows(TRADE).by("instrument").count()

    def measure(self, at: Decided) -> Candidates:
        """Measure the trades outside of the book."""
        price, bid, ask = at.column("price"), at.column("bid"), at.column("ask")
        known = (price != NULL) & (bid != NULL) & (ask != NULL) & (bid > 0) & (ask >= bid)
        outside = np.where(price > ask, price - ask, bid - price)
        some = known & (outside > 0)
        at, price, bid, ask, outside = at.keep(some), price[some], bid[some], ask[some], outside[some]
        best = np.where(price > ask, ask, bid)
        return candidates(
            row=at.row,
            first=at.row,
            last=at.row,
            outside=outside,
            outside_share=share(outside, best),
            spreads=ratio(outside, ask - bid),
            deviations=ratio(outside, at.prices),
            price=price,
            best=best,
            trades=at.trades,
        )
