"""The search for better thresholds: one limit at a time, pairs of limits, and from the best of these once more round.

Whatever does not help goes back to what the rule says now, so that a proposal changes as little as it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from surveillance.evaluation.tuning_bench import Bench, Points
from surveillance.evaluation.tuning_limits import Limit, Setting, in_order

Goal = Literal["f1", "recall", "precision"]

GAIN: Final = 0.005
"""A change that gains less than this is not proposed."""

ROUNDS: Final = 6
COARSE: Final = 7
"""Values of each limit that are tried in pairs."""

MOST_PAIRED: Final = 6
"""Limits of which pairs are tried: those that matter most on their own."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is looked for.

    Parameters
    ----------
    goal : str
        ``f1``, ``recall`` or ``precision``: what is to be as high as possible.
    min_precision, min_recall : float
        What must be kept; a setting that falls short of it is worse by ten times what it is short.
    """

    goal: Goal = "f1"
    min_precision: float = 0.0
    min_recall: float = 0.0

    def worth(self, points: Points) -> NDArray[np.float64]:
        """Return how good settings are."""
        short = np.maximum(0, self.min_precision - points.precision) + np.maximum(0, self.min_recall - points.recall)
        other = points.f1 if self.goal != "f1" else points.recall
        return getattr(points, self.goal) - 10 * short + 1e-6 * other  # type: ignore[no-any-return]

    def __str__(self) -> str:
        """Say it in words."""
        floors = [
            f"{name} at least {floor:.0%}"
            for name, floor in (("precision", self.min_precision), ("recall", self.min_recall))
            if floor
        ]
        return f"the highest {'F1' if self.goal == 'f1' else self.goal}" + (
            f" with {' and '.join(floors)}" * bool(floors)
        )


@dataclass(frozen=True, slots=True)
class Sweep:
    """One limit turned, all others as they are.

    Parameters
    ----------
    limit : Limit
        Which.
    values : list of Fraction
        What was tried, ascending.
    points : Points
        What came of each.
    """

    limit: Limit
    values: list[Fraction]
    points: Points

    def best(self, objective: Objective) -> Fraction:
        """Return the value that meets an objective best; of several the one nearest to what the rule says."""
        return _nearest_best(self.values, objective.worth(self.points), self.limit)


@dataclass(slots=True)
class Search:
    """What was tried and found.

    Parameters
    ----------
    now, proposed : tuple of Fraction
        Settings; the same where nothing better was found.
    sweeps : list of Sweep
        Each limit on its own.
    tried : list of (float, float)
        Recall and precision of every setting that was judged.
    """

    now: Setting
    proposed: Setting
    sweeps: list[Sweep]
    tried: list[tuple[float, float]] = field(default_factory=list)


def search(bench: Bench, objective: Objective, part: Fraction) -> Search:
    """Look for the setting that meets an objective best.

    Parameters
    ----------
    bench : Bench
        Days to tune on.
    objective : Objective
        What is looked for.
    part : Fraction
        To which part of it a limit may be loosened.
    """
    now = tuple(limit.amount.value for limit in bench.limits)
    grids = [limit.values(part) for limit in bench.limits]
    found = Search(now, now, [])
    looking = _Looking(bench, objective, grids, found)
    found.sweeps = looking.sweeps(now)
    starts = [now, looking.best_pair(now, found.sweeps)]
    ends = [looking.climb(start) for start in starts]
    worth = looking.worth([now, *ends])
    best = int(np.argmax(worth))
    if best and worth[best] - worth[0] >= GAIN:
        found.proposed = looking.pruned(ends[best - 1], now)
    return found


class _Looking:
    def __init__(self, bench: Bench, objective: Objective, grids: Sequence[list[Fraction]], into: Search) -> None:
        self._bench, self._objective, self._grids, self._into = bench, objective, grids, into

    def points(self, settings: Sequence[Setting]) -> Points:
        points = self._bench.points(settings)
        self._into.tried += zip(points.recall.tolist(), points.precision.tolist(), strict=True)
        return points

    def worth(self, settings: Sequence[Setting]) -> NDArray[np.float64]:
        worth = self._objective.worth(self.points(settings))
        sound = np.array([in_order(self._bench.limits, one) for one in settings])
        return np.where(sound, worth, -np.inf)

    def sweeps(self, now: Setting) -> list[Sweep]:
        """Turn each limit on its own."""
        return [
            Sweep(limit, grid, self.points([_with(now, {place: value}) for value in grid]))
            for place, (limit, grid) in enumerate(zip(self._bench.limits, self._grids, strict=True))
        ]

    def best_pair(self, now: Setting, sweeps: Sequence[Sweep]) -> Setting:
        """Turn two limits at once, those that matter most."""
        worths = [self._objective.worth(one.points) for one in sweeps]
        matter = sorted(range(len(sweeps)), key=lambda place: -float(np.ptp(worths[place])))[:MOST_PAIRED]
        coarse = {place: _coarse(self._grids[place], now[place]) for place in matter}
        settings = [
            _with(now, {one: first, other: second})
            for one, other in combinations(sorted(matter), 2)
            for first, second in product(coarse[one], coarse[other])
        ]
        return now if not settings else settings[int(np.argmax(self.worth(settings)))]

    def climb(self, start: Setting) -> Setting:
        """Turn one limit after the other to where it is best, until none gets better."""
        current = start
        for _ in range(ROUNDS):
            before = current
            for place, grid in enumerate(self._grids):
                settings = [_with(current, {place: value}) for value in grid]
                worth = self.worth(settings)
                current = settings[grid.index(_nearest_best(grid, worth, self._bench.limits[place]))]
            if current == before:
                break
        return current

    def pruned(self, setting: Setting, now: Setting) -> Setting:
        """Put back every limit whose change gains next to nothing, as long as all together lose no more than that."""
        kept = float(self.worth([setting])[0]) - GAIN
        while True:
            turned = [place for place, value in enumerate(setting) if value != now[place]]
            without = [_with(setting, {place: now[place]}) for place in turned]
            if not without:
                return setting
            worth = self.worth(without)
            spare = int(np.argmax(worth))
            if worth[spare] <= kept:
                return setting
            setting = without[spare]


def _nearest_best(values: Sequence[Fraction], worth: NDArray[np.float64], limit: Limit) -> Fraction:
    best = [values[place] for place in np.flatnonzero(worth >= worth.max() - 1e-9).tolist()]
    nearest: Fraction = min(best, key=lambda value: abs(value - limit.amount.value))
    return nearest


def _with(setting: Setting, values: dict[int, Fraction]) -> Setting:
    return tuple(values.get(place, value) for place, value in enumerate(setting))


def _coarse(grid: list[Fraction], now: Fraction) -> list[Fraction]:
    """Return some of the values of a grid, evenly spread, that of now among them."""
    if len(grid) <= COARSE:
        return grid
    chosen = {grid[round(step * (len(grid) - 1) / (COARSE - 2))] for step in range(COARSE - 1)}
    return sorted({*chosen, now})
