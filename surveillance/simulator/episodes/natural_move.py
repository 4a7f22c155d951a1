"""Lawful: news comes, and many unrelated people take in one direction within minutes; a spike or a crash."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage


def natural_move(stage: Stage) -> Episode:
    """Set one move that nobody made alone; some keep what they bought, some turn around much later."""
    instrument = stage.instrument()
    first = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    crowd, span, side = stage.whole(60, 350), stage.seconds(60, 900), stage.side()
    episode = Episode("natural_move", False, [instrument], {first: "investor"})
    episode.params = {"crowd": crowd, "direction": "spike" if side == b.BUY else "crash"}
    start = stage.moment(instrument, span)
    people = [first] + [stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE) for _ in range(min(crowd, 60) - 1)]
    for one in people[1:]:
        episode.roles.setdefault(one, COUNTERPARTY)
    for _ in range(crowd):
        who = int(stage.rng.choice(people))
        time = start + int(span * stage.rng.beta(0.9, 2.2))
        reach = stage.whole(1, 8)
        episode.send(time, who, side, stage.size(instrument, 0.5, 2.5), mode=b.TAKE, offset=reach, lifetime=20 * SECOND)
    return episode
