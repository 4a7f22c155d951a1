"""Ping orders: small orders feel for hidden size, and a large one follows where they were filled."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def ping_orders(stage: Stage) -> Episode:
    """Set one search with immediate-or-cancel orders, and the order that it was for."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    pings, span, side = stage.many(5, 30), stage.seconds(8, 60), stage.side()
    episode = Episode("ping.orders", True, [instrument], {account: "pinger"})
    episode.params = {"pings": pings}
    start = stage.moment(instrument, span + stage.seconds(10, 11))
    small = stage.size(instrument, 0.04, 0.15)
    for time in sorted(start + stage.seconds(0, span / 1e9) for _ in range(pings)):
        mode = b.TAKE if stage.rng.random() < 0.6 else b.IMPROVE
        episode.send(time, account, side, small, mode=mode, tif=b.IOC)
    after = start + span + stage.seconds(0.05, 8)
    episode.send(
        after, account, side, stage.bulk(instrument, 2, 10), mode=b.TAKE, offset=3, lifetime=stage.seconds(2, 20)
    )
    return episode
