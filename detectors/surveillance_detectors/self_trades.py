"""One beneficial owner stands on both sides of trades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveillance.api import (
    PPM,
    TRADE,
    DealDetector,
    Deals,
    Decided,
    Duration,
    Group,
    Measure,
    Needs,
    Params,
    Unit,
    share,
)


class SelfTradesParams(Params, frozen=True):
    """When, and how far back, trades of an owner with himself are looked for.

    Parameters
    ----------
    every : duration
        How often it is asked.
    window : duration
        How far back trades count.
    """

    every: Duration = 600_000_000_000
    window: Duration = 3_600_000_000_000

    def __post_init__(self) -> None:
        if self.every <= 0 or self.window < self.every:
            raise ValueError("window must not be shorter than every, and every longer than 0")


class SelfTrades(DealDetector):
    """Measure trades that change no beneficial owner: of an account with itself, or with another of its owner.

    Trades of one moment count once: an order that sweeps several of the owner's own orders is one crossing.

    Who makes a tenth of all trading meets himself in a tenth of his own where orders meet by chance: `times_chance` is
    the share of his trading that was with himself, as a multiple of his share of all trading.
    """

    id = "wash.self"
    version = "2"
    key = ("beneficial_owner", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(TRADE,),
        fields=(
            "side", "price", "quantity", "account", "beneficial_owner", "instrument", "trade", "order_time",
            "order_quantity",
        ),
    )  # fmt: skip
    measures = {
        "crossings": Measure(Unit.COUNT, "Moments at which the owner traded with himself."),
        "accounts_used": Measure(Unit.COUNT, "Accounts of the owner that took part."),
        "crossed": Measure(Unit.QUANTITY, "Quantity that the owner traded with himself."),
        "own_share": Measure(Unit.SHARE, "Quantity traded with himself, of all that the owner traded."),
        "market_share": Measure(Unit.SHARE, "Quantity traded with himself, of all that was traded."),
        "times_chance": Measure(Unit.MULTIPLE, "`own_share`, as a multiple of the owner's share of all trading."),
    }
    Params = SelfTradesParams

    def groups(self, deals: Deals, at: Decided) -> Sequence[Group]:
        """Return the owners who traded with themselves, by instrument."""
        mine, theirs = at.values("beneficial_owner", deals.row), at.values("beneficial_owner", deals.other)
        own = np.flatnonzero((mine == theirs) & (mine != 0))
        found = []
        for owner, instrument in np.unique(np.stack((mine[own], deals.instrument[own]), axis=1), axis=0).tolist():
            here = deals.instrument == instrument
            crossed = own[(mine[own] == owner) & (deals.instrument[own] == instrument)]
            quantity = int(deals.quantity[crossed].sum())
            traded = sum(int(deals.quantity[here & (side == owner)].sum()) for side in (mine, theirs))
            everything = int(deals.quantity[here].sum())
            shares = share(np.array([2 * quantity, quantity]), np.array([traded, everything]))
            accounts = np.unique(np.concatenate((deals.buyer[crossed], deals.seller[crossed])))
            measures = {
                "crossings": len(np.unique(deals.time[crossed])),
                "accounts_used": len(accounts),
                "crossed": quantity,
                "own_share": int(shares[0]),
                "market_share": int(shares[1]),
                "times_chance": 4 * quantity * everything * PPM // traded**2,
            }
            found.append(Group(crossed, measures))
        return found
