"""Ramping: one account takes again and again in one direction, a little higher (or lower) each time."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def ramping(stage: Stage) -> Episode:
    """Set one ramp by one account in one instrument."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    steps, span, side = stage.many(10, 60), stage.seconds(300, 1_800), stage.side()
    episode = Episode("ramping", True, [instrument], {account: "ramper"})
    episode.params = {"steps": steps}
    start = stage.moment(instrument, span)
    for number in range(steps):
        time = start + number * span // steps + stage.seconds(0, 2)
        size, reach = stage.bulk(instrument, 1.5, 6), stage.whole(1, 4)
        episode.send(time, account, side, size, mode=b.TAKE, offset=reach, lifetime=stage.seconds(1, 30))
    return episode
