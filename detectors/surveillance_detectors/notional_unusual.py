"""A trader trades far more, in far larger trades, than it did itself, and more than others of its kind do then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surveillance.api import (
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


class NotionalUnusualParams(Params, frozen=True):
    """Windows of `notional.unusual`.

    Parameters
    ----------
    window : duration
        How long before a trade notionals are added up.
    usual : duration
        The stretch that the trader's own notional is compared with; the window is its last part.
    """

    window: Duration
    usual: Duration

    def __post_init__(self) -> None:
        if not 0 < self.window <= self.usual // 2:
            raise ValueError("usual must be at least twice as long as window, which it is compared with")


class NotionalUnusual(WindowDetector):
    """Measure a trader's notional as a multiple of its own before, and of its peers' at the same time.

    A busier hour has more trades, a burst has larger ones: the mean notional of a trade is compared as well.

    Peers are all traders with trades of the same capacity (client, house or market maker) within the window: a busy
    hour is busy for all of them. Own and peers' means count the time and the traders that there were, so that a feed
    that has just begun tells of peers only.
    """

    id = "notional.unusual"
    version = "2"
    key = ("trader",)
    shard = ()
    needs = Needs(kinds=(TRADE,), fields=("base_notional", "capacity", "trader"))
    measures = {
        "notional": Measure(Unit.MONEY, "Notional of all trades in the window."),
        "trades": Measure(Unit.COUNT, "Trades in the window."),
        "times_peers": Measure(Unit.MULTIPLE, "Notional as a multiple of the mean of its peers."),
        "of_peers": Measure(Unit.SHARE, "Notional, of that of all traders of the same capacity."),
        "peers": Measure(Unit.COUNT, "Traders of the same capacity that traded in the window."),
        "times_own": Measure(Unit.MULTIPLE, "Notional as a multiple of the trader's own, before the window."),
        "times_ticket": Measure(Unit.MULTIPLE, "Mean notional of a trade, as a multiple of the trader's own before."),
        "before": Measure(Unit.COUNT, "Trades of the trader in the usual time before the window."),
    }
    Params = NotionalUnusualParams

    mine, alike = rows(TRADE).by("trader"), rows(TRADE).by("capacity")
    trades, notional = mine.count(), mine.sum("base_notional")
    usual_trades, usual_notional = mine.count().over("usual"), mine.sum("base_notional").over("usual")
    all_notional, peers = alike.sum("base_notional"), alike.distinct("trader")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set the trader's notional against its own and its peers'."""
        stretches = self.p.usual // self.p.window - 1
        before, notional_before = at.usual_trades - at.trades, at.usual_notional - at.notional
        return {
            "notional": at.notional,
            "trades": at.trades,
            "times_peers": ratio(at.notional, at.all_notional // np.maximum(at.peers, 1)),
            "of_peers": share(at.notional, at.all_notional),
            "peers": at.peers,
            "times_own": ratio(at.notional, notional_before // stretches),
            "times_ticket": ratio(at.notional // at.trades.clip(1), notional_before // before.clip(1)),
            "before": before,
        }
