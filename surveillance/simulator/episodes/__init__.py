"""The labelled episodes: one file a typology, each with a builder that sets one episode on the stage.

To add a typology, add its file and its line in `ABUSE` or `LAWFUL`.
"""

from __future__ import annotations

from surveillance.simulator.config import SimulationConfig
from surveillance.simulator.episodes.client_facilitation import client_facilitation
from surveillance.simulator.episodes.ioc_burst import ioc_burst
from surveillance.simulator.episodes.layering import layering
from surveillance.simulator.episodes.market_making import market_making
from surveillance.simulator.episodes.notional_burst import notional_burst
from surveillance.simulator.episodes.parent_partial_fills import parent_partial_fills
from surveillance.simulator.episodes.resting_order_withdrawn import resting_order_withdrawn
from surveillance.simulator.episodes.twap import twap
from surveillance.simulator.episodes.wash_churn import wash_churn
from surveillance.simulator.script import Builder, Episode, Stage

ABUSE: tuple[Builder, ...] = (layering, wash_churn, notional_burst)
LAWFUL: tuple[Builder, ...] = (
    client_facilitation,
    ioc_burst,
    market_making,
    parent_partial_fills,
    resting_order_withdrawn,
    twap,
)


def cast(stage: Stage, config: SimulationConfig) -> list[Episode]:
    """Set all episodes of a day on the stage, in the order of their first action."""
    episodes = [build(stage) for build in ABUSE for _ in range(config.episodes)]
    episodes += [build(stage) for build in LAWFUL for _ in range(config.hard_negatives)]
    return sorted(episodes, key=lambda episode: episode.actions[0][0])
