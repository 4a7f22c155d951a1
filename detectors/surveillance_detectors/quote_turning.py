"""A large order takes the other way at once, after its owner bettered the best price, which he did not want then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    NULL,
    ORDER,
    TRADE,
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
from surveillance_detectors.order_tests import IMMEDIATE, LEADS


class QuoteTurningParams(Params, frozen=True):
    """How far back quotes, and what is usual, are looked for.

    Parameters
    ----------
    drawn : duration
        How long before the order that takes its owner's quotes count.
    recent : duration
        How far back the instrument's orders make the median, and the account's orders its habit.
    """

    drawn: Duration
    recent: Duration

    def __post_init__(self) -> None:
        for name in ("drawn", "recent"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be longer than 0")


class QuoteTurning(SequenceDetector):
    """Measure immediate orders whose owner placed orders of the other side shortly before.

    The pattern is asked about at an order that is to be filled at once or not at all, with a limit. How much of it is
    filled depends on who is still there, so what counts is what was ordered. The quote is the owner's last order of the
    other side, if that one bettered the best price. In a busy account some quote comes before every such order, so two
    things tell how unusual this one is: what else the account ordered since the quote, and how many of its orders of
    the last time were immediate at all. Who was just filled on the other side may only close what he was given.
    """

    id = "quote.turning"
    version = "2"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(ORDER, TRADE),
        fields=("side", "price", "quantity", "account", "instrument", "time_in_force", "bid", "ask", "behind"),
    )
    measures = {
        "turn": Measure(Unit.QUANTITY, "Quantity of the order that takes."),
        "turn_size": Measure(Unit.MULTIPLE, "The same as a multiple of the instrument's median order."),
        "off": Measure(Unit.PRICE, "How far its limit is from the best price that it can take."),
        "filled": Measure(Unit.QUANTITY, "What it fills at once."),
        "quotes": Measure(Unit.COUNT, "Orders of the other side before it that bettered the best price."),
        "quoted": Measure(Unit.QUANTITY, "Quantity of the quote."),
        "waited": Measure(Unit.DURATION, "From the quote to the order that takes."),
        "leverage": Measure(Unit.MULTIPLE, "Quantity of the order that takes as a multiple of the quote."),
        "alone": Measure(Unit.SHARE, "The same, of all that the account ordered on that side since the quote."),
        "orders": Measure(Unit.COUNT, "The account's orders in the instrument before it, of the last time."),
        "at_once": Measure(Unit.SHARE, "Those of them that were immediate too."),
        "closing": Measure(
            Unit.SHARE, "The account's fills of the other side in the time of quotes, less its own, of it."
        ),
        "usual": Measure(Unit.QUANTITY, "Median order of the instrument up to then."),
    }
    Params = QuoteTurningParams
    anchor = ORDER

    def horizon(self) -> int:
        """Return the least time there is: fills of the order come after it, at its own time."""
        return 1

    def look_back(self) -> int:
        """Return how far back quotes and what is usual are looked for."""
        return int(max(self.p.recent, self.p.drawn))

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return the median order, what the account ordered of late, and its quotes in front of each side."""
        recent, drawn = Window(self.p.recent), Window(self.p.drawn)
        own = rows(ORDER).by("account", "instrument")
        return {
            "usual": (rows(ORDER).by("instrument").median("quantity"), recent),
            "ordered": (own.count(), recent),
            "immediate": (own.that(IMMEDIATE).count(), recent),
            "leading_buys": (own.that(LEADS).count(side="buy"), drawn),
            "leading_sells": (own.that(LEADS).count(side="sell"), drawn),
        }

    def measure(self, at: Decided) -> Candidates:
        """Measure the immediate orders with a limit before which their owner ordered on the other side."""
        at_once = IMMEDIATE.holds({"time_in_force": at.column("time_in_force")})
        at = at.keep(at_once & (at.side != 0) & (at.column("price") != NULL))
        others = at.span(ORDER, side=at.other, start=at.time - self.p.drawn, until=at.time - 1)
        at, others = at.keep(others.count > 0), others.keep(others.count > 0)
        quoted = np.where(_leads(at, others.last), others.last_value("quantity"), NULL)
        since = np.where(quoted == NULL, NULL, others.last)
        own = at.span(ORDER, side=at.side, start_row=np.where(quoted == NULL, at.row, since), until=at.time)
        fills = at.span(TRADE, side=at.side, start_row=at.row, until=at.time)
        buys, turn, usual = at.side == 1, at.column("quantity").clip(0), at.usual
        met = np.where(buys, at.column("ask"), at.column("bid"))
        orders = at.ordered - 1
        sold, bought = (
            at.span(TRADE, side=side, start=at.time - self.p.drawn, until=at.time - 1).quantity
            for side in (at.other, at.side)
        )
        return candidates(
            row=at.row,
            first=others.first,
            last=np.maximum(at.row, fills.last),
            turn=turn,
            turn_size=ratio(turn, usual),
            off=np.where(met == NULL, NULL, np.abs(at.column("price") - met)),
            filled=fills.quantity,
            quotes=np.where(buys, at.leading_sells, at.leading_buys),
            quoted=quoted,
            waited=np.where(quoted == NULL, NULL, at.time - others.last_time),
            leverage=ratio(turn, quoted),
            alone=np.where(quoted == NULL, NULL, share(turn, np.maximum(own.quantity, turn))),
            orders=orders,
            at_once=share(at.immediate - 1, orders),
            closing=share((sold - bought).clip(0), turn),
            usual=usual,
        )


def _leads(at: Decided, row: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which of some rows, orders all, better the best price of their side and rest."""
    return LEADS.holds({name: at.values(name, row) for name in LEADS.columns})
