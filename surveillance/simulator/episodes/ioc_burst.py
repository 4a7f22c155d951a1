"""Lawful: a burst of immediate-or-cancel orders, most of which the venue cancels at once."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def ioc_burst(stage: Stage) -> Episode:
    """Set one participant that looks for fills with immediate-or-cancel orders inside the spread and at the touch."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    orders, span = stage.whole(8, 35), stage.seconds(2, 15)
    episode = Episode("ioc_burst", False, [instrument], {account: "taker"})
    episode.params = {"orders": orders}
    side, start = stage.side(), stage.moment(instrument, span)
    for time in sorted(start + stage.seconds(0, span / 1e9) for _ in range(orders)):
        mode = b.TAKE if stage.rng.random() < 0.3 else b.IMPROVE
        episode.send(time, account, side, stage.size(instrument, 0.2, 1.5), mode=mode, tif=b.IOC)
    return episode
