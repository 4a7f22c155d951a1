"""Lawful: a market maker renews several levels of quotes on both sides every few seconds, and cancels nearly all."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def market_making(stage: Stage) -> Episode:
    """Set one stretch of quoting by one market maker in one instrument."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.MARKET_MAKER)
    levels, renewals, period = stage.whole(1, 4), stage.whole(15, 40), stage.seconds(2, 9)
    episode = Episode("market_making", False, [instrument], {account: "market_maker"})
    episode.params = {"levels": levels, "renewals": renewals}
    start, base = stage.moment(instrument, (renewals + 1) * period), stage.size(instrument, 0.6, 2)
    for renewal in range(renewals):
        time = start + renewal * period + stage.seconds(0, 0.2)
        for level in range(levels):
            for side in (b.BUY, b.SELL):
                size = round(base * stage.rng.uniform(0.8, 1.2))
                sent = time + stage.seconds(0, 0.01)
                episode.send(sent, account, side, size, mode=b.AROUND, offset=1 + level, lifetime=period)
    return episode
