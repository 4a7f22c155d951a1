"""Lawful: a large order rests away from the touch for a long while and is withdrawn."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def resting_order_withdrawn(stage: Stage) -> Episode:
    """Set one large order and its cancellation minutes later."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    lifetime, depth = stage.seconds(180, 2_400), stage.whole(6, 25)
    episode = Episode("resting_order_withdrawn", False, [instrument], {account: "investor"})
    episode.params = {"ticks_away": depth, "seconds": lifetime // 1_000_000_000}
    size, time = stage.size(instrument, 8, 30), stage.moment(instrument, lifetime)
    episode.send(time, account, stage.side(), size, mode=b.PASSIVE, offset=depth, lifetime=lifetime)
    return episode
