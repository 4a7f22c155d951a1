"""Momentum ignition: a burst of taking starts a move, others follow, and the position is turned around into them."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage, opposite


def momentum_ignition(stage: Stage) -> Episode:
    """Set one ignition: position first, then the burst, then the way out at better prices."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    side, span = stage.side(), stage.seconds(20, 150)
    episode = Episode("momentum.ignition", True, [instrument], {account: "igniter"})
    bursts, followers = stage.many(6, 40), stage.many(8, 45)
    episode.params = {"bursts": bursts, "followers": followers}
    start = stage.moment(instrument, 300 * SECOND + span + 420 * SECOND)
    for _ in range(stage.whole(3, 8)):  # the position that is to gain
        time = start + stage.seconds(0, 290)
        episode.send(
            time, account, side, stage.size(instrument, 0.5, 2), mode=b.IMPROVE, offset=1, lifetime=60 * SECOND
        )
    burst = start + 300 * SECOND
    for time in sorted(burst + stage.seconds(0, span / SECOND) for _ in range(bursts)):
        episode.send(time, account, side, stage.bulk(instrument, 1.5, 5), mode=b.TAKE, offset=3, tif=b.IOC)
    for _ in range(followers):
        follower = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,))
        episode.roles.setdefault(follower, COUNTERPARTY)
        time = burst + span // 3 + stage.seconds(0, span / SECOND)
        episode.send(time, follower, side, stage.size(instrument, 0.6, 2.5), mode=b.TAKE, offset=3, tif=b.IOC)
    out = burst + span + stage.seconds(1, 30)
    for _ in range(stage.whole(5, 15)):
        time = out + stage.seconds(0, 240)
        episode.send(time, account, opposite(side), stage.bulk(instrument, 1.5, 5), mode=b.TAKE, offset=2, tif=b.IOC)
    return episode
