"""Wash trades: one account buys and sells in turn and ends where it began.

The other side is the account itself, another account of the same owner, or somebody who plays along; the trades are
negotiated, or made on the book by an order inside the spread that is taken at once.
"""

from __future__ import annotations

import numpy as np

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import Episode, Stage, opposite

CLASSES = (AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.DERIVATIVE)


def wash_churn(stage: Stage) -> Episode:
    """Set one account that churns in one instrument."""
    instrument = stage.instrument(CLASSES)
    account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
    partner, relation = _partner(stage, instrument, account)
    negotiated, rounds = (
        bool(stage.rng.random() < 0.5),
        2 * (stage.whole(3, 12) if stage.severity is None else stage.many(3, 12)),
    )
    gap = stage.seconds(8, 70)
    episode = Episode("wash.churn", True, [instrument], {account: "churner", partner: relation})
    episode.params = {"rounds": rounds, "relation": relation, "negotiated": negotiated}
    time = stage.moment(instrument, rounds * gap * 3 // 2)
    side, base, position = stage.side(), stage.bulk(instrument, 6, 34), 0
    for number in range(rounds):
        size = max(1, round(base * stage.rng.uniform(0.8, 1.2)))
        if number == rounds - 1 and position:
            side, size = (b.SELL if position > 0 else b.BUY), abs(position)
        _trade(stage, episode, time, side, size, negotiated)
        position += size if side == b.BUY else -size
        time += int(gap * stage.rng.uniform(0.5, 1.5))
        if stage.rng.random() < 0.9 or abs(position) > base:
            side = opposite(side)
    return episode


def _partner(stage: Stage, instrument: int, account: int) -> tuple[int, str]:
    """Draw who is on the other side."""
    people, draw = stage.population, stage.rng.random()
    others = stage.all_day & (np.arange(len(people.owner)) != account)
    family = np.flatnonzero((people.owner == people.owner[account]) & others)
    if draw < 0.35 and len(family):
        return int(stage.rng.choice(family)), "same_owner"
    if draw < 0.5:
        return account, "itself"
    return stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,)), "colluder"


def _trade(stage: Stage, episode: Episode, time: int, side: int, size: int, negotiated: bool) -> None:
    """Plan one trade of the churner with the partner."""
    churner, partner = next(iter(episode.roles)), list(episode.roles)[-1]
    if negotiated:
        episode.negotiate(time, churner, side, size, other=partner)
        return
    free = b.EXEMPT | b.MAY_MEET_ITSELF
    episode.send(time, partner, opposite(side), size, mode=b.IMPROVE, offset=1, lifetime=20 * SECOND, free=free)
    taken = time + stage.seconds(0.02, 1.5)
    episode.send(taken, churner, side, size, mode=b.TAKE, offset=3, tif=b.IOC, free=free)
