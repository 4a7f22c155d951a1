"""Hours of their own: when in the day each account is at work, on the labelled day and on the days before it.

Drawn once for all days of a seed, from a stream of random numbers of its own. Times are those of New York, so that the
hours of the UTC day move when clocks change there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator.clock import SLICE, SLICES, midnight, session
from surveillance.simulator.config import SimulationConfig
from surveillance.simulator.population import Population

HOUR: Final = 12  # slices
OPENS: Final = 19 * HOUR // 2
CLOSES: Final = 16 * HOUR
ALWAYS: Final = 0.35
"""Share of accounts, market makers apart, that are at work as long as their market is open."""

MOODY: Final = 0.15
"""Share of accounts that keep their hours badly."""

FAR: Final = 2 * HOUR
"""How far from an account's own hours it is at work once before."""

_STREAM: Final = 3
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Habits:
    """Who is at work when.

    Parameters
    ----------
    at_work : list of bool arrays, accounts x slices of the UTC day
        For each day: the labelled one, then one, two, three days before it.
    open : bool array, accounts x slices of the UTC day
        When the account's market is open on the labelled day.
    own : bool array, accounts
        Who has hours of their own, shorter than the market's.
    new : int array
        Accounts that are not at work before the labelled day.
    away : int array
        Accounts that were away on the last days before it.
    seen : list of (int, int, int)
        Accounts that work at an hour that is not their own on the labelled day and once before: account, slice, and how
        many days before.
    """

    at_work: list[Mask]
    open: Mask
    own: NDArray[np.bool_]
    new: NDArray[np.int64]
    away: NDArray[np.int64]
    seen: list[tuple[int, int, int]]

    @property
    def special(self) -> list[int]:
        """Accounts with whom something else is the matter."""
        return [*self.new.tolist(), *self.away.tolist(), *(account for account, _, _ in self.seen)]

    def distance(self) -> NDArray[np.int64]:
        """Return how many slices each slice is from the next one in which the account was at work on any day."""
        return _distance(self.at_work)


def habits_of(config: SimulationConfig, population: Population) -> Habits:
    """Draw the habits of a population over the days of a history; the same for each of these days."""
    rng = Generator(PCG64(SeedSequence([config.seed, _STREAM])))
    count = len(population.account_ids)
    continuous = population.home == int(AssetClass.CRYPTO)
    makers = population.capacity == int(Capacity.MARKET_MAKER)
    own = ~makers & (rng.random(count) >= ALWAYS)
    start, length = _usual(continuous, own, rng)
    moody = rng.random(count) < MOODY
    laxity = np.where(moody, rng.uniform(0.1, 0.4, count), rng.uniform(0, 0.06, count)) * own
    special = rng.permutation(np.flatnonzero(own & ~moody))
    new, away, others = np.split(special, [config.hard_negatives, 2 * config.hard_negatives])
    absent = rng.integers(2, 6, len(away))
    labelled = weekday(config.day, config.before)
    days = [weekday(labelled, -before) for before in range(config.history + 1)]
    at_work = []
    for before, day in enumerate(days):
        mask = _in_utc(_day(start, length, continuous, laxity, rng), day)
        if before:
            mask[new] = False
        else:
            mask[away] = _in_utc(_mask(start, length, continuous), day)[away]
        mask[away[absent >= before]] &= not before
        at_work.append(mask)
    whole = np.zeros(count, np.int64)
    opened = _mask(np.where(continuous, 0, OPENS), whole + np.where(continuous, SLICES, CLOSES - OPENS), continuous)
    opened = _in_utc(opened, days[0])
    free = opened & (_distance(at_work) >= FAR)
    free[:, -HOUR:] = False
    seen = [
        (account, int(rng.choice(np.flatnonzero(free[account]))), int(rng.integers(1, config.history + 1)))
        for account in others[free[others].any(axis=1)][: config.hard_negatives].tolist()
    ]
    return Habits(at_work, opened, own, new, away, seen)


def _distance(at_work: list[Mask]) -> NDArray[np.int64]:
    ever = np.logical_or.reduce(at_work)
    found = np.full(ever.shape, SLICES)
    for slices in range(SLICES // 2, -1, -1):
        found[np.roll(ever, slices, axis=1) | np.roll(ever, -slices, axis=1)] = slices
    return found


def weekday(day: date, later: int) -> date:
    """Return the weekday that is so many weekdays later than another; earlier where it is negative."""
    found: date = np.busday_offset(np.datetime64(day), later).astype(object)
    return found


def _usual(continuous: Mask, own: Mask, rng: Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw the slice of New York's day in which each account begins, and how many slices it works."""
    count = len(own)
    longest = np.where(continuous, SLICES, CLOSES - OPENS)
    hours = np.where(continuous, rng.uniform(4, 12, count), rng.uniform(1.5, 4.5, count))
    length = np.where(own, np.rint(hours * HOUR), longest).astype(np.int64)
    room = np.where(continuous, SLICES, longest - length + 1)
    start = (rng.random(count) * room).astype(np.int64) + np.where(continuous, 0, OPENS)
    return start, length


def _day(
    start: NDArray[np.int64], length: NDArray[np.int64], continuous: Mask, laxity: NDArray[np.float64], rng: Generator
) -> Mask:
    """Draw one day: a few minutes more or less, and now and then longer, earlier, at other hours or not at all."""
    count = len(start)
    early, late = rng.integers(-3, 4, (2, count))
    differs, how = rng.random(count) < laxity, rng.integers(0, 4, count)
    more = rng.integers(HOUR // 2, 4 * HOUR, count)
    moved = rng.integers(HOUR, 8 * HOUR, count) * rng.choice([-1, 1], count)
    longer, sooner, shifted, nowhere = (differs & (how == one) for one in range(4))
    begin = start - early - np.where(sooner, more, 0) + np.where(shifted, moved, 0)
    whole = np.where(longer | sooner, more, 0) + length + early + late
    return _mask(begin, np.where(nowhere, 0, np.maximum(whole, 1)), continuous)


def _mask(start: NDArray[np.int64], length: NDArray[np.int64], continuous: Mask) -> Mask:
    """Return who is at work in each slice of New York's day; markets that close allow nothing outside."""
    slices = np.arange(SLICES)
    around: Mask = (slices - start[:, None]) % SLICES < np.minimum(length, SLICES)[:, None]
    inside = (slices >= np.maximum(start, OPENS)[:, None]) & (slices < np.minimum(start + length, CLOSES)[:, None])
    return np.where(continuous[:, None], around, inside)


def _in_utc(mask: Mask, day: date) -> Mask:
    opens, _ = session(day)
    return np.roll(mask, (opens - midnight(day)) // SLICE - OPENS, axis=1)
