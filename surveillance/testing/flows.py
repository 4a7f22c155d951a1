"""Flows of events that bring out the faults of detectors: hot keys, steady abuse, gaps, equal times, revisions.

Random data alone hides such faults. Every flow is made from a seed and from how far the detector looks, so that
windows fill, overlap and empty whatever their length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.testing import scripts
from surveillance.testing.filling import fill

DAY: Final = 86_400 * 10**9
_START: Final = 1_772_524_800 * 10**9  # 2026-03-03 08:00 UTC, in ns

IntArray = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Flow:
    """Events in order, with the texts of their codes; a flow is itself alone, and can be referred to weakly.

    Parameters
    ----------
    name : str
        What the flow is hard about.
    batch : EventBatch
        All events, from one source.
    dictionaries : Dictionaries
        Texts of the codes.
    """

    name: str
    batch: EventBatch
    dictionaries: Dictionaries

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def time(self) -> IntArray:
        """Time of each event, ns."""
        return self.batch.columns["time"]

    def take(self, rows: IntArray) -> Flow:
        """Return the flow of the given events alone."""
        return Flow(self.name, self.batch.take(rows), self.dictionaries)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Blocks of events to be played: when each starts, how fast it goes, whose it is and which script it follows."""

    start: IntArray
    step: IntArray
    account: IntArray
    instrument: IntArray
    script: IntArray
    grid: int = 1


def _flow(name: str, plan: _Plan, seed: int, *, nulls: float = 0.02, marks_every: int = 0) -> Flow:
    steps = scripts.play(plan.script)
    time = _START + plan.start[steps.block] + steps.place * plan.step[steps.block]
    time = time // plan.grid * plan.grid
    order = np.argsort(time, kind="stable")
    steps = scripts.Steps(*(getattr(steps, field)[order] for field in scripts.Steps.__slots__))
    batch, dictionaries = fill(
        steps, time[order], plan.account[steps.block], plan.instrument[steps.block],
        np.random.default_rng(seed), nulls=nulls, marks_every=marks_every,
    )  # fmt: skip
    return Flow(name, batch, dictionaries)


def _scripts(
    rng: np.random.Generator, blocks: int, favoured: Sequence[scripts.Script] = (), *, others: float = 0.1
) -> IntArray:
    """Draw scripts, the others less often than the favoured ones."""
    rare = [others / 4 if script in scripts.REVISING else others for script in scripts.ALL]
    weights = np.array([1.0 if script in favoured else one for script, one in zip(scripts.ALL, rare, strict=True)])
    return rng.choice(len(scripts.ALL), blocks, p=weights / weights.sum())


def _mixed(reach: int, *, name: str = "mixed", seed: int = 1, nulls: float = 0.02) -> Flow:
    rng = np.random.default_rng(seed)
    blocks = 220
    plan = _Plan(
        start=rng.integers(0, 15 * reach, blocks),
        step=np.maximum((reach * 10.0 ** rng.uniform(-3, 0, blocks)).astype(np.int64), 1),
        account=rng.integers(1, 5, blocks),
        instrument=rng.integers(1, 7, blocks),
        script=_scripts(rng, blocks),
    )
    return _flow(name, plan, seed, nulls=nulls, marks_every=4 * reach)


