"""Improper matched orders: two parties send opposite orders of like size and price at nearly the same time."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import Episode, Stage, opposite


def matched_orders(stage: Stage) -> Episode:
    """Set one pair of different owners that meets on the book several times in a day."""
    instrument = stage.instrument()
    one = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    other = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(one,))
    meetings, gap = stage.many(3, 18), stage.seconds(20, 400)
    episode = Episode("matched.orders", True, [instrument], {one: "colluder", other: "colluder"})
    episode.params = {"meetings": meetings}
    start = stage.moment(instrument, meetings * gap)
    for number in range(meetings):
        time, side = start + number * gap + stage.seconds(0, gap / SECOND * 0.7), stage.side()
        first, second = (one, other) if stage.rng.random() < 0.5 else (other, one)
        size = stage.size(instrument, 2, 9)
        episode.send(time, first, side, size, mode=b.IMPROVE, offset=1, lifetime=3 * SECOND)
        taken = time + stage.seconds(0.002, 0.9)
        lot = max(1, round(size * float(stage.rng.uniform(0.93, 1.0))))
        episode.send(taken, second, opposite(side), lot, mode=b.TAKE, tif=b.IOC)
    return episode
