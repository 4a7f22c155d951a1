"""The labelled episodes: one file a typology, each with a builder that sets one episode on the stage.

To add a typology, add its file and its line in `ABUSE` or `LAWFUL`.
"""

from __future__ import annotations

from surveillance.simulator.config import SimulationConfig
from surveillance.simulator.script import Builder, Episode, Stage

ABUSE: tuple[Builder, ...] = ()
LAWFUL: tuple[Builder, ...] = ()


def cast(stage: Stage, config: SimulationConfig) -> list[Episode]:
    """Set all episodes of a day on the stage, in the order of their first action."""
    episodes = [build(stage) for build in ABUSE for _ in range(config.episodes)]
    episodes += [build(stage) for build in LAWFUL for _ in range(config.hard_negatives)]
    return sorted(episodes, key=lambda episode: episode.actions[0][0])
