"""Quote spoofing at the touch: an order betters the price, others join, and its owner trades with the joiners."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage, opposite

CYCLE = 30 * SECOND


def quote_spoofing(stage: Stage) -> Episode:
    """Set a few cycles: better, be joined, cancel, take the joiners."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, Capacity.MARKET_MAKER)
    cycles, pause, side = stage.whole(1, 5), stage.seconds(5, 120), stage.side()
    episode = Episode("quote.spoofing", True, [instrument], {account: "spoofer"})
    episode.params = {"cycles": cycles}
    start = stage.moment(instrument, cycles * (CYCLE + pause))
    for cycle in range(cycles):
        begin = start + cycle * (CYCLE + pause)
        joined, gone = begin + stage.seconds(0.1, 3), begin + stage.seconds(4, 12)
        size = stage.size(instrument, 0.3, 1.2)
        episode.send(begin, account, side, size, mode=b.IMPROVE, offset=1, lifetime=gone - begin)
        total = 0
        for _ in range(stage.many(2, 7)):
            joiner = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,))
            episode.roles.setdefault(joiner, COUNTERPARTY)
            lot = stage.size(instrument, 0.6, 2)
            total += lot
            time = joined + stage.seconds(0, 0.8)
            episode.send(time, joiner, side, lot, mode=b.PASSIVE, lifetime=20 * SECOND)
        taken = gone + stage.seconds(0.01, 1.5)
        episode.send(taken, account, opposite(side), max(1, round(total * 0.8)), mode=b.TAKE, offset=0, tif=b.IOC)
    return episode
