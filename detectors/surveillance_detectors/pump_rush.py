"""A rush of orders that take one side drives the price within seconds, far beyond what the instrument is used to."""

from __future__ import annotations

from typing import Literal

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


class PumpRushParams(Params, frozen=True):
    """Windows of `pump.rush`.

    Parameters
    ----------
    window : duration
        How long a rush is looked at.
    move : duration
        How long before a trade the price is looked at.
    usual : duration
        Stretch of time that the rush is compared with; the rush is its last part.
    recent : duration
        Last part of the usual time: what is usual is known of coins that were traded before it.
    direction : str
        ``up``: takers who buy and a price that rises; ``down``: takers who sell and a price that falls.
    """

    window: Duration
    move: Duration
    usual: Duration
    recent: Duration
    direction: Literal["up", "down"] = "up"

    def __post_init__(self) -> None:
        if self.usual < self.window:
            raise ValueError("usual must not be shorter than window: it tells what the rush is compared with")
        if not 0 < self.recent < self.usual:
            raise ValueError("recent must be longer than 0 and shorter than usual, of which it is the last part")


class PumpRush(WindowDetector):
    """Measure how fast takers of one side come, how much they take and how far the price goes with them.

    Needs no accounts. Trades of takers in the last `window` are set against those of the last `usual`, the method of
    La Morgia, Mei, Sassi and Stefa ("Pump and Dumps in the Bitcoin Era", 2020) with sliding windows in the place of
    chunks of 25 s.
    """

    id = "pump.rush"
    version = "2"
    key = ("instrument",)
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("side", "price", "quantity", "aggressor", "instrument"))
    measures = {
        "rush": Measure(Unit.COUNT, "Trades of takers on the side that drives the price, in the window."),
        "pace": Measure(Unit.MULTIPLE, "Those trades as a multiple of what is usual in a window, before this one."),
        "before": Measure(Unit.COUNT, "Trades of such takers in the usual time, but for its recent part."),
        "taken": Measure(Unit.QUANTITY, "Quantity of the rush."),
        "of_usual": Measure(Unit.SHARE, "Quantity of the rush, of all that such takers took in the usual time."),
        "one_sided": Measure(Unit.SHARE, "Quantity of the rush, of what takers of both sides took in the window."),
        "price_change": Measure(Unit.SHARE, "Way of the price from its lowest (up) or highest (down) since `move`."),
    }
    Params = PumpRushParams

    takers = rows(TRADE, aggressor="taker").by("instrument")
    buys, sells = takers.count(side="buy"), takers.count(side="sell")
    bought, sold = takers.sum("quantity", side="buy"), takers.sum("quantity", side="sell")
    usual_buys, usual_sells = takers.count(side="buy").over("usual"), takers.count(side="sell").over("usual")
    recent_buys, recent_sells = takers.count(side="buy").over("recent"), takers.count(side="sell").over("recent")
    usual_bought = takers.sum("quantity", side="buy").over("usual")
    usual_sold = takers.sum("quantity", side="sell").over("usual")
    lowest, highest = takers.min("price").over("move"), takers.max("price").over("move")

    def measure(self, at: Decided) -> Candidates:
        """Measure the trades of the side that can drive the price."""
        up = self.p.direction == "up"
        at = at.keep(at.side == (1 if up else 2))
        price = at.column("price")
        rush, usual = (at.buys, at.usual_buys) if up else (at.sells, at.usual_sells)
        recent = at.recent_buys if up else at.recent_sells
        taken, of_all = (at.bought, at.usual_bought) if up else (at.sold, at.usual_sold)
        extreme = at.lowest if up else at.highest
        known = (price != NULL) & (extreme != NULL)
        way = np.where(known, price - extreme if up else extreme - price, NULL)
        return candidates(
            row=at.row,
            first=at.row,
            last=at.row,
            rush=rush,
            pace=ratio(rush * (self.p.usual // self.p.window), usual - rush),
            before=usual - recent,
            taken=taken,
            of_usual=share(taken, of_all),
            one_sided=share(taken, at.bought + at.sold),
            price_change=share(way, extreme),
        )
