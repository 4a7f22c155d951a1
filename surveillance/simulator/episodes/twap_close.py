"""Lawful: one parent order is worked in even slices into the close."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage

CLASSES = (AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.DERIVATIVE)


def twap_close(stage: Stage) -> Episode:
    """Set one execution whose last slice comes seconds before the close."""
    instrument = stage.instrument(CLASSES)
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    slices, period = stage.whole(20, 60), stage.seconds(5, 18)
    episode = Episode("twap_close", False, [instrument], {account: "executing"})
    episode.params = {"slices": slices}
    parent, side, size = stage.parent(), stage.side(), stage.size(instrument, 0.6, 2)
    start = stage.hours(instrument)[1] - slices * period
    for number in range(slices):
        time = start + number * period + stage.seconds(0, 0.8)
        mode = b.TAKE if stage.rng.random() < 0.6 else b.PASSIVE
        episode.send(time, account, side, size, mode=mode, lifetime=period - 1, parent=parent)
    return episode
