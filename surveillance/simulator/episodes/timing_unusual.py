"""Unusual hours: an account is active at an hour at which it never was on any of the days before."""

from __future__ import annotations

import numpy as np

from surveillance.simulator.business import draw_time, habits, instrument_of, some_business
from surveillance.simulator.clock import SLICE, SLICES
from surveillance.simulator.habits import HOUR
from surveillance.simulator.script import Episode, Stage


def timing_unusual(stage: Stage) -> Episode:
    """Set one; the graver, the farther from its hours, and the more orders."""
    known = habits(stage)
    away, orders, span = stage.grade(1, 7), stage.many(3, 30), stage.seconds(300, 2_700)
    distance, room = known.distance(), 1 + span // SLICE
    fits = known.open & (distance >= away * HOUR) & (distance < (away + 1) * HOUR)
    fits &= known.own[:, None] & np.roll(known.open, -room, axis=1)
    fits[:, SLICES - room :] = False
    account, at = draw_time(stage, fits)
    episode = Episode("timing.unusual", True, [instrument_of(stage, account)], {account: "trader"})
    episode.params = {"hours_away": round(int(distance[account, at]) / HOUR, 2), "orders": orders}
    some_business(stage, episode, stage.midnight + at * SLICE + stage.seconds(0, 299), orders, span)
    return episode
