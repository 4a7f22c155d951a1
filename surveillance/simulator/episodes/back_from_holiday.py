"""Lawful: an account that was away for some days is back, at its own hours."""

from __future__ import annotations

import numpy as np

from surveillance.simulator.business import habits, instrument_of, some_business
from surveillance.simulator.clock import SLICE
from surveillance.simulator.script import Episode, NoRoomError, Stage


def back_from_holiday(stage: Stage) -> Episode:
    """Set its first orders."""
    known = habits(stage)
    if stage.number >= len(known.away):
        raise NoRoomError
    account = int(known.away[stage.number])
    episode = Episode("back_from_holiday", False, [instrument_of(stage, account)], {account: "trader"})
    at = int(stage.rng.choice(np.flatnonzero(known.at_work[0][account])))
    start = stage.midnight + at * SLICE
    some_business(stage, episode, start, stage.whole(3, 20), SLICE)
    return episode
