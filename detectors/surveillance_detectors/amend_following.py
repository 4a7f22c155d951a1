"""A large order is amended again and again, to keep its distance from the market, and never meant to be done."""

from __future__ import annotations

from collections.abc import Mapping

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
    Declared,
    Duration,
    Large,
    Measure,
    Needs,
    Params,
    RowClass,
    SequenceDetector,
    Unit,
    Window,
    candidates,
    ratio,
    rows,
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
    standing : bool
        Measure at each amendment, while the order stands and whatever becomes of it, instead of at its cancellation.
    """

    large: int
    recent: Duration
    cancelled: Duration = 0
    standing: bool = False

    def __post_init__(self) -> None:
        for name in ("large", "recent"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        if self.cancelled < 0 or bool(self.cancelled) == self.standing:
            raise ValueError("give cancelled, above 0, or standing: a pattern of standing orders has no cancellations")


class AmendFollowing(SequenceDetector):
    """Measure large orders that are amended: how often, for how long, and what was done of them until they went.

    Who wants to trade amends an order towards the market. Who wants it to be seen and not to be filled amends it
    whenever the market comes near, and withdraws it in the end. Amendments and age of an order are known from the table
    of standing orders, so that it may have stood for hours. A fill on the other side is measured and not needed: the
    order misleads whether or not its owner gained by it. With ``standing`` it is asked about at each amendment, so that
    orders that the market takes before they are withdrawn are measured as well.
    """

    id = "amend.following"
    version = "2"
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
        "amendments": Measure(Unit.COUNT, "How often the order was amended until then."),
        "every": Measure(Unit.DURATION, "Its lifetime, divided by its amendments."),
        "size": Measure(Unit.MULTIPLE, "Quantity of the order as a multiple of the instrument's median order."),
        "visible": Measure(
            Unit.SHARE, "What was withdrawn together, or stood, of all in the best five levels of the side."
        ),
        "unfilled": Measure(Unit.SHARE, "What was left of it then, of its quantity."),
        "withdrawn": Measure(Unit.QUANTITY, "What was left of it then."),
        "lifetime": Measure(Unit.DURATION, "From its entry to its cancellation, or to the amendment."),
        "opposite": Measure(Unit.QUANTITY, "Quantity filled on the other side while it stood."),
        "together": Measure(Unit.COUNT, "Large cancellations of its side from this one on, itself included."),
        "usual": Measure(Unit.QUANTITY, "Median order of the instrument up to then."),
    }
    Params = AmendFollowingParams
    anchor = CANCEL

    def large_from(self) -> Large:
        """Return from which size on orders are large."""
        return Large(self.p.large * PPM, self.p.recent)

    @property
    def anchors(self) -> RowClass:
        """Cancellations, or amendments where it is asked about standing orders."""
        return RowClass((AMEND if self.p.standing else CANCEL,), self.key)

    def horizon(self) -> int:
        """Return how long after the cancellation others belong to it."""
        return 1 if self.p.standing else int(self.p.cancelled)

    def look_back(self) -> int:
        """Return how far back amendments and fills are looked for."""
        return int(self.p.recent)

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return the median order of the instrument, which is known of cancellations anyway."""
        usual = (rows(ORDER).by("instrument").median("quantity"), Window(self.p.recent))
        return {"usual": usual} if self.p.standing else {}

    def measure(self, at: Decided) -> Candidates:
        """Measure the large cancellations of orders that were amended, or each amendment of a large order."""
        at = at.keep((at.side != 0) & (at.column("order_time") != NULL))
        standing = self.p.standing
        size = ratio(at.column("order_quantity"), at.usual if standing else at.median_order)
        amendments = at.column("order_amendments") + standing
        wanted = (amendments > 0) & (size >= self.p.large * PPM if standing else at.is_large)
        at, size, amendments = at.keep(wanted), size[wanted], amendments[wanted]
        lifetime = at.time - at.column("order_time")
        begin = np.maximum(at.column("order_time"), at.time - self.p.recent)
        fills = at.span(TRADE, side=at.other, start=begin, until=at.time)
        moves = at.span(AMEND, side=at.side, start=begin, until=at.time)
        left, total = at.column("order_left"), at.column("order_quantity")
        unknown = np.full(len(at), NULL)
        last, withdrawn, count = at.row, left, unknown
        if not standing:
            together = at.span(CANCEL, side=at.side, start_row=at.row, until=at.time + self.p.cancelled, large=True)
            last, withdrawn, count = np.maximum(at.row, together.last), together.quantity, together.count
        return candidates(
            row=at.row,
            first=np.where(moves.first >= 0, moves.first, at.row),
            last=last,
            amendments=amendments,
            every=lifetime // amendments,
            size=size,
            visible=visible_share(at, withdrawn),
            unfilled=share(left, total),
            withdrawn=left,
            lifetime=lifetime,
            opposite=fills.quantity,
            together=count,
            usual=at.usual if standing else at.median_order,
        )
