"""The trading of an instrument is in few hands: the Herfindahl-Hirschman index of its accounts."""

from __future__ import annotations

import numpy as np

from surveillance.api import (
    PPM,
    TRADE,
    Candidates,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    ScheduledDetector,
    Unit,
    candidates,
    share,
)
from surveillance_detectors.alike import alike


class ConcentrationParams(Params, frozen=True):
    """When `concentration` is asked.

    Parameters
    ----------
    every : duration
        How often it is asked, and over which stretch of time each time.
    """

    every: Duration


class Concentration(ScheduledDetector):
    """Measure how concentrated an instrument's trading is, stretch by stretch of time.

    The index is the sum of the squares of all accounts' shares in the volume, both sides counted: 1 where an account
    trades with itself alone, 0.5 where two trade with each other only, near 0 where many trade. The candidate is about
    the account with the largest share.
    """

    id = "concentration"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("side", "quantity", "account", "instrument"))
    measures = {
        "index": Measure(Unit.SHARE, "Herfindahl-Hirschman index: the sum of the squares of the accounts' shares."),
        "largest": Measure(Unit.SHARE, "Share of the account that traded most."),
        "accounts": Measure(Unit.COUNT, "Accounts that traded."),
        "trades": Measure(Unit.COUNT, "Trades of all, a row a side."),
        "volume": Measure(Unit.QUANTITY, "Quantity that all traded, both sides counted."),
    }
    Params = ConcentrationParams
    anchor = TRADE

    def look_back(self) -> int:
        """Return the stretch of time that is looked at."""
        return int(self.p.every)

    def measure(self, at: Decided) -> Candidates:
        """Add up the squares of shares by instrument and tick."""
        begin = at.time - self.p.every + 1
        buys = at.span(TRADE, side=1, start=begin, until=at.time)
        sells = at.span(TRADE, side=2, start=begin, until=at.time)
        volume, count = buys.quantity + sells.quantity, buys.count + sells.count
        some = volume > 0
        at, volume, count = at.keep(some), volume[some], count[some]
        first = np.where(buys.first < 0, sells.first, buys.first)
        first = np.where(sells.first < 0, first, np.minimum(first, sells.first))
        last = np.maximum(buys.last, sells.last)[some]
        of, accounts = alike(at.time, at.column("instrument"))
        whole = np.zeros(len(accounts), dtype=np.int64)
        trades = np.zeros(len(accounts), dtype=np.int64)
        np.add.at(whole, of, volume)
        np.add.at(trades, of, count)
        shares = share(volume, whole[of])
        index = np.zeros(len(accounts), dtype=np.int64)
        np.add.at(index, of, shares * shares)
        order = np.lexsort((at.row, -shares, of))
        top = order[np.concatenate(([True], np.diff(of[order]) != 0))] if len(order) else order
        top = np.sort(top)
        return candidates(
            row=at.row[top],
            first=first[some][top],
            last=last[top],
            index=index[of[top]] // PPM,
            largest=shares[top],
            accounts=accounts[of[top]],
            trades=trades[of[top]],
            volume=whole[of[top]],
        )
