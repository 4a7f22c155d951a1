"""How grave an episode over the limit is: whether the trader's flow in it was unusual for this trader.

The desks' feed has neither side nor instrument, so no more can be known. What is usual is seen from the trader's own
trades in the same feed outside the episode's greatest window and the window on either side of it. They are counted by
stretches as long as the window, and stretches without a trade are left out: nights and days off are no evidence.

Usual is what the busiest other stretch held, or, if that is more, what the kind of flow makes likely: with the median
number of trades in a stretch n, their mean notional m and mean square q, a sum of n independent trades has the mean n*m
and the standard deviation sqrt(n*q), and what stays below two deviations above the mean is likely. A desk that trades
in blocks has a large q and had blocks before, so that its blocks are not unusual; a thousand small trades have a small
one. The thresholds were chosen on seeds 1 to 60 of benchmarks/desks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.alerts.scoring import level_of, weight
from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL
from surveillance.rules.rulebook import SCORE_SCALE, SEVERITIES, Scoring

DEVIATIONS: Final = 2
ENOUGH: Final = 3
"""Stretches with trades that make a trader known."""

UNUSUAL: Final = 3.5
EXTREME: Final = 6.0
"""Times what is usual, from which on an episode is medium and high."""

UNKNOWN_MEDIUM: Final = 10.0
"""Times the multiple of the limit from which on an episode of a trader of whom nothing is known is medium."""

_BUCKETS: Final = np.int64(1) << np.int64(36)
_MOST_PENDING: Final = 1 << 18
_SHORTEST: Final = 1_000_000_000
"""Stretches are no shorter than 1 s, so that their numbers fit."""


class Flow:
    """Trades of every trader by stretches of the window's length.

    Parameters
    ----------
    window : int
        ns.
    """

    def __init__(self, window: int) -> None:
        self._window = max(window, _SHORTEST)
        self._key = np.zeros(0, np.int64)
        self._sums = np.zeros((3, 0), np.float64)
        self._pending: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self._size = 0

    def add(self, batch: EventBatch) -> None:
        """Count a batch's trades; those without a trader or without money are left out."""
        money, trader = batch.column("base_notional"), batch.column("trader")
        known = (money != NULL) & (trader != 0)
        amount = money[known].astype(np.float64)
        key = trader[known].astype(np.int64) * _BUCKETS + batch.columns["time"][known] // self._window
        found, place = np.unique(key, return_inverse=True)
        sums = np.stack([np.bincount(place, weights, len(found)) for weights in (None, amount, amount * amount)])
        self._pending.append((found, sums))
        self._size += len(found)
        if self._size > _MOST_PENDING + len(self._key):
            self._merge()

    def _merge(self) -> None:
        keys = np.concatenate([self._key, *(key for key, _ in self._pending)])
        sums = np.concatenate([self._sums, *(each for _, each in self._pending)], axis=1)
        self._key, place = np.unique(keys, return_inverse=True)
        self._sums = np.stack([np.bincount(place, row, len(self._key)) for row in sums])
        self._pending, self._size = [], 0

    def times_usual(self, trader: int, time: int, notional: int) -> float | None:
        """Return a window's notional as a multiple of what is usual; None when too little is known of the trader.

        Parameters
        ----------
        trader : int
            Code.
        time : int
            End of the window, ns.
        notional : int
            Its notional, 10**-4 USD.
        """
        if self._pending:
            self._merge()
        first = np.int64(trader) * _BUCKETS
        low, high = np.searchsorted(self._key, [first - _BUCKETS // 2, first + _BUCKETS // 2])
        stretch = self._key[low:high] - first
        near = (stretch >= (time - 2 * self._window) // self._window) & (
            stretch <= (time + self._window) // self._window
        )
        count, total, squares = self._sums[:, low:high][:, ~near]
        if len(count) < ENOUGH:
            return None
        trades, usual_count = float(count.sum()), float(np.median(count))
        expected = usual_count * float(total.sum()) / trades
        spread = math.sqrt(usual_count * float(squares.sum()) / trades)
        usual = max(expected + DEVIATIONS * spread, float(total.max()))
        return notional / usual if usual > 0 else None


@dataclass(frozen=True, slots=True)
class Level:
    """How grave an episode is.

    Parameters
    ----------
    name : str
        low, medium or high.
    score : float
        0 to 100.
    """

    name: str
    score: float


def level(scoring: Scoring, times_limit: float, multiple: float, times_usual: float | None) -> Level:
    """Return level and score.

    Parameters
    ----------
    scoring : Scoring
        Weights and bounds of the rulebook.
    times_limit : float
        Notional by the limits of the asset classes.
    multiple : float
        How many limits must be exceeded.
    times_usual : float or None
        Notional by what is usual for the trader; None: not known.
    """
    beyond = times_limit / multiple if multiple > 0 else math.inf
    if times_usual is None:
        severity, excess = (1, beyond / UNKNOWN_MEDIUM) if beyond >= UNKNOWN_MEDIUM else (0, beyond)
    elif times_usual < UNUSUAL:
        severity, excess = 0, beyond
    else:
        severity, excess = (2, times_usual / EXTREME) if times_usual >= EXTREME else (1, times_usual / UNUSUAL)
    strength = round(min(max(math.log10(max(excess, 1.0)), 0.0), 1.0) * SCORE_SCALE)
    value = weight(scoring, SEVERITIES[severity], strength)
    return Level(level_of(scoring, value), value * 100 / SCORE_SCALE)
