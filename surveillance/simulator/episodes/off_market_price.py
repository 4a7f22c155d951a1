"""Off-market prices: trades agreed far from where the market stands."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator.script import Episode, Stage


def off_market_price(stage: Stage) -> Episode:
    """Set a few agreed trades, all on the side that favours one of the two."""
    instrument = stage.instrument()
    one = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    other = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(one,))
    trades, gap = stage.whole(1, 4), stage.seconds(10, 200)
    away = stage.many(8, 90) * (1 if stage.rng.random() < 0.5 else -1)
    episode = Episode("off.market.price", True, [instrument], {one: "party", other: "party"})
    episode.params = {"trades": trades, "ticks": away}
    start = stage.moment(instrument, trades * gap)
    for number in range(trades):
        size = stage.size(instrument, 1, 6)
        episode.negotiate(start + number * gap, one, stage.side(), size, other=other, ticks=away)
    return episode
