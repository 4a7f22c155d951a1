"""An order betters the best price, others join it, and its owner takes what the others offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    CANCEL,
    NULL,
    ORDER,
    TRADE,
    Aggressor,
    Candidates,
    Decided,
    Declared,
    Duration,
    Measure,
    Needs,
    Params,
    SequenceDetector,
    Unit,
    Window,
    candidates,
    ratio,
    rows,
    share,
)


class QuoteSpoofingParams(Params, frozen=True):
    """How long others have to join.

    Parameters
    ----------
    drawn : duration
        How long after the order its owner's first fill on the other side may come.
    recent : duration
        How far back the instrument's orders make the median.
    """

    drawn: Duration
    recent: Duration

    def __post_init__(self) -> None:
        for name in ("drawn", "recent"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be longer than 0")


class QuoteSpoofing(SequenceDetector):
    """Measure orders that better the best price, and what their owner takes on the other side soon after.

    The pattern starts at an order that stands alone in front of its side and trades with nobody when it is entered.
    Others come to its price. Then the owner's first fills on the other side are of an order that takes: several
    at one instant, against those who joined. What became of the order itself does not matter: it is cancelled before,
    or somebody has taken it.
    """

    id = "quote.spoofing"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(ORDER, CANCEL, TRADE),
        fields=(
            "side", "price", "quantity", "account", "instrument", "aggressor", "bid", "ask", "bid_quantity",
            "ask_quantity", "behind",
        ),
    )  # fmt: skip
    measures = {
        "improvement": Measure(Unit.PRICE, "By how much the order betters the best price of its side."),
        "joined": Measure(Unit.MULTIPLE, "What stands at the best price of its side at last, as a multiple of it."),
        "off": Measure(Unit.PRICE, "How far that best price is from the order's."),
        "fills": Measure(Unit.COUNT, "Fills of its owner as taker on the other side, at one instant."),
        "taken": Measure(Unit.QUANTITY, "Quantity of these fills."),
        "leverage": Measure(Unit.MULTIPLE, "Their quantity as a multiple of the order's."),
        "taken_size": Measure(Unit.MULTIPLE, "Their quantity as a multiple of the instrument's median order."),
        "own_filled": Measure(Unit.SHARE, "Its owner's fills on its side up to then, of the order's quantity."),
        "waited": Measure(Unit.DURATION, "From the order to these fills."),
        "quoted": Measure(Unit.QUANTITY, "Quantity of the order."),
        "usual": Measure(Unit.QUANTITY, "Median order of the instrument up to then."),
    }
    Params = QuoteSpoofingParams
    anchor = ORDER

    def horizon(self) -> int:
        """Return how long others have to join."""
        return int(self.p.drawn)

    def look_back(self) -> int:
        """Return how far back orders make the median."""
        return int(self.p.recent)

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return the median order of the instrument."""
        return {"usual": (rows(ORDER).by("instrument").median("quantity"), Window(self.p.recent))}

    def measure(self, at: Decided) -> Candidates:
        """Measure the orders that better the best price, rest, and after which their owner takes."""
        at = at.keep(_leads(at))
        first = at.span(TRADE, side=at.other, start_row=at.row, until=at.time + self.p.drawn)
        takes = first.first_value("aggressor") == int(Aggressor.TAKER)
        at, first = at.keep(takes), first.keep(takes)
        fills = at.span(TRADE, side=at.other, start_row=first.first, until=first.first_time)
        own = at.span(TRADE, side=at.side, start_row=at.row, until=first.first_time)
        buys, quoted, usual = at.side == 1, at.column("quantity"), at.usual
        best = np.where(buys, fills.first_value("bid"), fills.first_value("ask"))
        there = np.where(buys, fills.first_value("bid_quantity"), fills.first_value("ask_quantity"))
        return candidates(
            row=at.row,
            first=at.row,
            last=fills.last,
            improvement=-at.column("behind"),
            joined=ratio(np.maximum(there, 0), quoted),
            off=np.where(best == NULL, NULL, np.abs(best - at.column("price"))),
            fills=fills.count,
            taken=fills.quantity,
            leverage=ratio(fills.quantity, quoted),
            taken_size=ratio(fills.quantity, usual),
            own_filled=share(own.quantity, quoted),
            waited=fills.first_time - at.time,
            quoted=quoted,
            usual=usual,
        )


def _leads(at: Decided) -> NDArray[Any]:
    """Tell which orders better the best price of their side and rest there."""
    behind, price = at.column("behind"), at.column("price")
    buys = at.side == 1
    facing = np.where(buys, at.column("ask"), at.column("bid"))
    rests = (facing == NULL) | np.where(buys, price < facing, price > facing)
    leads: NDArray[Any] = (at.side != 0) & (behind != NULL) & (behind < 0) & rests
    return leads
