"""Lawful: an account leaves an order in the book when its hours are over; it is filled or withdrawn hours later."""

from __future__ import annotations

import numpy as np

from surveillance.events.schema import AssetClass
from surveillance.simulator import book as b
from surveillance.simulator.business import draw_time, habits, instrument_of
from surveillance.simulator.clock import SLICE, SLICES
from surveillance.simulator.habits import HOUR
from surveillance.simulator.script import Episode, Stage


def late_resting_order(stage: Stage) -> Episode:
    """Set one order in a market that never closes, in the last minutes of its account's hours."""
    known = habits(stage)
    hours = stage.whole(3, 8)
    at_work = known.at_work[0]
    ends = at_work & known.own[:, None] & (stage.population.home == int(AssetClass.CRYPTO))[:, None]
    for later in range(1, hours * HOUR):
        ends &= ~np.roll(at_work, -later, axis=1)
    ends[:, SLICES - hours * HOUR :] = False
    account, at = draw_time(stage, ends)
    instrument = instrument_of(stage, account)
    episode = Episode("late_resting_order", False, [instrument], {account: "investor"})
    episode.params = {"hours": hours}
    episode.send(
        stage.midnight + at * SLICE, account, stage.side(), stage.size(instrument, 1, 6),
        mode=b.PASSIVE, offset=stage.whole(3, 15), lifetime=hours * HOUR * SLICE, tif=b.GTC,
    )  # fmt: skip
    return episode
