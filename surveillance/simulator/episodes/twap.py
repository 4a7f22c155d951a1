"""Lawful: one parent order is worked in even slices over time."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def twap(stage: Stage) -> Episode:
    """Set one time-weighted execution; slices that stay unfilled are cancelled or cross the spread."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    slices, period = stage.whole(15, 50), stage.seconds(8, 50)
    episode = Episode("twap", False, [instrument], {account: "executing"})
    episode.params = {"slices": slices}
    parent, side, size = stage.parent(), stage.side(), stage.size(instrument, 0.5, 1.5)
    start = stage.moment(instrument, slices * period)
    for number in range(slices):
        time = start + number * period + stage.seconds(0, 0.5)
        patience = int(period * stage.rng.uniform(0.3, 0.8))
        if stage.rng.random() < 0.7:
            episode.send(
                time, account, side, size,
                mode=b.PASSIVE, lifetime=period, amend=b.CROSS, amend_after=patience, parent=parent,
            )  # fmt: skip
        else:
            episode.send(time, account, side, size, mode=b.PASSIVE, offset=1, lifetime=patience, parent=parent)
    return episode
