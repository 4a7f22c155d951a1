"""Goods go round in a ring of accounts and come back to where they began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from surveillance.api import TRADE, DealDetector, Deals, Decided, Group, Measure, Needs, Unit
from surveillance_detectors.company import MEASURES, Company, CompanyParams, rings, tied

_FEWEST: Final = 3
"""Two accounts that pass goods to and fro are no ring: see `matched.orders`."""


class Circular(DealDetector):
    """Measure rings of three or more accounts: what is sold in one comes back to the seller through the others.

    Pairs of accounts that deal with each other more often, and with orders closer in time and size, than chance
    explains are edges from seller to buyer; a strongly connected part of that graph is a ring. Chance is what all deals
    of the same instrument in the same window look like. One ring is one candidate in the name of the account that
    was in its earliest deal, and its events are the deals of all members.
    """

    id = "wash.circular"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(TRADE,),
        fields=(
            "side", "price", "quantity", "account", "instrument", "trade", "order_time", "order_quantity",
        ),
    )  # fmt: skip
    measures = {
        **MEASURES,
        "laps": Measure(Unit.MULTIPLE, "Deals for each member: how often goods went round."),
    }
    Params = CompanyParams

    def groups(self, deals: Deals, at: Decided) -> Sequence[Group]:  # noqa: ARG002
        """Return the rings."""
        found, ties = [], deals.ties(self.p.least)
        company = Company(deals, ties)
        for pairs in rings(ties, tied(ties, self.p.odds)):
            if len(pairs) < _FEWEST:
                continue
            mine, measures = company.measures_of(pairs)
            laps = measures["deals"] * 1_000_000 // measures["members"]
            found.append(Group(mine, {**measures, "laps": laps}))
        return found
