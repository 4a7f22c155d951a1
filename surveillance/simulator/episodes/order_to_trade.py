"""A high order-to-trade ratio: orders that are amended all the time and trade hardly ever."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def order_to_trade(stage: Stage) -> Episode:
    """Set one account that keeps a few orders behind the touch and moves them with it."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    orders, span = stage.many(10, 60), stage.seconds(600, 3_000)
    episode = Episode("order.to.trade", True, [instrument], {account: "algorithm"})
    episode.params = {"orders": orders}
    start = stage.moment(instrument, span)
    for _ in range(orders):
        time, life = start + stage.seconds(0, span / 1e9 * 0.6), stage.seconds(60, span / 1e9 * 0.4)
        moves = stage.many(5, 40)
        episode.send(
            time, account, stage.side(), stage.size(instrument, 0.5, 2),
            mode=b.PASSIVE, offset=1, lifetime=life, amend=b.REPRICE, amends=moves, amend_after=life // (moves + 1),
        )  # fmt: skip
    return episode
