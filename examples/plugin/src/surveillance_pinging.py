"""Small immediate-or-cancel orders that probe for hidden liquidity."""

from collections.abc import Mapping
from typing import Any

from surveillance.api import (
    ORDER,
    TRADE,
    Decided,
    Detector,
    Duration,
    Measure,
    Needs,
    Params,
    Unit,
    WindowDetector,
    hookimpl,
    rows,
    share,
)

SURVEILLANCE_API = 1


class PingingParams(Params, frozen=True):
    """How `pinging` looks; `window` is how long before an order it looks back."""

    window: Duration


class Pinging(WindowDetector):
    """Measure how many immediate-or-cancel orders an account sends, how large they are and how little they take."""

    id = "pinging"
    version = "1"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs((ORDER, TRADE), ("account", "instrument", "quantity", "time_in_force", "aggressor"))
    measures = {
        "pings": Measure(Unit.COUNT, "Immediate-or-cancel orders in the window."),
        "largest": Measure(Unit.QUANTITY, "Quantity of the largest of them."),
        "taken": Measure(Unit.SHARE, "Quantity that the account took from the book, of what these orders asked for."),
    }
    Params = PingingParams

    sent = rows(ORDER, time_in_force="ioc").by("account", "instrument")
    pings, largest, asked = sent.count(), sent.max("quantity"), sent.sum("quantity")
    took = rows(TRADE, aggressor="taker").by("account", "instrument").sum("quantity")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Hand on the counts, and relate what was taken to what was asked for."""
        return {"pings": at.pings, "largest": at.largest, "taken": share(at.took, at.asked)}


@hookimpl
def surveillance_detectors() -> list[type[Detector]]:
    """Return the detectors of this plugin."""
    return [Pinging]
