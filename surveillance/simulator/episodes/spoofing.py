"""Spoofing: one large order that is not meant, a small one on the other side that is, and the large one is gone.

It leaves within seconds of the fill, or it stands for long and is amended to keep its distance from the market.
"""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage, opposite

LONGEST_CYCLE = 40 * SECOND


def spoofing(stage: Stage) -> Episode:
    """Set one account that spoofs a few times in one instrument."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, Capacity.MARKET_MAKER)
    follows = bool(stage.rng.random() < 0.3)
    episode = Episode("spoofing", True, [instrument], {account: "spoofer"})
    if follows:
        return _following(stage, episode, account)
    cycles, pause = stage.whole(1, 5), stage.seconds(4, 120)
    start, side = stage.moment(instrument, cycles * (LONGEST_CYCLE + pause)), stage.side()
    episode.params = {"cycles": cycles, "way": "withdrawn"}
    for cycle in range(cycles):
        _cycle(stage, episode, start + cycle * (LONGEST_CYCLE + pause), side)
        if stage.rng.random() < 0.3:
            side = opposite(side)
    return episode


def _cycle(stage: Stage, episode: Episode, begin: int, side: int) -> None:
    instrument, account = episode.instruments[0], next(iter(episode.roles))
    large, real = stage.bulk(instrument, 3, 22), stage.size(instrument, 0.4, 2)
    filled = begin + stage.seconds(0.5, 20)
    gone = filled + stage.seconds(0.05, 3)
    episode.send(begin, account, side, large, mode=b.PASSIVE, offset=stage.whole(0, 4), lifetime=gone - begin)
    sent = begin + stage.seconds(0.05, 0.4)
    episode.send(sent, account, opposite(side), real, mode=b.IMPROVE, offset=1, lifetime=gone + 2 * SECOND - sent)
    misled = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,))
    episode.roles.setdefault(misled, COUNTERPARTY)
    hits = real + stage.size(instrument, 0.5, 3)
    episode.send(filled, misled, side, hits, mode=b.TAKE, offset=2, tif=b.IOC)


def _following(stage: Stage, episode: Episode, account: int) -> Episode:
    """Plan large orders that are moved with the market for a long time, with small fills on the other side."""
    instrument, side = episode.instruments[0], stage.side()
    span, orders = stage.seconds(240, 1_800), stage.whole(1, 5)
    start = stage.moment(instrument, span + 60 * SECOND)
    episode.params = {"orders": orders, "way": "amend_following"}
    for _ in range(orders):
        sent = start + stage.seconds(0, 20)
        moves = stage.many(20, 120)
        episode.send(
            sent, account, side, stage.bulk(instrument, 3, 14),
            mode=b.PASSIVE, offset=1, lifetime=span, amend=b.REPRICE, amends=moves, amend_after=span // (moves + 1),
        )  # fmt: skip
    for _ in range(stage.whole(3, 9)):
        time, real = start + stage.seconds(20, span / SECOND), stage.size(instrument, 0.4, 2)
        episode.send(time, account, opposite(side), real, mode=b.TAKE, offset=1, tif=b.IOC)
    return episode
