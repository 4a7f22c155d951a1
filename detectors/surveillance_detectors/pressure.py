"""What detectors of price pressure have in common: orders that push, and how much of the market they are."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.api import ORDER, TRADE, Decided, Measure, Needs, Unit, WindowDetector, rows, share
from surveillance_detectors.order_tests import NOT_A_MARKET_MAKER, PUSHES

IntArray = NDArray[Any]

_PUSHING = rows(ORDER).that(PUSHES, NOT_A_MARKET_MAKER)
_TRADES = rows(TRADE).by("account", "instrument")

FIELDS: Final = (
    "account", "instrument", "side", "price", "quantity", "capacity", "bid", "ask", "bid_quantity", "ask_quantity",
)  # fmt: skip

MEASURES: Final = {
    "pushes": Measure(Unit.COUNT, "Orders of the side that push."),
    "one_sided": Measure(Unit.SHARE, "Those, of the account's orders that push, on both sides."),
    "push_share": Measure(Unit.SHARE, "Their quantity, of all that pushes in the instrument but market makers'."),
    "pushing": Measure(Unit.SHARE, "Those, of all orders of the side that the account entered."),
    "volume_share": Measure(Unit.SHARE, "What the account traded on the side, of the instrument's volume."),
    "traded": Measure(Unit.QUANTITY, "What the account traded on the side."),
}


class Pressure(WindowDetector):
    """Aggregates over orders that push: more than what stands at the best price, and with a limit beyond it.

    It is asked about each of them. Market makers are not measured: to take a stale quote is their protection.
    """

    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(ORDER, TRADE), fields=FIELDS)

    _mine = _PUSHING.by("account", "instrument")
    push_buys, push_sells = _mine.count(side="buy"), _mine.count(side="sell")
    pushed_buys, pushed_sells = _mine.sum("quantity", side="buy"), _mine.sum("quantity", side="sell")
    _all = _PUSHING.by("instrument")
    all_buys, all_sells = _all.sum("quantity", side="buy"), _all.sum("quantity", side="sell")
    _orders = rows(ORDER).by("account", "instrument")
    order_buys, order_sells = _orders.count(side="buy"), _orders.count(side="sell")
    bought, sold = _TRADES.sum("quantity", side="buy"), _TRADES.sum("quantity", side="sell")
    volume = rows(TRADE).by("instrument").sum("quantity", side="buy")

    def pressed(self, at: Decided) -> dict[str, IntArray]:
        """Return `MEASURES` for the side of each anchor."""
        pushes = of_side(at, at.push_buys, at.push_sells)
        traded = of_side(at, at.bought, at.sold)
        return {
            "pushes": pushes,
            "one_sided": share(pushes, at.push_buys + at.push_sells),
            "push_share": share(of_side(at, at.pushed_buys, at.pushed_sells), at.all_buys + at.all_sells),
            "pushing": share(pushes, of_side(at, at.order_buys, at.order_sells)),
            "volume_share": share(traded.clip(max=at.volume), at.volume),
            "traded": traded,
        }


def of_side(at: Decided, buys: IntArray, sells: IntArray) -> IntArray:
    """Return what is of each anchor's side."""
    return np.where(at.side == 1, buys, sells)
