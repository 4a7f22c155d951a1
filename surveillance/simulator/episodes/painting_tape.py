"""Painting the tape: many small trades of like size, printed so that a market looks alive."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator.script import Episode, Stage


def painting_tape(stage: Stage) -> Episode:
    """Set two or three accounts of different owners that trade with each other in quick succession."""
    instrument = stage.instrument()
    group: list[int] = []
    for _ in range(stage.whole(2, 3)):
        group.append(stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=tuple(group)))
    prints, gap = stage.many(12, 90), stage.seconds(3, 45)
    episode = Episode("painting.tape", True, [instrument], dict.fromkeys(group, "painter"))
    episode.params = {"prints": prints}
    time, base = stage.moment(instrument, prints * gap * 2), stage.size(instrument, 0.3, 1.2)
    for _ in range(prints):
        one, other = stage.rng.choice(group, 2, replace=False).tolist()
        size = max(1, round(base * float(stage.rng.uniform(0.75, 1.25))))
        episode.negotiate(time, one, stage.side(), size, other=other)
        time += int(gap * stage.rng.uniform(0.3, 1.7))
    return episode
