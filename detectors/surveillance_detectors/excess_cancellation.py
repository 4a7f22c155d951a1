"""An account enters and takes back far more orders than anybody beside it, and hardly trades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from surveillance.api import (
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
    share,
)
from surveillance_detectors.order_tests import FIRST_FILL, NOT_A_MARKET_MAKER, RESTED, STOOD


class ExcessCancellationParams(Params, frozen=True):
    """How long the window is.

    Parameters
    ----------
    window : duration
        How long before a cancellation it looks back.
    """

    window: Duration


class ExcessCancellation(WindowDetector):
    """Measure the cancellations of an account against its own orders and against those of its peers.

    Only orders that stood in the book count as cancelled: what is left of an immediate-or-cancel order is taken back
    as it comes. Peers are the other accounts that cancelled in the instrument within the window. Market makers are
    neither measured nor peers: to renew quotes is their duty.

    The busier a market is, the sooner its orders are filled or follow the price, while an order that is shown to be
    seen has to stand for as long as people and programs need to act on it. Cancellations of orders that had stood for
    more than two seconds are therefore measured on their own, and how large a share of the account's they are.
    """

    id = "excess.cancellation"
    version = "2"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(CANCEL, ORDER, TRADE),
        fields=("account", "instrument", "capacity", "order_time", "order_left", "order_quantity"),
    )
    measures: ClassVar = {
        "cancels": Measure(Unit.COUNT, "Cancellations of orders that had stood in the book."),
        "orders": Measure(Unit.COUNT, "Orders entered."),
        "cancelled_share": Measure(Unit.SHARE, "Cancellations, at most one an order, of the orders."),
        "filled": Measure(Unit.COUNT, "Orders that were filled, wholly or in part."),
        "filled_share": Measure(Unit.SHARE, "Filled orders, of the orders."),
        "times_peers": Measure(Unit.MULTIPLE, "Cancellations, as a multiple of the mean of its peers."),
        "unfilled": Measure(Unit.MULTIPLE, "Cancellations for each filled order, as a multiple of its peers'."),
        "cancel_share": Measure(Unit.SHARE, "Cancellations, of all in the instrument but market makers'."),
        "standing": Measure(Unit.COUNT, "Cancellations of orders that had stood for more than two seconds."),
        "standing_share": Measure(Unit.SHARE, "Those, of its cancellations."),
        "standing_peers": Measure(Unit.MULTIPLE, "Those, as a multiple of the mean of its peers."),
        "stood_longer": Measure(Unit.MULTIPLE, "Their share of its cancellations, as a multiple of its peers'."),
        "peers": Measure(Unit.COUNT, "Other accounts that cancelled in the instrument."),
    }
    Params = ExcessCancellationParams

    cancels = rows(CANCEL).that(NOT_A_MARKET_MAKER, RESTED).by("account", "instrument").count()
    orders = rows(ORDER).by("account", "instrument").count()
    filled = rows(TRADE).that(FIRST_FILL).by("account", "instrument").count()
    everybody = rows(CANCEL).that(NOT_A_MARKET_MAKER, RESTED).by("instrument").count()
    everybody_filled = rows(TRADE).that(NOT_A_MARKET_MAKER, FIRST_FILL).by("instrument").count()
    standing = rows(CANCEL).that(NOT_A_MARKET_MAKER, STOOD).by("account", "instrument").count()
    everybody_standing = rows(CANCEL).that(NOT_A_MARKET_MAKER, STOOD).by("instrument").count()
    accounts = rows(CANCEL).that(NOT_A_MARKET_MAKER, RESTED).by("instrument").distinct("account")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set the account's cancellations against its orders and its peers'."""
        others, others_filled = at.everybody - at.cancels, (at.everybody_filled - at.filled).clip(1)
        others_standing = (at.everybody_standing - at.standing).clip(1)
        return {
            "cancels": at.cancels,
            "orders": at.orders,
            "cancelled_share": share(at.cancels.clip(max=at.orders), at.orders),
            "filled": at.filled,
            "filled_share": share(at.filled.clip(max=at.orders), at.orders),
            "times_peers": ratio(at.cancels * (at.accounts - 1), others.clip(1)),
            "unfilled": ratio(ratio(at.cancels, at.filled.clip(1)), ratio(others, others_filled)),
            "cancel_share": share(at.cancels, at.everybody),
            "standing": at.standing,
            "standing_share": share(at.standing, at.cancels),
            "standing_peers": ratio(at.standing * (at.accounts - 1), others_standing),
            "stood_longer": ratio(ratio(at.standing, at.cancels), ratio(others_standing, others.clip(1))),
            "peers": at.accounts - 1,
        }
