"""Lawful: a market maker quotes one heavy side to get rid of a position, and moves it with the market."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage, opposite


def quote_moving(stage: Stage) -> Episode:
    """Set one stretch of skewed quoting: two sides all the time, one larger, both renewed after fills and by time."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.MARKET_MAKER)
    renewals, period, side = stage.whole(20, 80), stage.seconds(1, 8), stage.side()
    episode = Episode("quote_moving", False, [instrument], {account: "market_maker"})
    episode.params = {"renewals": renewals}
    start = stage.moment(instrument, (renewals + 1) * period)
    heavy, light = stage.size(instrument, 1.5, 4), stage.size(instrument, 0.4, 1.2)
    for renewal in range(renewals):
        time = start + renewal * period + stage.seconds(0, 0.1)
        for here, size in ((side, heavy), (opposite(side), light)):
            lot = max(1, round(size * float(stage.rng.uniform(0.8, 1.2))))
            episode.send(time, account, here, lot, mode=b.PASSIVE, offset=stage.whole(0, 1), lifetime=period)
    return episode
