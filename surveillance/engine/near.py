"""Near misses: candidates that failed exactly one condition of a rule, by no more than half of its limit.

What an examiner asks is why something was *not* found. Keeping every candidate would cost gigabytes a day, so of each
key the nearest in every quarter of an hour is kept, and no more than `MOST` of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.engine.judge import Judge
from surveillance.rules import Condition
from surveillance.rules.conditions import HIGHEST, LOWEST

SPACE: Final = 15 * 60 * 1_000_000_000
"""Of each key, one near miss is kept in each interval of this length, ns."""

MOST: Final = 20_000
"""Near misses that a rule keeps; further ones are counted."""

SCALE: Final = 10_000

Texts = Callable[[int], dict[str, str]]
Slot = tuple[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A candidate that failed one condition.

    Parameters
    ----------
    distance : int
        By what part of its limit it failed, 1/10,000.
    row : int
        Row of its anchor.
    time : int
        Time of its anchor, ns.
    terms : int
        Terms of its anchor.
    failed : int
        Place of the condition that it failed.
    key : dict of str to str
        Its key as text.
    measures : dict of str to int
        All measures.
    """

    distance: int
    row: int
    time: int
    terms: int
    failed: int
    key: dict[str, str]
    measures: dict[str, int]


class NearMisses:
    """Near misses of one rule, the nearest of each key in each interval.

    Parameters
    ----------
    judge : Judge
        The rule and its detector.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._floor: list[NDArray[np.int64]] = []
        self._exact: list[NDArray[np.int64]] = []
        self._known = 0
        self._kept: dict[Slot, NearMiss] = {}
        self._slots: dict[tuple[str, str], list[Slot]] = {}
        self.left_out = 0

    def of(self, people: Iterable[tuple[str, str]]) -> list[NearMiss]:
        """Return the near misses whose key names one of them, each given as column and id, in the order of time."""
        slots = {slot for one in people for slot in self._slots.get(one, ())}
        return sorted((self._kept[slot] for slot in slots), key=lambda one: (one.time, one.row))

    def take(
        self, candidates: Candidates, terms: NDArray[Any], keys: NDArray[Any], times: NDArray[Any], texts: Texts
    ) -> None:
        """Look among the candidates of one step, after the judge has.

        Parameters
        ----------
        terms : ndarray of int32
            Of each candidate's anchor row.
        keys, times : ndarray
            Columns of the tape: key and time of each row.
        texts : callable
            Makes the text of a key of its code.
        """
        judge = self._judge
        if judge.known != self._known:
            self._refresh(judge.known)
        index: NDArray[np.int64] | None = None
        for place, name in enumerate(judge.measures):
            values = candidates.measures[name] if index is None else candidates.measures[name][index]
            met = _within(self._floor[place], values, terms if index is None else terms[index])
            index = np.flatnonzero(met) if index is None else index[met]
            if not len(index):
                return
        if index is not None:
            self._among(candidates, index, terms[index], keys, times, texts)

    def _refresh(self, known: int) -> None:
        """Make tables of bounds by terms: a condition that does not apply lets everything through."""
        self._known = known
        shape = (2, known)
        self._floor = [np.empty(shape, np.int64) for _ in self._judge.measures]
        self._exact = [np.empty(shape, np.int64) for _ in self._judge.measures]
        for place, name in enumerate(self._judge.measures):
            for code in range(known):
                one = self.condition(code, name)
                applies = self._judge.applies(code)
                anything = (LOWEST - 1, HIGHEST) if applies else (HIGHEST, LOWEST)
                self._floor[place][:, code] = anything if one is None else floor(one)
                self._exact[place][:, code] = anything if one is None else (one.low, one.high)

    def condition(self, terms: int, measure: str) -> Condition | None:
        """Return the condition on a measure for rows of these terms."""
        if not self._judge.applies(terms):
            return None
        return next((one for one in self._judge.conditions(terms) if one.measure == measure), None)

    def _among(
        self,
        candidates: Candidates,
        index: NDArray[Any],
        codes: NDArray[Any],
        keys: NDArray[Any],
        times: NDArray[Any],
        texts: Texts,
    ) -> None:
        """Keep the nearest of each key among candidates that are near every condition."""
        failures, which = np.zeros(len(index), np.int8), np.zeros(len(index), np.int8)
        far = np.zeros(len(index))
        for place, name in enumerate(self._judge.measures):
            values = candidates.measures[name][index]
            fails = np.flatnonzero(~_within(self._exact[place], values, codes))
            failures[fails] += 1
            which[fails] = place
            far[fails] = _distance(self._exact[place][:, codes[fails]], values[fails])
        once = np.flatnonzero(failures == 1)
        if not len(once):
            return
        index, which = index[once], which[once]
        away = np.rint(far[once] * SCALE).astype(np.int64)
        rows = candidates.row[index]
        key, time = keys[rows], times[rows]
        order = np.lexsort((rows, away, time // SPACE, key))
        first = np.ones(len(order), np.bool_)
        first[1:] = (np.diff(key[order]) != 0) | (np.diff((time // SPACE)[order]) != 0)
        for at in sorted(order[first].tolist(), key=lambda one: int(rows[one])):
            measures = {name: int(values[index[at]]) for name, values in candidates.measures.items()}
            where = (int(away[at]), int(rows[at]), int(time[at]), int(codes[once[at]]), int(which[at]))
            self._keep(NearMiss(*where, texts(int(key[at])), measures))

    def _keep(self, one: NearMiss) -> None:
        slot = (tuple(one.key.values()), one.time // SPACE)
        known = self._kept.get(slot)
        if known is None and len(self._kept) >= MOST:
            self.left_out += 1
        elif known is None or (one.distance, one.row) < (known.distance, known.row):
            self._kept[slot] = one
            if known is None:
                for name in one.key.items():
                    self._slots.setdefault(name, []).append(slot)


def floor(condition: Condition) -> tuple[int, int]:
    """Return the bounds within which a candidate that fails a condition is near it."""
    low, high = condition.low, condition.high
    if low > high:
        return low, high
    if low > 0:
        low = -(-low // 2)
    if 0 < high < HIGHEST // 2:
        high *= 2
    return low, high


def _within(bounds: NDArray[np.int64], values: NDArray[Any], codes: NDArray[Any]) -> NDArray[np.bool_]:
    if bounds.shape[1] == 1:
        met: NDArray[np.bool_] = (values >= bounds[0, 0]) & (values <= bounds[1, 0])
    else:
        met = (values >= bounds[0][codes]) & (values <= bounds[1][codes])
    return met


def _distance(bounds: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.float64]:
    """Return by what part of the limit values lie outside the bounds."""
    low, high, found = bounds[0].astype(np.float64), bounds[1].astype(np.float64), values.astype(np.float64)
    limit = np.where(found < low, low, high)
    part: NDArray[np.float64] = np.abs(limit - found) / np.maximum(np.abs(limit), 1.0)
    return part
