"""Hits as they are decided, for those who write something else than findings from them.

A hit is a candidate that met every condition of a rule. Where the rule consumes, hits that begin among rows already
used up are left out. No episode is formed, nothing is scored and no event is copied: the hits of a step are handed on
while their rows are on the tape. The events are of one asset class and scale, so that a rule is a detector and a few
bounds; hence nothing of what reads rules is needed here, and a small run starts quickly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.decided import Decided, Question
from surveillance.detecting.detector import Detector
from surveillance.detecting.window import WindowDetector
from surveillance.engine.readers import readers
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.tape.key_columns import Keys
from surveillance.tape.order import END
from surveillance.tape.revisions import Revisions
from surveillance.tape.spans import Threads
from surveillance.tape.tape import Tape
from surveillance.tape.windows import Windows

IntArray = NDArray[Any]
_FEW_KEYS: Final = 1 << 14
"""New keys after which those that nobody can need any more are given up."""
_PARTS: Final = 8
"""Parts in which the last rows are decided: all at once they would need more memory than any step before."""


@dataclass(frozen=True, slots=True)
class HitRule:
    """A rule over events of one asset class and scale.

    Parameters
    ----------
    id : str
        Of the rule.
    detector : Detector
        Bound to the rule's parameters.
    bounds : mapping of str to (int, int)
        Least and greatest value of measures, both included.
    consume : bool
        Whether a hit uses up its rows.
    """

    id: str
    detector: Detector
    bounds: Mapping[str, tuple[int, int]]
    consume: bool = False


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits of one rule in one step, ascending by anchor.

    Parameters
    ----------
    rule : HitRule
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

    rule: HitRule
    tape: Tape
    row: IntArray
    last: IntArray | None
    measures: Mapping[str, IntArray]


class HitRun:
    """A tape and the rules that run over it.

    Parameters
    ----------
    rules : sequence of HitRule
        The rules.
    dictionaries : Dictionaries
        Texts of the events' codes.
    on_hits : callable
        Takes the `Hits` of each rule and step.
    """

    def __init__(self, rules: Sequence[HitRule], dictionaries: Dictionaries, on_hits: Callable[[Hits], None]) -> None:
        self._on_hits = on_hits
        self.tape = Tape({column for rule in rules for column in rule.detector.reads}, dictionaries)
        self.revisions = Revisions(self.tape)
        self.keys = Keys(self.tape)
        self.windows = Windows(self.tape, self.keys, self.revisions)
        self.threads: dict[tuple[str, ...], Threads] = {}
        for key, kinds in _spanned(rules).items():
            self.threads[key] = Threads(self.tape, self.revisions, self.keys.column(key), tuple(kinds))
        self._stations = [_Station(self, rule, number) for number, rule in enumerate(rules)]
        self._horizon = max((rule.detector.horizon() for rule in rules), default=0)
        self._milestones: deque[tuple[int, int]] = deque()
        self._keys_freed = 0

    def push(self, batch: EventBatch | None, watermark: int) -> None:
        """Take events in order and move the watermark: all events before it have been given, ns."""
        tape = self.tape
        low = high = tape.end
        if batch is not None and len(batch):
            low, high = tape.append(self.revisions.prepare(batch), watermark)
        else:
            tape.watermark = max(tape.watermark, watermark)
        for threads in self.threads.values():
            threads.advance(low, high)
        self.windows.advance(low, high)
        for station in self._stations:
            hits = station.hits(tape)
            if hits is not None:
                self._on_hits(hits)
        if tape.watermark != END:
            self._give_back()

    def finish(self) -> None:
        """Say that nothing more comes: everything is decided, a part of what waits at a time."""
        newest, horizon = self.tape.watermark, self._horizon
        if self.tape.end:
            for part in range(1, _PARTS):
                self.push(None, newest + horizon * part // _PARTS)
        self.push(None, END)

    @property
    def overflows(self) -> int:
        """Sums of windows that did not fit 64 bits: hits since then cannot be trusted."""
        return self.windows.overflows

    def _give_back(self) -> None:
        """Let go of what no window and no open question can need any more."""
        tape = self.tape
        head = min((self.windows.tails, *(station.first_needed(tape) for station in self._stations)))
        for threads in self.threads.values():
            threads.unlink(head)
        tape.forget(head)
        self._milestones.append((tape.watermark, tape.end))
        if self.keys.size <= self._keys_freed + _FEW_KEYS:
            return
        limit = tape.watermark - self._horizon
        before = 0
        while self._milestones and self._milestones[0][0] < limit:
            before = self._milestones.popleft()[1]
        freed = self.keys.forget(min(before, tape.head))
        self.windows.forget(freed)
        for threads in self.threads.values():
            threads.forget(freed)
        for station in self._stations:
            station.forget(tape.head)
        self._keys_freed = self.keys.size


class _Station:
    """One rule at work."""

    def __init__(self, run: HitRun, rule: HitRule, number: int) -> None:
        self.rule, self._number, self._revisions = rule, number, run.revisions
        detector = rule.detector
        self._anchors = run.windows.anchors(detector.anchors, detector.horizon())
        self._threads = None if isinstance(detector, WindowDetector) else run.threads.get(detector.anchors.key)
        self._reads = frozenset(detector.reads)
        handles = {
            name: run.windows.request(one, window, self._anchors) for name, (one, window) in detector.windows().items()
        }
        self._readers = readers(handles, detector.derived())
        self._used: dict[int, int] = {}

    def hits(self, tape: Tape) -> Hits | None:
        """Measure what can be decided now, and judge it."""
        rows = self._anchors.rows
        if not len(rows):
            return None
        detector = self.rule.detector
        question = Question(
            tape, self._revisions, self._threads, self._reads, detector.horizon(), asked=self._number * 1000
        )
        key = self._anchors.key.array
        found = detector.measure(Decided(rows, tape["time"][rows], key[rows], question, self._readers))
        candidates = found if isinstance(found, Candidates) else Candidates(rows, found)
        index = self._meeting(candidates)
        if self.rule.consume:
            index = self._standing(candidates, key, index)
        if not len(index):
            return None
        measures = {name: values[index] for name, values in candidates.measures.items()}
        last = None if candidates.last is None else candidates.last[index]
        return Hits(self.rule, tape, candidates.row[index], last, measures)

    def _meeting(self, candidates: Candidates) -> IntArray:
        """Return the candidates that are within all bounds."""
        index: IntArray = np.arange(len(candidates.row))
        for name, (low, high) in self.rule.bounds.items():
            values = candidates.measures[name]
            values = values if len(index) == len(values) else values[index]
            index = index[(values >= low) & (values <= high)]
        return index

    def _standing(self, candidates: Candidates, key: IntArray, index: IntArray) -> IntArray:
        """Return the hits that begin after what earlier ones of their key used up."""
        rows = candidates.row[index]
        uses = candidates.uses if candidates.uses is not None else candidates.last
        until = rows if uses is None else uses[index]
        standing = []
        for place, (code, row, end) in enumerate(zip(key[rows].tolist(), rows.tolist(), until.tolist(), strict=True)):
            if row > self._used.get(code, -1):
                self._used[code] = end
                standing.append(place)
        return index[np.array(standing, dtype=np.int64)]

    def first_needed(self, tape: Tape) -> int:
        """Return the first row that may still be read."""
        decided = self._anchors.decided
        if isinstance(self.rule.detector, WindowDetector):
            return decided  # what its windows hold is known to them
        if decided >= tape.end:
            return tape.end
        return min(decided, tape.first_row_at(int(tape["time"][decided]) - self.rule.detector.look_back()))

    def forget(self, head: int) -> None:
        """Forget what was used up among rows that are gone."""
        self._used = {code: row for code, row in self._used.items() if row >= head}


def _spanned(rules: Sequence[HitRule]) -> dict[tuple[str, ...], dict[Any, None]]:
    """Return the kinds of rows of which spans are asked, by key."""
    kinds: dict[tuple[str, ...], dict[Any, None]] = {}
    for rule in rules:
        if not isinstance(rule.detector, WindowDetector):
            kinds.setdefault(rule.detector.anchors.key, {}).update(dict.fromkeys(rule.detector.needs.kinds))
    return kinds
