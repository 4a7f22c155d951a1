"""Lawful: a house takes over a client's block at the middle and works it off on the book."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.script import USUAL, Episode, Stage


def client_facilitation(stage: Stage) -> Episode:
    """Set one block between a client and a house, and the house's way out of part of it."""
    instrument = stage.instrument((AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.DERIVATIVE))
    client = stage.account(instrument, Capacity.CLIENT)
    house = stage.account(instrument, Capacity.HOUSE, without=(client,))
    one = stage.population.instruments[instrument]
    times_usual, side = float(stage.rng.uniform(0.8, 2.2)), stage.side()
    episode = Episode("client_facilitation", False, [instrument], {client: "client", house: "facilitator"})
    episode.params = {"times_usual": round(times_usual, 2)}
    outs, period = stage.whole(6, 20), stage.seconds(15, 60)
    time = stage.moment(instrument, (outs + 1) * period)
    size = round(times_usual * USUAL[one.asset_class] / one.lot_value)
    episode.negotiate(time, client, side, size, other=house)
    parent = stage.parent()
    for number in range(1, outs + 1):  # who sold to the client buys back
        lot = stage.size(instrument, 0.5, 2)
        sent = time + number * period + stage.seconds(0, 3)
        episode.send(sent, house, side, lot, mode=b.TAKE, lifetime=period, parent=parent)
    return episode
