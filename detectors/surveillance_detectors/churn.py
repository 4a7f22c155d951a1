"""An account buys and sells back and forth and ends where it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np

from surveillance.api import (
    NULL,
    TRADE,
    Aggregate,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    Unit,
    Window,
    WindowDetector,
    ratio,
    rows,
    share,
)

_COMPARED: Final = ("market_share", "size_multiple")
"""Measures that compare with everybody's trades in the instrument."""


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
    compare : str
        ``instrument`` compares with what everybody traded in the instrument meanwhile: `market_share` and
        `size_multiple` are measured as well. ``nothing`` does not.
    """

    window: Duration
    anchor: Literal["end", "start"] = "end"
    within: Literal["continuous", "day", "session"] = "continuous"
    compare: Literal["nothing", "instrument"] = "nothing"


class Churn(WindowDetector):
    """Measure how often and how much one account switches sides in one instrument.

    Neighbouring trades of the account on different sides are changes of side; their share of all neighbours is the
    alternation. The net share is what is left of the volume when bought and sold are set against each other.
    """

    id = "wash.churn"
    version = "3"
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
        "market_share": Measure(Unit.SHARE, "Volume, of that of all sides of all trades in the instrument meanwhile."),
        "size_multiple": Measure(
            Unit.MULTIPLE, "Mean size of its trades, as a multiple of the instrument's median size."
        ),
    }
    Params = ChurnParams

    pair = rows(TRADE).by("account", "instrument")
    buys, sells = pair.count(side="buy"), pair.count(side="sell")
    bought, sold = pair.sum("quantity", side="buy"), pair.sum("quantity", side="sell")
    flips = pair.flips()
    first, last = pair.first("price"), pair.last("price")
    everybody = rows(TRADE).by("instrument")
    traded, typical = everybody.sum("quantity"), everybody.median("quantity")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        if params.compare == "instrument":
            self.shard = ("instrument",)  # type: ignore[misc] # only then is there something without the account

    @classmethod
    def measures_of(cls, params: Any) -> Mapping[str, Measure]:
        """Return the measures; those of the comparison only where it is made."""
        compares = params.compare == "instrument"
        return cls.measures if compares else {name: one for name, one in cls.measures.items() if name not in _COMPARED}

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return the aggregates; those over the instrument only where it is compared."""
        asked = super().windows()
        if self.p.compare == "instrument":
            return asked
        return {name: one for name, one in asked.items() if name.split(".")[0] not in ("traded", "typical")}

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Derive the measures from the window's aggregates."""
        volume, net = at.bought + at.sold, np.abs(at.bought - at.sold)
        moved = np.where((at.first == NULL) | (at.last == NULL), NULL, np.abs(at.last - at.first))
        compared = {}
        if self.p.compare == "instrument":
            size = ratio(volume, at.buys + at.sells, 1)
            compared = {"market_share": share(volume, at.traded), "size_multiple": ratio(size, at.typical)}
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
            **compared,
        }
