"""One account makes a large part of all trading in an instrument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    TRADE,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    RowTest,
    Unit,
    WindowDetector,
    column_enum,
    ratio,
    rows,
    share,
)

_MARKET_MAKER: Final = column_enum("capacity", "market_maker")


def _no_market_maker(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Tell which rows are not a market maker's, whose share is large by duty."""
    found: NDArray[np.bool_] = columns["capacity"] != _MARKET_MAKER
    return found


class DominanceParams(Params, frozen=True):
    """Window of `dominance`.

    Parameters
    ----------
    window : duration
        How long before a trade volumes are added up.
    within : str
        Whether the window crosses a close: ``continuous``, ``day`` or ``session``.
    """

    window: Duration
    within: Literal["continuous", "day", "session"] = "continuous"


class Dominance(WindowDetector):
    """Measure the part of an instrument's trading that one account makes.

    Each trade counts on both sides: who is the buyer or the seller of every trade has half of the turnover. What is
    large depends on how many trade: `fair` compares with the part that each would have if all had the same. Trades of
    market makers count among everybody's, and are not judged.
    """

    id = "dominance"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("side", "quantity", "capacity", "account", "instrument"))
    measures = {
        "share": Measure(Unit.SHARE, "Quantity that the account traded, of what all traded, both sides counted."),
        "of_one_side": Measure(Unit.SHARE, "The larger of its parts in all buys and in all sells."),
        "fair": Measure(Unit.MULTIPLE, "That share as a multiple of an equal share of all accounts that traded."),
        "volume": Measure(Unit.QUANTITY, "Quantity that the account traded."),
        "of_all": Measure(Unit.QUANTITY, "Quantity that all traded, both sides counted."),
        "trades": Measure(Unit.COUNT, "Trades of the account."),
        "accounts": Measure(Unit.COUNT, "Accounts that traded the instrument."),
        "one_sided": Measure(Unit.SHARE, "What is left when its buys and sells are set off, of its volume."),
    }
    Params = DominanceParams

    mine = rows(TRADE).that(RowTest(("capacity",), _no_market_maker)).by("account", "instrument")
    everybody = rows(TRADE).by("instrument")
    trades = mine.count()
    bought, sold = mine.sum("quantity", side="buy"), mine.sum("quantity", side="sell")
    buys, sells = everybody.sum("quantity", side="buy"), everybody.sum("quantity", side="sell")
    accounts = everybody.distinct("account")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set the account's volume against everybody's."""
        volume, of_all = at.bought + at.sold, at.buys + at.sells
        return {
            "share": share(volume, of_all),
            "of_one_side": np.maximum(share(at.bought, at.buys), share(at.sold, at.sells)),
            "fair": ratio(volume, of_all // np.maximum(at.accounts, 1)),
            "volume": volume,
            "of_all": of_all,
            "trades": at.trades,
            "accounts": at.accounts,
            "one_sided": share(np.abs(at.bought - at.sold), volume),
        }
