"""Lawful: a position moves once between two accounts of one owner, agreed at the middle of the market."""

from __future__ import annotations

from surveillance.events.schema import Capacity
from surveillance.simulator.script import Episode, Stage


def intragroup_transfer(stage: Stage) -> Episode:
    """Set one transfer; owners of a single account are passed over."""
    instrument = stage.instrument()
    for _ in range(40):
        account = stage.account(instrument, Capacity.CLIENT, Capacity.HOUSE)
        relatives = stage.family(account)
        if relatives:
            break
    partner = int(stage.rng.choice(relatives)) if relatives else account
    episode = Episode("intragroup_transfer", False, [instrument], {account: "transferor", partner: "transferee"})
    size = stage.size(instrument, 2, 12)
    episode.params = {"lots": size}
    episode.negotiate(stage.moment(instrument, 0), account, stage.side(), size, other=partner)
    return episode
