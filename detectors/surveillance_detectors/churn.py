"""An account buys and sells back and forth and ends where it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

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
    rows,
    share,
)


class ChurnParams(Params, frozen=True):
    """Window of `wash.churn`.

    Parameters
    ----------
    window : duration
        How long the window is.
    anchor : str
        Whether the window ends or starts at the trade that is judged.
    within : str
        Whether the window crosses a close: ``continuous``, ``day`` or ``session``.
    """

    window: Duration
    anchor: Literal["end", "start"] = "end"
    within: Literal["continuous", "day", "session"] = "continuous"


class Churn(WindowDetector):
    """Measure how often and how much one account switches sides in one instrument.

    Neighbouring trades of the account on different sides are changes of side; their share of all neighbours is the
    alternation. The net share is what is left of the volume when bought and sold are set against each other.
    """

    id = "wash.churn"
    version = "2"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs(kinds=(TRADE,), fields=("side", "quantity", "price", "account", "instrument"))
    measures = {
        "buys": Measure(Unit.COUNT, "Buys in the window."),
        "sells": Measure(Unit.COUNT, "Sells in the window."),
        "bought": Measure(Unit.QUANTITY, "Quantity bought."),
        "sold": Measure(Unit.QUANTITY, "Quantity sold."),
        "volume": Measure(Unit.QUANTITY, "Quantity bought and sold."),
        "switches": Measure(Unit.COUNT, "Changes of side between neighbouring trades."),
        "alternation": Measure(Unit.SHARE, "Changes of side between neighbouring trades, of all neighbours."),
        "net": Measure(Unit.QUANTITY, "What is left when buys and sells are set off."),
        "net_share": Measure(Unit.SHARE, "What is left when buys and sells are set off, of the volume."),
        "price_change": Measure(Unit.SHARE, "Distance of the last price from the first, of the first."),
    }
    Params = ChurnParams

    pair = rows(TRADE).by("account", "instrument")
    buys, sells = pair.count(side="buy"), pair.count(side="sell")
    bought, sold = pair.sum("quantity", side="buy"), pair.sum("quantity", side="sell")
    flips = pair.flips()
    first, last = pair.first("price"), pair.last("price")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Derive the measures from the window's aggregates."""
        volume, net = at.bought + at.sold, np.abs(at.bought - at.sold)
        moved = np.where((at.first == NULL) | (at.last == NULL), NULL, np.abs(at.last - at.first))
        return {
            "buys": at.buys,
            "sells": at.sells,
            "bought": at.bought,
            "sold": at.sold,
            "volume": volume,
            "switches": at.flips,
            "alternation": share(at.flips, at.buys + at.sells - 1),
            "net": net,
            "net_share": share(net, volume),
            "price_change": share(moved, at.first),
        }
