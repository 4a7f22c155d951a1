"""Hits as they are decided, for those who write something else than findings from them.

A hit is a candidate that met every condition of a rule. Where the rule consumes, hits that begin among rows already
used up are left out. No episode is formed, nothing is scored and no event is copied: the hits of a step are handed on
while their rows are on the tape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.detector import Detector
from surveillance.engine.engine import Engine
from surveillance.engine.judge import Judge
from surveillance.engine.station import Station
from surveillance.events.dictionary import Dictionaries
from surveillance.rules import Rule, Rulebook
from surveillance.tape.tape import Tape

IntArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class RuleHits:
    """Hits of one rule, ascending by anchor.

    Parameters
    ----------
    rule : Rule
        The rule.
    tape : Tape
        Where their rows are, until the next step.
    row : ndarray of int64
        Anchor of each hit.
    last : ndarray of int64 or None
        Last row of each hit where the detector says it.
    measures : mapping of str to ndarray of int64
        What the detector measured of each.
    """

    rule: Rule
    tape: Tape
    row: IntArray
    last: IntArray | None
    measures: Mapping[str, IntArray]


class HitEngine(Engine):
    """An engine that hands hits on instead of making findings of them.

    Parameters
    ----------
    book, detectors, dictionaries, sources
        As of `Engine`.
    on_hits : callable
        Takes the `RuleHits` of each rule and step.
    skip : frozenset of str
        Rules that are not to run.
    """

    def __init__(
        self,
        book: Rulebook,
        detectors: Mapping[str, type[Detector]],
        dictionaries: Dictionaries,
        sources: Sequence[str],
        on_hits: Callable[[RuleHits], None],
        *,
        skip: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(book, detectors, dictionaries, sources, skip=skip, fields=frozenset())
        self._on_hits = on_hits
        self._used: dict[tuple[str, int], dict[int, int]] = {}

    @property
    def overflows(self) -> int:
        """Sums of windows that did not fit 64 bits: hits since then cannot be trusted."""
        return sum(station.overflows for station in self.stations)

    def _judge(self, station: Station) -> None:
        """Measure and judge what a station can decide; what a detector raises is raised."""
        candidates = station.measure()
        if candidates is None or not len(candidates.row):
            return
        tape = self.tape
        terms = tape["terms"][candidates.row]
        for episodes in station.episodes:
            found = episodes.judge.hits(candidates, terms)
            if found is None:
                continue
            index = found.index
            if episodes.judge.rule.consume:
                index = self._standing(station, episodes.judge, candidates, index)
            measures = {name: values[index] for name, values in candidates.measures.items()}
            last = None if candidates.last is None else candidates.last[index]
            self._on_hits(RuleHits(episodes.judge.rule, tape, candidates.row[index], last, measures))

    def _standing(self, station: Station, judge: Judge, candidates: Candidates, index: IntArray) -> IntArray:
        """Return the hits that begin after what earlier ones of their key used up."""
        rows = candidates.row[index]
        uses = candidates.uses if candidates.uses is not None else candidates.last
        until = rows if uses is None else uses[index]
        used = self._used.setdefault((judge.rule.id, station.number), {})
        standing = []
        keys = station.key.array[rows]
        for place, (key, row, end) in enumerate(zip(keys.tolist(), rows.tolist(), until.tolist(), strict=True)):
            if row > used.get(key, -1):
                used[key] = end
                standing.append(place)
        head = self.tape.head
        if len(used) > 1 << 16:
            self._used[judge.rule.id, station.number] = {key: end for key, end in used.items() if end >= head}
        chosen: IntArray = index[np.array(standing, dtype=np.int64)]
        return chosen
