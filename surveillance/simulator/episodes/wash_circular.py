"""Circular wash: the same quantity goes round a ring of owners and all end where they began."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import Episode, Stage

CLASSES = (AssetClass.EQUITY, AssetClass.DERIVATIVE, AssetClass.CRYPTO)


def wash_circular(stage: Stage) -> Episode:
    """Set one ring of three to five accounts of different owners and a number of laps."""
    instrument = stage.instrument(CLASSES)
    ring: list[int] = []
    for _ in range(stage.whole(3, 5)):
        ring.append(stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=tuple(ring)))
    laps, gap = stage.many(2, 14), stage.seconds(4, 60)
    episode = Episode("wash.circular", True, [instrument], dict.fromkeys(ring, "ring"))
    episode.params = {"laps": laps, "members": len(ring)}
    time = stage.moment(instrument, laps * len(ring) * gap * 2)
    for _ in range(laps):
        size = stage.size(instrument, 2, 9)
        for place, seller in enumerate(ring):
            buyer = ring[(place + 1) % len(ring)]
            lot = max(1, round(size * float(stage.rng.uniform(0.995, 1.005))))
            episode.negotiate(time, seller, b.SELL, lot, other=buyer)
            time += int(gap * stage.rng.uniform(0.4, 1.6))
    return episode
