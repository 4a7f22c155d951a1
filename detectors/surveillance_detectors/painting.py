"""A few accounts print small trades among themselves at a steady pace."""

from __future__ import annotations

from collections.abc import Sequence

from surveillance.api import TRADE, DealDetector, Deals, Decided, Group, Needs
from surveillance_detectors.company import MEASURES, CompanyParams, companies


class PaintingTape(DealDetector):
    """Measure groups of accounts whose deals with each other look like activity and are none.

    Prints for the tape are many, alike in size and steady in pace, and their orders meet at once. The accounts hang
    together by pairs that deal more often, and with orders closer in time and size, than the instrument's own flow
    explains; nobody has to end flat, and no reference data has to link them.
    """

    id = "painting.tape"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(TRADE,),
        fields=(
            "side", "price", "quantity", "account", "instrument", "trade", "order_time", "order_quantity",
        ),
    )  # fmt: skip
    measures = MEASURES
    Params = CompanyParams

    def groups(self, deals: Deals, at: Decided) -> Sequence[Group]:  # noqa: ARG002
        """Return the accounts that hang together."""
        return companies(deals, self.p.least, self.p.odds)
