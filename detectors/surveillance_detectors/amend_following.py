"""A large order is amended again and again, to keep its distance from the market, and never meant to be done."""

from __future__ import annotations

import numpy as np

from surveillance.api import (
    AMEND,
    CANCEL,
    NULL,
    ORDER,
    PPM,
    TRADE,
    Candidates,
    Decided,
    Duration,
    Large,
    Measure,
    Needs,
    Params,
    SequenceDetector,
    Unit,
    candidates,
    ratio,
    share,
)
from surveillance_detectors.spoofing import visible_share


class AmendFollowingParams(Params, frozen=True):
    """What is large, and how far back amendments and fills are looked for.

    Parameters
    ----------
    large : int
        Cancellations count of at least so many times the median order of their instrument.
    recent : duration
        How far back the instrument's orders make that median, and how far back amendments of the side and fills on the
        other count.
    cancelled : duration
        How long after the cancellation others of that side belong to it.
    """

    large: int
    recent: Duration
    cancelled: Duration

    def __post_init__(self) -> None:
        for name in ("large", "recent", "cancelled"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")


class AmendFollowing(SequenceDetector):
    """Measure each large cancellation of an order that was amended: how often, how long, and what was done of it.

    Who wants to trade amends an order towards the market. Who wants it to be seen and not to be filled amends it
    whenever the market comes near, and withdraws it in the end. Amendments and age of an order are known from the table
    of standing orders, so that it may have stood for hours. A fill on the other side is measured and not needed: the
    order misleads whether or not its owner gained by it.
    """

    id = "amend.following"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(ORDER, AMEND, CANCEL, TRADE),
        fields=(
            "side", "quantity", "account", "instrument", "order_time", "order_quantity", "order_left",
            "order_amendments", "bid_depth", "ask_depth",
        ),
    )  # fmt: skip
    measures = {
        "amendments": Measure(Unit.COUNT, "How often the order was amended."),
        "every": Measure(Unit.DURATION, "Its lifetime, divided by its amendments."),
        "size": Measure(Unit.MULTIPLE, "Quantity of the order as a multiple of the instrument's median order."),
        "visible": Measure(Unit.SHARE, "What was withdrawn together, of all in the best five levels of the side."),
        "unfilled": Measure(Unit.SHARE, "What was left of it when it was withdrawn, of its quantity."),
        "withdrawn": Measure(Unit.QUANTITY, "What was left of it when it was withdrawn."),
        "lifetime": Measure(Unit.DURATION, "From its entry to its cancellation."),
        "opposite": Measure(Unit.QUANTITY, "Quantity filled on the other side while it stood."),
        "together": Measure(Unit.COUNT, "Large cancellations of its side from this one on, itself included."),
        "usual": Measure(Unit.QUANTITY, "Median order of the instrument up to then."),
    }
    Params = AmendFollowingParams
    anchor = CANCEL

    def large_from(self) -> Large:
        """Return from which size on orders are large."""
        return Large(self.p.large * PPM, self.p.recent)

    def horizon(self) -> int:
        """Return how long after the cancellation others belong to it."""
        return int(self.p.cancelled)

    def look_back(self) -> int:
        """Return how far back amendments and fills are looked for."""
        return int(self.p.recent)

    def measure(self, at: Decided) -> Candidates:
        """Measure the large cancellations of orders that were amended."""
        amended = at.column("order_amendments") > 0
        at = at.keep(at.is_large & (at.side != 0) & (at.column("order_time") != NULL) & amended)
        lifetime, amendments = at.time - at.column("order_time"), at.column("order_amendments")
        begin = np.maximum(at.column("order_time"), at.time - self.p.recent)
        fills = at.span(TRADE, side=at.other, start=begin, until=at.time)
        moves = at.span(AMEND, side=at.side, start=begin, until=at.time)
        together = at.span(CANCEL, side=at.side, start_row=at.row, until=at.time + self.p.cancelled, large=True)
        left, total = at.column("order_left"), at.column("order_quantity")
        return candidates(
            row=at.row,
            first=np.where(moves.first >= 0, moves.first, at.row),
            last=np.maximum(at.row, together.last),
            amendments=amendments,
            every=lifetime // amendments,
            size=ratio(total, at.median_order),
            visible=visible_share(at, together.quantity),
            unfilled=share(left, total),
            withdrawn=left,
            lifetime=lifetime,
            opposite=fills.quantity,
            together=together.count,
            usual=at.median_order,
        )
