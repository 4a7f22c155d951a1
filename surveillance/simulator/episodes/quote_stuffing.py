"""Quote stuffing: bursts of orders and cancels within a second or a few that nobody can trade with."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def quote_stuffing(stage: Stage) -> Episode:
    """Set a few bursts by one account in one instrument."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, Capacity.MARKET_MAKER)
    bursts, pause = stage.whole(1, 4), stage.seconds(5, 90)
    episode = Episode("quote.stuffing", True, [instrument], {account: "stuffer"})
    episode.params = {"bursts": bursts, "orders": []}
    start = stage.moment(instrument, bursts * (pause + stage.seconds(6, 7)))
    for number in range(bursts):
        orders, span = stage.many(120, 2_500), float(stage.rng.uniform(0.6, 4))
        episode.params["orders"].append(orders)
        for time in sorted(start + number * pause + stage.seconds(0, span) for _ in range(orders)):
            size, life = stage.size(instrument, 0.2, 2), stage.seconds(0.002, 0.08)
            episode.send(time, account, stage.side(), size, mode=b.PASSIVE, offset=stage.whole(1, 12), lifetime=life)
    return episode
