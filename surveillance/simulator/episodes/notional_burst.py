"""A burst: one trader trades many times what is usual for half an hour, over several desks and asset classes."""

from __future__ import annotations

import numpy as np

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import COUNTERPARTY, USUAL, Episode, Stage

CLASSES = (AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.DERIVATIVE)


def notional_burst(stage: Stage) -> Episode:
    """Set one burst, mostly of negotiated trades with many counterparties, the rest on the book."""
    accounts = _accounts(stage)
    legs, span = stage.whole(14, 45), stage.seconds(240, 1_500)
    times_usual = stage.grade(8, 22)
    chosen = {account: _instrument(stage, account) for account in accounts}
    episode = Episode("notional.burst", True, list(dict.fromkeys(chosen.values())), dict.fromkeys(accounts, "trader"))
    episode.params = {"legs": legs, "times_usual": round(times_usual, 2)}
    start = stage.moment(next(iter(chosen.values())), span)
    shares = stage.rng.dirichlet(np.full(legs, 4.0))
    direction = {account: stage.side() for account in accounts}
    for time, share in zip(sorted(start + stage.seconds(0, span / 1e9) for _ in range(legs)), shares, strict=True):
        account = int(stage.rng.choice(accounts))
        instrument = chosen[account]
        one = stage.population.instruments[instrument]
        size = round(share * times_usual * USUAL[one.asset_class] / one.lot_value)
        if stage.rng.random() < 0.25:
            size = min(size, stage.size(instrument, 3, 12))
            episode.send(
                time, account, direction[account], size, mode=b.TAKE, offset=4, tif=b.IOC, instrument=instrument
            )
            continue
        other = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE, without=(account,))
        episode.roles.setdefault(other, COUNTERPARTY)
        episode.negotiate(time, account, direction[account], size, other=other, instrument=instrument)
    return episode


def _accounts(stage: Stage) -> list[int]:
    """Draw a trader with accounts in two or more asset classes; return one to three of them a class."""
    people = stage.population
    fits = np.isin(people.home, [int(one) for one in CLASSES]) & (people.capacity != Capacity.MARKET_MAKER)
    fits &= stage.all_day
    breadth = np.zeros(len(people.trader_ids), np.int64)
    for asset_class in CLASSES:
        breadth[np.unique(people.trader[fits & (people.home == asset_class)])] += 1
    weights = np.zeros(len(breadth))
    weights[people.trader] = stage.freshness
    weights *= breadth >= min(2, int(breadth.max()))
    trader = int(stage.rng.choice(len(weights), p=weights / weights.sum()))
    found: list[int] = []
    for asset_class in CLASSES:
        found += np.flatnonzero(fits & (people.trader == trader) & (people.home == asset_class))[:3].tolist()
    stage.drawn.update(found)
    return found


def _instrument(stage: Stage, account: int) -> int:
    """Draw an instrument that needs no exchange rate, since the simulator writes none."""
    return stage.instrument((AssetClass(int(stage.population.home[account])),), currency="USD")
