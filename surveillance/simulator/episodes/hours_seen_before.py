"""Lawful: an account works at an hour that is not its own, as it did once before."""

from __future__ import annotations

from surveillance.simulator.business import habits, instrument_of, some_business
from surveillance.simulator.clock import SLICE
from surveillance.simulator.script import Episode, NoRoomError, Stage


def hours_seen_before(stage: Stage) -> Episode:
    """Set one, on the labelled day or on the day before on which it was seen."""
    known = habits(stage)
    if stage.number >= len(known.seen):
        raise NoRoomError
    account, at, before = known.seen[stage.number]
    episode = Episode("hours_seen_before", False, [instrument_of(stage, account)], {account: "trader"})
    episode.params = {"days_before": before}
    start = stage.midnight + at * SLICE + stage.seconds(0, 299)
    some_business(stage, episode, start, stage.whole(3, 20), stage.seconds(300, 1_500))
    return episode
