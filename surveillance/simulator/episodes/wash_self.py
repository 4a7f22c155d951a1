"""Self and related wash: trades between accounts of one beneficial owner, or within one account."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import Episode, Stage, opposite


def wash_self(stage: Stage) -> Episode:
    """Set one account that trades with itself or with another account of its owner, once or several times."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    relatives = stage.family(account)
    partner = int(stage.rng.choice(relatives)) if relatives and stage.rng.random() < 0.6 else account
    trades, gap = stage.many(2, 14), stage.seconds(3, 240)
    episode = Episode("wash.self", True, [instrument], {account: "washer", partner: "washer"})
    episode.params = {"trades": trades, "itself": partner == account}
    start = stage.moment(instrument, trades * gap * 2)
    free = b.EXEMPT | b.MAY_MEET_ITSELF
    for number in range(trades):
        time, side = start + number * gap + stage.seconds(0, gap / SECOND * 0.6), stage.side()
        one, other = (account, partner) if stage.rng.random() < 0.5 else (partner, account)
        size = stage.size(instrument, 0.8, 4)
        episode.send(time, one, side, size, mode=b.IMPROVE, offset=1, lifetime=5 * SECOND, free=free)
        taken = time + stage.seconds(0.001, 1.2)
        lot = max(1, round(size * float(stage.rng.uniform(0.9, 1.1))))
        episode.send(taken, other, opposite(side), lot, mode=b.TAKE, tif=b.IOC, free=free)
    return episode
