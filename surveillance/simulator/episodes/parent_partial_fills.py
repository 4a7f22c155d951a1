"""Lawful: one large order stands in front of the queue and fills in many parts, renewed under the same parent."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def parent_partial_fills(stage: Stage) -> Episode:
    """Set one parent order with a few large children; what a child leaves is cancelled and sent again."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    children, period = stage.whole(2, 6), stage.seconds(20, 200)
    episode = Episode("parent_partial_fills", False, [instrument], {account: "investor"})
    episode.params = {"children": children}
    parent, side, start = stage.parent(), stage.side(), stage.moment(instrument, (children + 1) * period)
    for number in range(children):
        size = stage.size(instrument, 4, 10)
        time = start + number * period
        episode.send(time, account, side, size, mode=b.IMPROVE, offset=1, lifetime=period - 1, parent=parent)
    return episode