def _hot_key(reach: int) -> Flow:
    rng = np.random.default_rng(2)
    blocks = 220
    cold = rng.random(blocks) < 0.15
    plan = _Plan(
        start=rng.integers(0, 4 * reach, blocks),
        step=np.full(blocks, max(reach // 200, 1)),
        account=np.where(cold, rng.integers(2, 6, blocks), 1),
        instrument=np.where(cold, rng.integers(2, 6, blocks), 1),
        script=_scripts(rng, blocks, (scripts.LAYERS, scripts.CHURN)),
    )
    return _flow("hot key", plan, 2)


def _steady(reach: int) -> Flow:
    """One account does the same again and again without a pause: every window overlaps the next."""
    blocks = 160
    pattern = np.array([scripts.ALL.index(scripts.LAYERS), scripts.ALL.index(scripts.CHURN)])
    plan = _Plan(
        start=np.arange(blocks) * max(reach // 10, 8),
        step=np.full(blocks, max(reach // 80, 1)),
        account=np.ones(blocks, dtype=np.int64),
        instrument=np.ones(blocks, dtype=np.int64),
        script=pattern[np.arange(blocks) % 2],
    )
    return _flow("steady abuse", plan, 3, nulls=0.0)


def _day_long(reach: int) -> Flow:
    """Make an episode without a break over more than a day, across trading days and session marks."""
    rng = np.random.default_rng(4)
    blocks = 200
    length = max(DAY + DAY // 2, 20 * reach)
    plan = _Plan(
        start=np.arange(blocks) * (length // blocks),
        step=np.full(blocks, max(length // blocks // 6, 1)),
        account=np.ones(blocks, dtype=np.int64),
        instrument=1 + (np.arange(blocks) % 8 == 7),
        script=_scripts(rng, blocks, (scripts.LAYERS, scripts.CHURN)),
    )
    return _flow("day-long episode", plan, 4, marks_every=length // 7)


def _gaps(reach: int) -> Flow:
    """Bursts further apart than the window, and pairs exactly as far apart as it is long, and 1 ns more."""
    rng = np.random.default_rng(5)
    bursts, each = 14, 12
    quarter = max(reach // 4, 1)
    offsets = np.array([0, 4 * quarter, 8 * quarter + 1, 12 * quarter, 2 * quarter, 3 * quarter])
    start = np.repeat(np.arange(bursts) * 9 * reach, each) + offsets[rng.integers(0, len(offsets), bursts * each)]
    blocks = len(start)
    plan = _Plan(
        start=start,
        step=np.where(rng.random(blocks) < 0.5, 0, quarter),
        account=rng.integers(1, 3, blocks),
        instrument=rng.integers(1, 3, blocks),
        script=_scripts(rng, blocks, (scripts.LAYERS, scripts.CHURN)),
    )
    return _flow("gaps longer than the window", plan, 5)


def _equal_times(reach: int) -> Flow:
    rng = np.random.default_rng(6)
    blocks = 180
    plan = _Plan(
        start=rng.integers(0, 6 * reach, blocks),
        step=np.full(blocks, max(reach // 9, 1)),
        account=rng.integers(1, 4, blocks),
        instrument=rng.integers(1, 3, blocks),
        script=_scripts(rng, blocks, (scripts.LAYERS,)),
        grid=max(reach // 2, 1),
    )
    return _flow("equal times", plan, 6)


def _revisions(reach: int) -> Flow:
    rng = np.random.default_rng(7)
    blocks = 110
    plan = _Plan(
        start=rng.integers(0, 8 * reach, blocks),
        step=np.maximum((reach * 10.0 ** rng.uniform(-2, 0.4, blocks)).astype(np.int64), 1),
        account=rng.integers(1, 4, blocks),
        instrument=rng.integers(1, 3, blocks),
        script=_scripts(rng, blocks, (scripts.BUSTED, scripts.BUSTED_BOTH, scripts.CORRECTED, scripts.LAYERS)),
    )
    return _flow("busts and corrections", plan, 7, nulls=0.0)


@lru_cache(maxsize=8)
def hard_flows(reach: int) -> tuple[Flow, ...]:
    """Return the small flows, each about a thousand events, for a detector that looks `reach` ns far."""
    reach = max(reach, 1_000)
    return (
        _mixed(reach), _hot_key(reach), _steady(reach), _day_long(reach), _gaps(reach), _equal_times(reach),
        _revisions(reach), _mixed(reach, name="null fields", seed=8, nulls=0.3),
    )  # fmt: skip


@lru_cache(maxsize=2)
def long_flow(reach: int, blocks: int = 60_000) -> Flow:
    """Return a flow so long that the tape gives its pages back again and again, two fifths of it on one key."""
    rng = np.random.default_rng(9)
    reach = max(reach, 1_000)
    cold = rng.random(blocks) < 0.6
    plan = _Plan(
        start=np.sort(rng.integers(0, 60 * reach, blocks)),
        step=np.full(blocks, max(reach // 100, 1)),
        account=np.where(cold, rng.integers(2, 300, blocks), 1),
        instrument=np.where(cold, rng.integers(2, 30, blocks), 1),
        script=_scripts(rng, blocks, (scripts.LAYERS, scripts.CHURN, scripts.FILLED, scripts.WORKED), others=0.0),
    )
    return _flow("pages given back many times", plan, 9)
