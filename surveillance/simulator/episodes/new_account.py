"""Lawful: an account that nobody has seen before, at any hour."""

from __future__ import annotations

import numpy as np

from surveillance.simulator.business import habits, instrument_of, some_business
from surveillance.simulator.clock import SLICE
from surveillance.simulator.script import Episode, NoRoomError, Stage


def new_account(stage: Stage) -> Episode:
    """Set its first orders."""
    known = habits(stage)
    if stage.number >= len(known.new):
        raise NoRoomError
    account = int(known.new[stage.number])
    episode = Episode("new_account", False, [instrument_of(stage, account)], {account: "trader"})
    at = int(stage.rng.choice(np.flatnonzero(known.open[account])))
    some_business(stage, episode, stage.midnight + at * SLICE, stage.whole(3, 20), SLICE)
    return episode
