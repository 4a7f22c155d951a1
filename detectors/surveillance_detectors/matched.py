"""Two accounts meet again and again with orders that match in time and size."""

from __future__ import annotations

from collections.abc import Sequence

from surveillance.api import TRADE, DealDetector, Deals, Decided, Group, Needs
from surveillance_detectors.company import MEASURES, CompanyParams, companies


class MatchedOrders(DealDetector):
    """Measure pairs of accounts that deal with each other against all chance.

    How many deals two accounts have, how close in time their orders were entered, how alike in quantity and how large
    they are is compared with all deals of the instrument in the window. No reference data has to link the two. Accounts
    that are tied to a third one as well are measured together with it: `members` says how many they are.
    """

    id = "matched.orders"
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
        """Return the pairs, and larger groups that hang together."""
        return companies(deals, self.p.least, self.p.odds)
