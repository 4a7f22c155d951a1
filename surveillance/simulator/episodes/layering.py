"""Layering: orders that lean on one side of the book, a fill on the other, and the orders are gone.

The layers rest behind the touch and can be hit. Cancels come after the fill or before it.
"""

from __future__ import annotations

from surveillance.events.schema import Band, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage, opposite

LONGEST_CYCLE = 45 * SECOND


def layering(stage: Stage) -> Episode:
    """Set one to four cycles of layering by one account in one instrument."""
    instrument = stage.instrument()
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    side, sequence = stage.side(), str(stage.rng.choice(["fill_then_cancel", "cancel_then_fill"]))
    cycles, pause = stage.whole(1, 4), stage.seconds(5, 150)
    episode = Episode("layering", True, [instrument], {account: "layerer"})
    episode.params = {
        "sequence": sequence,
        "cycles": cycles,
        "layers": [],
        "ways": [],
        "side": "buy" if side == b.BUY else "sell",
    }
    start = stage.moment(instrument, cycles * (LONGEST_CYCLE + pause))
    for cycle in range(cycles):
        begin = start + cycle * (LONGEST_CYCLE + pause)
        episode.params["layers"].append(_cycle(stage, episode, begin, side))
    return episode


def _cycle(stage: Stage, episode: Episode, begin: int, side: int) -> int:
    """Plan one cycle and return its number of layers."""
    instrument, account = episode.instruments[0], next(iter(episode.roles))
    layers = stage.whole(3, 9) if stage.severity is None else stage.many(3, 9)
    placed = sorted(begin + stage.seconds(0, 7) for _ in range(layers))
    built = placed[-1] + stage.seconds(0.2, 4)
    first = episode.params["sequence"] == "fill_then_cancel"
    patience = stage.seconds(0.1, 4 if first else 1.2)
    filled = built + patience
    gone = [(filled if first else built) + stage.seconds(0.1, 3.2) for _ in placed]
    base, depth = stage.bulk(instrument, 1.5, 7), stage.whole(0, 2)
    for number, (time, end) in enumerate(zip(placed, gone, strict=True)):
        size, lifetime = round(base * stage.rng.uniform(0.7, 1.4)), max(end - time, SECOND)
        episode.send(time, account, side, size, mode=b.PASSIVE, offset=depth + number % 5, lifetime=lifetime)
    sent = built if first else max(gone) + stage.seconds(0.05, 0.6)
    _real_order(stage, episode, opposite(side), sent, filled if first else sent + patience)
    return layers


def _real_order(stage: Stage, episode: Episode, side: int, sent: int, filled: int) -> None:
    """Plan the order that is meant: it takes, or waits and then crosses, or is hit by somebody who was misled."""
    instrument, account = episode.instruments[0], next(iter(episode.roles))
    size = stage.size(instrument, 0.4, 2.5)
    thin = stage.population.instruments[instrument].band != Band.LIQUID
    way = "is_hit" if thin else str(stage.rng.choice(["takes", "crosses", "is_hit"]))
    episode.params["ways"].append(way)
    if way == "takes":
        episode.send(filled, account, side, size, mode=b.TAKE, offset=2, lifetime=2 * SECOND)
        return
    lifetime, patience = filled - sent + 2 * SECOND, filled - sent
    if way == "crosses":
        episode.send(
            sent, account, side, size,
            mode=b.IMPROVE, offset=1, lifetime=lifetime, amend=b.CROSS, amend_after=patience,
        )  # fmt: skip
        return
    episode.send(sent, account, side, size, mode=b.IMPROVE, offset=1, lifetime=lifetime)
    misled = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,))
    episode.roles.setdefault(misled, COUNTERPARTY)
    hits = size + stage.size(instrument, 1, 6)
    episode.send(filled, misled, opposite(side), hits, mode=b.TAKE, offset=3, tif=b.IOC)
