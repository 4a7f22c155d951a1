"""Many messages for few trades, and orders that are moved again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from surveillance.api import (
    AMEND,
    CANCEL,
    ORDER,
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
)
from surveillance_detectors.order_tests import FIRST_FILL, NOT_A_MARKET_MAKER


class OrderToTradeParams(Params, frozen=True):
    """How long the window is.

    Parameters
    ----------
    window : duration
        How long before a message it looks back.
    """

    window: Duration


class OrderToTrade(WindowDetector):
    """Measure how many messages an account sends for each order that trades, and how often it moves its orders.

    An order counts once when it is entered and once when it is cancelled, an amendment twice, as for a cancellation
    and a new order. An order that is filled in many parts trades once. What is usual is taken from the same instrument
    and window, the account itself left out. Market makers are not measured: to renew quotes is their duty.
    """

    id = "order.to.trade"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(ORDER, AMEND, CANCEL, TRADE),
        fields=("account", "instrument", "capacity", "order_left", "order_quantity"),
    )
    measures: ClassVar = {
        "order_to_trade": Measure(Unit.MULTIPLE, "Messages for each order that traded, or in all if none did."),
        "times_usual": Measure(Unit.MULTIPLE, "That, as a multiple of all others' in the instrument."),
        "messages": Measure(Unit.COUNT, "Orders, cancellations and, twice each, amendments."),
        "traded": Measure(Unit.COUNT, "Orders that traded."),
        "orders": Measure(Unit.COUNT, "Orders entered."),
        "amendments": Measure(Unit.COUNT, "Amendments."),
        "amended": Measure(Unit.MULTIPLE, "Amendments for each order entered, or in all if none was."),
        "times_amended": Measure(Unit.MULTIPLE, "That, as a multiple of all others' in the instrument."),
    }
    Params = OrderToTradeParams

    sent = rows(ORDER, AMEND, CANCEL).that(NOT_A_MARKET_MAKER).by("account", "instrument").count()
    amendments = rows(AMEND).by("account", "instrument").count()
    orders = rows(ORDER).by("account", "instrument").count()
    traded = rows(TRADE).that(FIRST_FILL).by("account", "instrument").count()
    all_sent = rows(ORDER, AMEND, CANCEL).by("instrument").count()
    all_amendments = rows(AMEND).by("instrument").count()
    all_orders = rows(ORDER).by("instrument").count()
    all_traded = rows(TRADE).that(FIRST_FILL).by("instrument").count()

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set messages against trades, the account's and all others'."""
        messages = at.sent + at.amendments
        others = at.all_sent + at.all_amendments - messages
        mine = ratio(messages, at.traded.clip(1))
        amended = ratio(at.amendments, at.orders.clip(1))
        other_amended = ratio(at.all_amendments - at.amendments, (at.all_orders - at.orders).clip(1))
        return {
            "order_to_trade": mine,
            "times_usual": ratio(mine, ratio(others, (at.all_traded - at.traded).clip(1))),
            "messages": messages,
            "traded": at.traded,
            "orders": at.orders,
            "amendments": at.amendments,
            "amended": amended,
            "times_amended": ratio(amended, other_amended.clip(1)),
        }
