"""An account builds a position, the price jumps, and it gets rid of the position at the new price."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    NULL,
    PPM,
    TRADE,
    Candidates,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    Unit,
    WindowDetector,
    candidates,
    ratio,
    rows,
    share,
)


class PumpAndDumpParams(Params, frozen=True):
    """Windows of `pump.and.dump`.

    Parameters
    ----------
    window : duration
        How long before a trade the position may have been built.
    dump : duration
        The last part of the window, in which the account gets rid of it.
    move : duration
        The last part of the window in which the price is to have jumped.
    """

    window: Duration
    dump: Duration
    move: Duration

    def __post_init__(self) -> None:
        for name in ("dump", "move"):
            if not 0 < getattr(self, name) < self.window:
                raise ValueError(f"{name} must be longer than 0 and shorter than window, of which it is the last part")


class PumpAndDump(WindowDetector):
    """Measure what an account built before `dump`, and what of it it has got rid of since, at which price.

    The pattern ends at a trade of the account: a sale of what it bought (pump and dump), or a purchase of what it sold
    (trash and cash). Bought and sold are set off against each other in each of the two parts of the window, so that
    who trades to and fro has built nothing.
    """

    id = "pump.and.dump"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("side", "price", "quantity", "notional", "account", "instrument"))
    measures = {
        "built": Measure(Unit.QUANTITY, "Net quantity that the account built up before the dump."),
        "shed": Measure(Unit.QUANTITY, "Net quantity that it got rid of in the dump."),
        "shed_share": Measure(Unit.SHARE, "What it got rid of, at most all, of what it built."),
        "built_one_way": Measure(Unit.SHARE, "What it built, of all that it traded before the dump."),
        "shed_one_way": Measure(Unit.SHARE, "What it got rid of, of all that it traded in the dump."),
        "built_of_volume": Measure(Unit.SHARE, "What it built, of what all traded on that side before the dump."),
        "shed_of_volume": Measure(Unit.SHARE, "What it got rid of, of what all traded on that side in the dump."),
        "trades": Measure(Unit.COUNT, "Trades of the account in the whole window."),
        "gain": Measure(Unit.SHARE, "By how much the mean price of the dump is better than that of the building."),
        "price_move": Measure(Unit.SHARE, "From the lowest to the highest price in the move, of the lowest."),
        "abrupt": Measure(Unit.SHARE, "That distance, of the distance in the whole window."),
    }
    Params = PumpAndDumpParams

    mine, everybody = rows(TRADE).by("account", "instrument"), rows(TRADE).by("instrument")
    trades = mine.count()
    bought, sold = mine.sum("quantity", side="buy"), mine.sum("quantity", side="sell")
    paid, received = mine.sum("notional", side="buy"), mine.sum("notional", side="sell")
    late_bought = mine.sum("quantity", side="buy").over("dump")
    late_sold = mine.sum("quantity", side="sell").over("dump")
    late_paid = mine.sum("notional", side="buy").over("dump")
    late_received = mine.sum("notional", side="sell").over("dump")
    all_bought, all_sold = everybody.sum("quantity", side="buy"), everybody.sum("quantity", side="sell")
    all_late_bought = everybody.sum("quantity", side="buy").over("dump")
    all_late_sold = everybody.sum("quantity", side="sell").over("dump")
    lowest, highest = everybody.min("price"), everybody.max("price")
    late_lowest, late_highest = everybody.min("price").over("move"), everybody.max("price").over("move")

    def measure(self, at: Decided) -> Candidates:
        """Measure the trades with which an account gets rid of what it built before."""
        sale = at.side == 2
        early_bought, early_sold = at.bought - at.late_bought, at.sold - at.late_sold
        built = np.where(sale, early_bought - early_sold, early_sold - early_bought)
        shed = np.where(sale, at.late_sold - at.late_bought, at.late_bought - at.late_sold)
        some = (built > 0) & (shed > 0) & (at.side != 0)
        at, sale, built, shed = at.keep(some), sale[some], built[some], shed[some]
        early_bought, early_sold = early_bought[some], early_sold[some]
        before, after = early_bought + early_sold, at.late_bought + at.late_sold
        others_built = np.where(sale, at.all_bought - at.all_late_bought, at.all_sold - at.all_late_sold)
        cost = _mean_price(sale, (at.paid - at.late_paid, early_bought), (at.received - at.late_received, early_sold))
        gone = _mean_price(~sale, (at.late_paid, at.late_bought), (at.late_received, at.late_sold))
        span, late_span = at.highest - at.lowest, at.late_highest - at.late_lowest
        return candidates(
            row=at.row,
            built=built,
            shed=shed,
            shed_share=share(np.minimum(shed, built), built),
            built_one_way=share(built, before),
            shed_one_way=share(shed, after),
            built_of_volume=share(built, others_built),
            shed_of_volume=share(shed, np.where(sale, at.all_late_sold, at.all_late_bought)),
            trades=at.trades,
            gain=_gain(sale, cost, gone),
            price_move=share(late_span, at.late_lowest),
            abrupt=share(late_span, span),
        )


def _mean_price(
    bought: NDArray[np.bool_], buys: tuple[NDArray[np.int64], ...], sales: tuple[NDArray[np.int64], ...]
) -> NDArray[np.int64]:
    """Return money by quantity of buys or sales, in a unit of which only ratios mean something."""
    money, quantity = (np.where(bought, buy, sale) for buy, sale in zip(buys, sales, strict=True))
    return ratio(money, quantity)


def _gain(sale: NDArray[np.bool_], cost: NDArray[np.int64], gone: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return by how much of the building's price the dump's is better, in parts per million."""
    multiple = ratio(np.maximum(gone, 0), cost)
    return np.where(multiple == NULL, NULL, np.where(sale, multiple - PPM, PPM - multiple))
