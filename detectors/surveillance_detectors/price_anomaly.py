"""The price of an instrument moves far more than it is used to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surveillance.api import (
    NULL,
    TRADE,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    Unit,
    WindowDetector,
    ratio,
    rows,
    share,
)


class PriceAnomalyParams(Params, frozen=True):
    """Windows of `price.anomaly`.

    Parameters
    ----------
    window : duration
        The stretch of time in which the price is to have moved.
    usual : duration
        The stretch over which the price's deviation is taken; the window is its last part.
    """

    window: Duration
    usual: Duration

    def __post_init__(self) -> None:
        if not 0 < self.window <= self.usual:
            raise ValueError("usual must not be shorter than window: it tells what the window is compared with")


class PriceAnomaly(WindowDetector):
    """Measure the way of an instrument's price within a window, by itself and by the deviation of a longer time.

    The way is that from the window's first trade to its last. The deviation is that of all prices of `usual`, in which
    the move itself is: a jump at the very end of it can be large in deviations, a steady drift cannot.
    """

    id = "price.anomaly"
    version = "1"
    key = ("instrument",)
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("price", "side", "instrument"))
    measures = {
        "price_change": Measure(Unit.SHARE, "Distance of the window's last price from its first, of the first."),
        "deviations": Measure(Unit.MULTIPLE, "That distance as a multiple of the deviation in the usual time."),
        "first": Measure(Unit.PRICE, "First price in the window."),
        "last": Measure(Unit.PRICE, "Last price in the window."),
        "trades": Measure(Unit.COUNT, "Trades in the window, a row a side."),
        "before": Measure(Unit.COUNT, "Trades in the usual time before the window."),
    }
    Params = PriceAnomalyParams

    all_trades = rows(TRADE).by("instrument")
    trades, first, last = all_trades.count(), all_trades.first("price"), all_trades.last("price")
    usual_trades, deviation = all_trades.count().over("usual"), all_trades.deviation("price").over("usual")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set the way of the price against what is usual."""
        known = (at.first != NULL) & (at.last != NULL)
        way = np.where(known, np.abs(at.last - at.first), NULL)
        return {
            "price_change": share(way, at.first),
            "deviations": ratio(way, at.deviation),
            "first": at.first,
            "last": at.last,
            "trades": at.trades,
            "before": at.usual_trades - at.trades,
        }
