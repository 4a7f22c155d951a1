"""Marking the close: buying (or selling) in the last minutes to move the closing price."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import Episode, Stage

CLASSES = (AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.DERIVATIVE)


def marking_close(stage: Stage) -> Episode:
    """Set one account that accumulates during the day's end and pushes in the last seconds to minutes."""
    instrument = stage.instrument(CLASSES)
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    side, orders, span = stage.side(), stage.many(5, 40), stage.seconds(5, 240)
    episode = Episode("marking.close", True, [instrument], {account: "marker"})
    episode.params = {"orders": orders, "seconds": span // SECOND}
    close = stage.hours(instrument)[1]
    for time in sorted(close - stage.seconds(0.1, span / SECOND) for _ in range(orders)):
        size, reach = stage.bulk(instrument, 1.5, 8), stage.whole(1, 5)
        episode.send(time, account, side, size, mode=b.TAKE, offset=reach, tif=b.IOC)
    return episode
