"""Candidates that say their events row by row, such as groups of accounts: judged one by one, as they are few.

One that shares an event with the newest of an open finding, or has its key, belongs to that finding; so what is found
depends on which others passed, and findings are formed again for every setting that lets others pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.engine.facts import MOST
from surveillance.evaluation.claims import PEOPLE, Claim
from surveillance.evaluation.matching import match
from surveillance.evaluation.truth import Episode
from surveillance.evaluation.tuning_judge import Judged

IntArray = NDArray[Any]
Text = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Member:
    """A candidate of which every event is known.

    Parameters
    ----------
    time, row, uses : int
        Time and row of its anchor, and the last row that it uses up.
    key : int
        Place of its key.
    rows, times : ndarray of int64
        Its events, ascending, and when they were, ns.
    accounts, instruments : list of str
        Of each event; empty where it has none.
    """

    time: int
    row: int
    uses: int
    key: int
    rows: IntArray
    times: IntArray
    accounts: list[str]
    instruments: list[str]


@dataclass(slots=True)
class _Finding:
    """A finding that may still grow: places of its hits, and its events."""

    first: int
    last_hit: int
    newest: IntArray
    key: int
    last_row: int = -1
    times: list[int] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    instruments: list[str] = field(default_factory=list)

    def grow(self, one: Member) -> None:
        self.last_hit, self.newest = one.time, one.rows
        begin = int(np.searchsorted(one.rows, self.last_row, side="right"))
        self.times += one.times[begin:].tolist()
        self.accounts += one.accounts[begin:]
        self.instruments += one.instruments[begin:]
        self.last_row = max(self.last_row, int(one.rows[-1]))


class Groups:
    """Candidates of one station, in the order in which they came.

    Parameters
    ----------
    members : sequence of Member
        The candidates.
    cell : ndarray of int32
        Class of instruments of each.
    values : ndarray of int64, shape (candidates, measures)
        Measures on which the rule has conditions.
    keys : sequence of dict
        Keys as text.
    gap : int
        Hits no further apart are one finding, ns; below 0: each hit uses up its events.
    """

    def __init__(
        self, members: Sequence[Member], cell: IntArray, values: IntArray, keys: Sequence[Mapping[str, str]], gap: int
    ) -> None:
        self._members, self._cell, self._values, self._keys, self._gap = members, cell, values, keys, gap

    def __len__(self) -> int:
        return len(self._members)

    def judge(
        self,
        low: IntArray,
        high: IntArray,
        class_of: IntArray,
        classes: int,
        episodes: Sequence[Episode],
        tolerance: int,
    ) -> Judged:
        """Judge them by many settings; see `surveillance.evaluation.tuning_judge.judge`."""
        findings, right = (np.zeros((len(low), classes), dtype=np.int64) for _ in range(2))
        found = np.zeros((len(low), len(episodes)), dtype=np.uint8)
        first: dict[bytes, int] = {}
        for setting in range(len(low)):
            met = ((self._values >= low[setting, self._cell]) & (self._values <= high[setting, self._cell])).all(axis=1)
            same = first.setdefault(met.tobytes(), setting)
            if same != setting:
                findings[setting], right[setting], found[setting] = findings[same], right[same], found[same]
                continue
            made = self._findings(np.flatnonzero(met).tolist())
            about = match([self._claim(one) for one in made], episodes, tolerance).of_claims
            for one, places in zip(made, about, strict=True):
                kind = int(class_of[self._cell[one.first]])
                findings[setting, kind] += 1
                right[setting, kind] += any(episodes[place].is_abuse for place in places)
                found[setting, list(places)] = 1
        return Judged(findings, right, found)

    def _findings(self, hits: Sequence[int]) -> list[_Finding]:
        """Form findings as the engine does."""
        return self._using_up(hits) if self._gap < 0 else self._joined(hits)

    def _using_up(self, hits: Sequence[int]) -> list[_Finding]:
        used: dict[int, int] = {}
        made = []
        for place in hits:
            one = self._members[place]
            if one.row > used.get(one.key, -1):
                used[one.key] = one.uses
                made.append(_Finding(place, one.time, one.rows, one.key))
                made[-1].grow(one)
        return made

    def _joined(self, hits: Sequence[int]) -> list[_Finding]:
        made: list[_Finding] = []
        waiting: dict[int, _Finding] = {}
        for place in hits:
            one = self._members[place]
            waiting = {key: other for key, other in waiting.items() if one.time - other.last_hit <= self._gap}
            current = next((other for other in waiting.values() if _meet(other.newest, one.rows)), waiting.get(one.key))
            if current is None:
                current = waiting[one.key] = _Finding(place, one.time, one.rows, one.key)
                made.append(current)
            current.grow(one)
        return made

    def _claim(self, one: _Finding) -> Claim:
        key, half = self._keys[one.key], MOST // 2
        shown = slice(0, half), slice(max(half, len(one.times) - half), None)
        accounts, instruments = (
            {text for part in shown for text in texts[part] if text} for texts in (one.accounts, one.instruments)
        )
        people = {key[name] for name in PEOPLE if key.get(name)}
        where = {key["instrument"]} if key.get("instrument") else instruments if len(instruments) == 1 else set()
        start, end = one.times[0], one.times[-1]
        return Claim("", (), "", 0.0, frozenset(accounts | people), frozenset(where), start, end, end)


def _meet(some: IntArray, others: IntArray) -> bool:
    """Tell whether two ascending vectors of rows have one in common."""
    return bool(some[-1] >= others[0] and others[-1] >= some[0] and np.isin(some, others, assume_unique=True).any())
