"""One account floods an instrument with messages for a second or so, and means to trade none of them."""

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
    share,
)
from surveillance_detectors.order_tests import FLEETING


class QuoteStuffingParams(Params, frozen=True):
    """How long a burst is, and what it is compared with.

    Parameters
    ----------
    window : duration
        How long a burst is.
    usual : duration
        How far back the instrument's usual number of messages is taken from; longer than the window.
    """

    window: Duration
    usual: Duration

    def __post_init__(self) -> None:
        if not 0 < self.window < self.usual:
            raise ValueError("usual must be longer than window: a burst is compared with the time before it")


class QuoteStuffing(WindowDetector):
    """Measure how far the messages of one account in an instrument stand out from what is usual there.

    Messages are orders, amendments and cancellations. Those of the window are compared with all others' in it, and
    with how many the whole instrument had, on average, in a stretch of the same length within `usual` before. It is
    asked about each order that is taken back within two seconds of being entered.
    """

    id = "quote.stuffing"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(ORDER, AMEND, CANCEL, TRADE), fields=("account", "instrument", "order_time"))
    measures: ClassVar = {
        "messages": Measure(Unit.COUNT, "Orders, amendments and cancellations of the account within the window."),
        "message_share": Measure(Unit.SHARE, "Messages of the account, of all in the instrument within the window."),
        "times_usual": Measure(
            Unit.MULTIPLE, "Messages of the account, as a multiple of the instrument's usual number."
        ),
        "fleeting": Measure(
            Unit.COUNT, "Orders of the account taken back at most two seconds after they were entered."
        ),
        "filled_share": Measure(Unit.SHARE, "Fills of the account as a share of its messages."),
        "everybody": Measure(Unit.COUNT, "Messages of all accounts in the instrument within the window."),
    }
    Params = QuoteStuffingParams

    fleeting = rows(CANCEL).that(FLEETING).by("account", "instrument").count()
    messages = rows(ORDER, AMEND, CANCEL).by("account", "instrument").count()
    fills = rows(TRADE).by("account", "instrument").count()
    everybody = rows(ORDER, AMEND, CANCEL).by("instrument").count()
    usual = rows(ORDER, AMEND, CANCEL).by("instrument").count().over("usual")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Compare the account's messages with all others' and with those before."""
        before, stretches = at.usual - at.everybody, (self.p.usual - self.p.window) // self.p.window
        return {
            "messages": at.messages,
            "message_share": share(at.messages, at.everybody),
            "times_usual": ratio(at.messages * stretches, before.clip(1)),
            "fleeting": at.fleeting,
            "filled_share": share(at.fills, at.messages),
            "everybody": at.everybody,
        }
