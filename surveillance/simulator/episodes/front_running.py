"""Front running: a house trades ahead of a client's large order and turns around after."""

from __future__ import annotations

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND
from surveillance.simulator.script import COUNTERPARTY, Episode, Stage, opposite

CLASSES = (AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.DERIVATIVE)


def front_running(stage: Stage) -> Episode:
    """Set a few client orders and what was done ahead of each."""
    instrument = stage.instrument(CLASSES)
    house = stage.account(instrument, Capacity.HOUSE)
    episode = Episode("front.running", True, [instrument], {house: "front_runner"})
    blocks, spacing = stage.whole(1, 5), stage.seconds(150, 500)
    episode.params = {"blocks": blocks, "shares": []}
    start = stage.moment(instrument, blocks * spacing + 120 * SECOND)
    for number in range(blocks):
        client = stage.account(instrument, Capacity.CLIENT, without=(house,))
        episode.roles.setdefault(client, COUNTERPARTY)
        received, side = start + number * spacing + 30 * SECOND, stage.side()
        block = stage.size(instrument, 12, 40)
        share = stage.grade(0.04, 0.3)
        episode.params["shares"].append(round(share, 3))
        ahead = max(1, round(block * share))
        lead = stage.seconds(-12, 2.5)  # some know before the order is on the tape
        episode.send(received + lead, house, side, ahead, mode=b.TAKE, offset=3, lifetime=20 * SECOND)
        worked = stage.seconds(3, 12)
        parent = stage.parent()
        episode.send(
            received, client, side, block,
            mode=b.PASSIVE, offset=2, lifetime=100 * SECOND, amend=b.CROSS, amend_after=worked, parent=parent,
        )  # fmt: skip
        out = received + worked + stage.seconds(0.5, 60)
        episode.send(out, house, opposite(side), ahead, mode=b.TAKE, offset=3, lifetime=20 * SECOND)
    return episode
