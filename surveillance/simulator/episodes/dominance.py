"""Dominance: one account makes a large share of all that is traded in an instrument for hours."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def dominance(stage: Stage) -> Episode:
    """Set one account that takes on both sides, or on one, for a long time."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    trades, span = stage.many(60, 500), stage.seconds(900, 3_600)
    one_sided, side = bool(stage.rng.random() < 0.5), stage.side()
    episode = Episode("dominance", True, [instrument], {account: "dominant"})
    episode.params = {"trades": trades, "one_sided": one_sided}
    start = stage.moment(instrument, span)
    for time in sorted(start + stage.seconds(0, span / 1e9) for _ in range(trades)):
        here, size = side if one_sided else stage.side(), stage.size(instrument, 1, 5)
        episode.send(time, account, here, size, mode=b.TAKE, offset=2, tif=b.IOC)
    return episode
