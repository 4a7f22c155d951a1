"""Lawful: an index fund buys and sells at the close what the index demands, in many instruments at once."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import Episode, Stage


def index_rebalance(stage: Stage) -> Episode:
    """Set one fund's orders in the last quarter of an hour."""
    names = list(dict.fromkeys(stage.instrument((AssetClass.EQUITY,)) for _ in range(stage.whole(3, 9))))
    fund = stage.account(names[0], Capacity.CLIENT)
    episode = Episode("index_rebalance", False, names, {fund: "index_fund"})
    episode.params = {"names": len(names)}
    close, span = stage.hours(names[0])[1], stage.seconds(240, 900)
    for instrument in names:
        side, parent = stage.side(), stage.parent()
        for _ in range(stage.whole(6, 25)):
            time, size = close - stage.seconds(2, span / SECOND), stage.size(instrument, 1, 4)
            episode.send(time, fund, side, size, mode=b.TAKE, offset=1, tif=b.IOC, instrument=instrument, parent=parent)
    episode.actions.sort(key=lambda row: row[b.A_TIME])
    return episode
