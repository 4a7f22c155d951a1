"""Pump and dump: quiet accumulation, a rush of buyers who were called in, and the sale into them; or the reverse."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage, opposite

CLASSES = (AssetClass.EQUITY, AssetClass.CRYPTO)


def pump_and_dump(stage: Stage) -> Episode:
    """Set one campaign of one account, with a crowd that follows."""
    instrument = stage.instrument(CLASSES)
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    side = b.BUY if stage.rng.random() < 0.75 else b.SELL
    quiet, rush = stage.seconds(600, 2_400), stage.seconds(60, 400)
    crowd = stage.many(60, 500)
    episode = Episode("pump.and.dump", True, [instrument], {account: "promoter"})
    episode.params = {"crowd": crowd, "direction": "pump" if side == b.BUY else "trash"}
    start = stage.moment(instrument, quiet + rush + 1_200 * SECOND)
    held = 0
    for _ in range(stage.whole(10, 30)):
        time, size = start + stage.seconds(0, quiet / SECOND), stage.size(instrument, 0.6, 2.5)
        held += size
        episode.send(time, account, side, size, mode=b.IMPROVE, offset=1, lifetime=120 * SECOND)
    called = start + quiet
    followers = [
        stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,)) for _ in range(min(crowd, 60))
    ]
    for follower in followers:
        episode.roles.setdefault(follower, COUNTERPARTY)
    for number in range(crowd):
        follower = followers[number % len(followers)]
        time = called + int(rush * stage.rng.beta(1.2, 2.5))
        size, reach = stage.size(instrument, 0.5, 2.5), stage.whole(2, 12)
        if stage.rng.random() < 0.5:
            episode.send(time, follower, side, size, mode=b.TAKE, offset=reach, tif=b.IOC)
        else:  # what the book cannot give is bid for
            episode.send(time, follower, side, size, mode=b.TAKE, offset=reach, lifetime=stage.seconds(20, 300))
    for _ in range(stage.whole(8, 25)):
        time = called + rush // 2 + stage.seconds(0, 700)
        size = max(1, round(held / 12 * float(stage.rng.uniform(0.6, 1.4))))
        episode.send(time, account, opposite(side), size, mode=b.TAKE, offset=4, tif=b.IOC)
    return episode
