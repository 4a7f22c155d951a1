"""The labelled episodes: one file a typology, each with a builder that sets one episode on the stage.

To add a typology, add its file and its line in `GRADED` or `DECEPTIVE`, for the corpus; those of
the shipped rules stand in `ABUSE` and `LAWFUL` as well.
"""

from __future__ import annotations

from surveillance.simulator.book import A_TIME
from surveillance.simulator.config import SimulationConfig
from surveillance.simulator.episodes.back_from_holiday import back_from_holiday
from surveillance.simulator.episodes.client_facilitation import client_facilitation
from surveillance.simulator.episodes.dominance import dominance
from surveillance.simulator.episodes.excess_cancellation import excess_cancellation
from surveillance.simulator.episodes.front_running import front_running
from surveillance.simulator.episodes.hours_seen_before import hours_seen_before
from surveillance.simulator.episodes.index_rebalance import index_rebalance
from surveillance.simulator.episodes.intragroup_transfer import intragroup_transfer
from surveillance.simulator.episodes.ioc_burst import ioc_burst
from surveillance.simulator.episodes.late_resting_order import late_resting_order
from surveillance.simulator.episodes.layering import layering
from surveillance.simulator.episodes.market_making import market_making
from surveillance.simulator.episodes.marking_close import marking_close
from surveillance.simulator.episodes.matched_orders import matched_orders
from surveillance.simulator.episodes.momentum_ignition import momentum_ignition
from surveillance.simulator.episodes.natural_move import natural_move
from surveillance.simulator.episodes.new_account import new_account
from surveillance.simulator.episodes.notional_burst import notional_burst
from surveillance.simulator.episodes.off_market_price import off_market_price
from surveillance.simulator.episodes.order_to_trade import order_to_trade
from surveillance.simulator.episodes.painting_tape import painting_tape
from surveillance.simulator.episodes.parent_partial_fills import parent_partial_fills
from surveillance.simulator.episodes.ping_orders import ping_orders
from surveillance.simulator.episodes.pump_and_dump import pump_and_dump
from surveillance.simulator.episodes.quote_moving import quote_moving
from surveillance.simulator.episodes.quote_spoofing import quote_spoofing
from surveillance.simulator.episodes.quote_stuffing import quote_stuffing
from surveillance.simulator.episodes.ramping import ramping
from surveillance.simulator.episodes.resting_order_withdrawn import resting_order_withdrawn
from surveillance.simulator.episodes.spoofing import spoofing
from surveillance.simulator.episodes.timing_unusual import timing_unusual
from surveillance.simulator.episodes.twap import twap
from surveillance.simulator.episodes.twap_close import twap_close
from surveillance.simulator.episodes.wash_churn import wash_churn
from surveillance.simulator.episodes.wash_circular import wash_circular
from surveillance.simulator.episodes.wash_self import wash_self
from surveillance.simulator.script import Builder, Episode, NoRoomError, Stage

ABUSE: tuple[Builder, ...] = (layering, wash_churn, notional_burst)
LAWFUL: tuple[Builder, ...] = (
    client_facilitation,
    ioc_burst,
    market_making,
    parent_partial_fills,
    resting_order_withdrawn,
    twap,
)


GRADED: tuple[Builder, ...] = (
    dominance,
    excess_cancellation,
    front_running,
    layering,
    marking_close,
    matched_orders,
    momentum_ignition,
    notional_burst,
    off_market_price,
    order_to_trade,
    painting_tape,
    ping_orders,
    pump_and_dump,
    quote_spoofing,
    quote_stuffing,
    ramping,
    spoofing,
    wash_churn,
    wash_circular,
    wash_self,
)
"""Every typology of abuse, for the corpus; each comes in grades of severity."""

DECEPTIVE: tuple[Builder, ...] = (
    *LAWFUL,
    index_rebalance,
    intragroup_transfer,
    natural_move,
    quote_moving,
    twap_close,
)
"""Every lawful behaviour that looks like abuse, for the corpus."""

OF_HOURS: tuple[Builder, ...] = (timing_unusual,)
"""Abuse that only who knows the days before can see; for a corpus with a history."""

DECEPTIVE_HOURS: tuple[Builder, ...] = (back_from_holiday, hours_seen_before, late_resting_order, new_account)
"""Lawful behaviour that looks like it."""

MILDEST, GRAVEST = 0.1, 0.9


def cast(stage: Stage, config: SimulationConfig) -> list[Episode]:
    """Set all episodes of a day on the stage, in the order of their first action.

    Those for which the market is not open long enough are left out.
    """
    abuse, lawful = (GRADED, DECEPTIVE) if config.corpus else (ABUSE, LAWFUL)
    if config.history:
        abuse, lawful = (*abuse, *OF_HOURS), (*lawful, *DECEPTIVE_HOURS)
    episodes = _ordinary(stage, config) if config.before else []
    for build in () if config.before else abuse:
        for stage.number in range(config.episodes):
            if config.corpus:
                stage.severity = _severity(stage.number, config.episodes)
            episodes += _built(stage, build)
    stage.severity = None
    for build in () if config.before else lawful:
        for stage.number in range(config.hard_negatives):
            episodes += _built(stage, build)
    return sorted(episodes, key=lambda episode: min(row[A_TIME] for row in episode.actions))


def _ordinary(stage: Stage, config: SimulationConfig) -> list[Episode]:
    """Set what there is on a day of the history: those who then work at the hour of the labelled day."""
    episodes = []
    seen = () if stage.habits is None else stage.habits.seen
    for stage.number, (_, _, before) in enumerate(seen):
        if before == config.before:
            episodes += _built(stage, hours_seen_before)
    return episodes


def _built(stage: Stage, build: Builder) -> list[Episode]:
    try:
        episode = build(stage)
    except NoRoomError:
        return []
    if stage.severity is not None:
        episode.params["severity"] = stage.severity
    return [episode]


def _severity(number: int, count: int) -> float:
    """Return the severity of an episode of so many: evenly spaced, one alone is in the middle."""
    return round(MILDEST + (GRAVEST - MILDEST) * (number / (count - 1) if count > 1 else 0.5), 3)
