"""Excess cancellation: many orders near the touch that are cancelled again, and hardly a trade."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage


def excess_cancellation(stage: Stage) -> Episode:
    """Set one account that places and cancels for minutes on end, on one side or on both."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    orders, span = stage.many(40, 400), stage.seconds(240, 1_200)
    both, side = bool(stage.rng.random() < 0.3), stage.side()
    episode = Episode("excess.cancellation", True, [instrument], {account: "canceller"})
    episode.params = {"orders": orders, "both_sides": both}
    start = stage.moment(instrument, span)
    for time in sorted(start + stage.seconds(0, span / 1e9) for _ in range(orders)):
        here = stage.side() if both else side
        size, life = stage.size(instrument, 0.5, 3), stage.seconds(0.1, 5)
        episode.send(time, account, here, size, mode=b.PASSIVE, offset=stage.whole(0, 4), lifetime=life)
    return episode
