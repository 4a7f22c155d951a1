"""Small immediate orders feel for hidden size, and a large order of the same side follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    ORDER,
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
from surveillance_detectors.order_tests import IMMEDIATE


class PingOrdersParams(Params, frozen=True):
    """How long pings are remembered.

    Parameters
    ----------
    window : duration
        How long before an order its pings may have come.
    followed : duration
        How long before the order the last of them may have come; at most the window.
    usual : duration
        How far back the instrument's usual size is taken from.
    """

    window: Duration
    followed: Duration
    usual: Duration

    def __post_init__(self) -> None:
        if not 0 < self.followed <= self.window:
            raise ValueError("followed must not be longer than window: the last ping is one of the pings")
        if self.usual <= 0:
            raise ValueError("usual must be longer than 0")


class PingOrders(WindowDetector):
    """Measure the immediate orders of one side that an account sent before an order of the same side.

    Pings are its immediate-or-cancel and fill-or-kill orders of the side within the window, filled or not; the order
    itself is none of them. Their size is compared with the order's, and with the median of all orders in the
    instrument.
    """

    id = "ping.orders"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(ORDER,), fields=("account", "instrument", "side", "quantity", "time_in_force"))
    measures: ClassVar = {
        "pings": Measure(Unit.COUNT, "Immediate orders of the side before the order."),
        "recent": Measure(Unit.COUNT, "Those of them that came just before it."),
        "ping_share": Measure(Unit.SHARE, "Pings, of all orders of the side before it."),
        "times_ping": Measure(Unit.MULTIPLE, "Quantity of the order, as a multiple of the mean ping's."),
        "ping_size": Measure(Unit.MULTIPLE, "Mean quantity of a ping, as a multiple of the instrument's median order."),
        "pinged": Measure(Unit.QUANTITY, "Quantity of the pings."),
        "order": Measure(Unit.QUANTITY, "Quantity of the order that follows."),
    }
    Params = PingOrdersParams

    buys, sells = (rows(ORDER).by("account", "instrument").count(side=side) for side in ("buy", "sell"))
    _pings = rows(ORDER).that(IMMEDIATE).by("account", "instrument")
    ping_buys, ping_sells = _pings.count(side="buy"), _pings.count(side="sell")
    bought, sold = _pings.sum("quantity", side="buy"), _pings.sum("quantity", side="sell")
    recent_buys = _pings.count(side="buy").over("followed")
    recent_sells = _pings.count(side="sell").over("followed")
    usual = rows(ORDER).by("instrument").median("quantity").over("usual")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set an order against the pings before it."""
        quantity, usual = at.column("quantity").clip(0), at.usual
        immediate = IMMEDIATE.holds({"time_in_force": at.column("time_in_force")})
        itself = np.where(immediate & (at.side != 0), 1, 0)
        pings = _of_side(at, at.ping_buys, at.ping_sells) - itself
        pinged = _of_side(at, at.bought, at.sold) - itself * quantity
        mean = pinged // pings.clip(1)
        return {
            "pings": pings,
            "recent": _of_side(at, at.recent_buys, at.recent_sells) - itself,
            "ping_share": share(pings, _of_side(at, at.buys, at.sells) - 1),
            "times_ping": ratio(quantity, mean),
            "ping_size": ratio(mean, usual),
            "pinged": pinged,
            "order": quantity,
        }


def _of_side(at: Decided, buys: NDArray[Any], sells: NDArray[Any]) -> NDArray[Any]:
    """Return what belongs to the anchor's side; 0 where that is not known."""
    return np.where(at.side == 1, buys, np.where(at.side == 0, 0, sells))
