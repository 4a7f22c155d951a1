"""One detector at work on a tape: its anchors, windows and threads, and the rules that judge it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.decided import Decided, Question
from surveillance.detecting.schedule import ScheduledDetector
from surveillance.detecting.window import WindowDetector
from surveillance.engine.binding import FIX_THE_CLASS, Binding
from surveillance.engine.episodes import Episode, Episodes, HitRows
from surveillance.engine.readers import readers
from surveillance.engine.trail import gather_rows
from surveillance.events.conversion import Exchange
from surveillance.tape.deals import DealLog
from surveillance.tape.key_columns import Keys
from surveillance.tape.large import LargeFlow
from surveillance.tape.revisions import Revisions
from surveillance.tape.rows import RowClass
from surveillance.tape.spans import Threads
from surveillance.tape.tape import Tape
from surveillance.tape.ticks import Ticks
from surveillance.tape.windows import Anchors, Windows

IntArray = NDArray[Any]


class Plant:
    """What all stations on a tape share.

    Parameters
    ----------
    tape : Tape
        The tape.
    exchange : Exchange or None
        Converts money that corrections change.
    """

    def __init__(self, tape: Tape, exchange: Exchange | None = None) -> None:
        self.tape = tape
        self.revisions = Revisions(tape, exchange)
        self.keys = Keys(tape)
        self.windows = Windows(tape, self.keys, self.revisions)
        self.threads: dict[tuple[str, ...], Threads] = {}
        self.large = LargeFlow(tape, self.windows, self.revisions)
        self.deals: DealLog | None = None
        self.salts: dict[int, int] = {}


class Station:
    """One binding on a plant.

    Parameters
    ----------
    plant : Plant
        Tape, keys, windows and threads.
    binding : Binding
        Detector and rules.
    number : int
        Number of the station: keeps the cursors of its spans apart from those of others.
    """

    def __init__(self, plant: Plant, binding: Binding, number: int) -> None:
        self.plant, self.detector, self.number = plant, binding.detector, number
        self.episodes: list[Episodes] = binding.episodes
        self.extra_key, self.classes = binding.extra_key, binding.classes
        self.horizon = self.detector.horizon()
        rows = self._keyed(self.detector.anchors)
        self.mask = sum(1 << int(kind) for kind in set(self.detector.needs.kinds))
        self.anchors: Anchors | Ticks
        if isinstance(self.detector, ScheduledDetector):
            self.anchors = Ticks(plant.tape, plant.windows.anchors(rows, 0), self.detector.schedule)
        else:
            self.anchors = plant.windows.anchors(rows, self.horizon)
        self.key = self.anchors.key
        self.reads = frozenset(self.detector.reads)
        self._partition = self.detector.window.partition if isinstance(self.detector, WindowDetector) else ()
        asks_windows = isinstance(self.detector, WindowDetector)
        self.threads = None if asks_windows else plant.threads.get(rows.key)
        large = self.detector.large_from()
        self.large = None if large is None else plant.large.request(large, self.key)
        self._handles = {
            name: plant.windows.request(replace(one, rows=self._keyed(one.rows)), window, self.anchors)
            for name, (one, window) in self.detector.windows().items()
            if isinstance(self.anchors, Anchors)
        }
        self._aggregated = {one.field for one, _ in self.detector.windows().values()}
        self._readers = readers(self._handles, self.detector.derived())
        self._groups = list({id(one.group): one.group for one in self._handles.values()}.values())
        self.values_not_known = 0
        self._slots = np.zeros(64, dtype=np.int32)
        self.quarantined = False

    @property
    def overflows(self) -> int:
        """Sums of its windows that did not fit 64 bits."""
        return sum(group.overflows for group in self._groups)

    def count_unknown(self) -> None:
        """Count the rows of this step of which a value that its windows would have added is null."""
        unknown = [group.unknown for group in self._groups if len(group.unknown)]
        if unknown:
            self.values_not_known += len(unknown[0] if len(unknown) == 1 else np.unique(np.concatenate(unknown)))

    def _keyed(self, rows: RowClass) -> RowClass:
        key = (*rows.key, *self.extra_key)
        return replace(rows, key=key, classes=self.classes if FIX_THE_CLASS.intersection(key) else None)

    @property
    def times(self) -> IntArray:
        """Times at which the detector is asked in this step, ns."""
        anchors = self.anchors
        return self.plant.tape["time"][anchors.rows] if isinstance(anchors, Anchors) else anchors.times

    def measure(self) -> Candidates | None:
        """Ask the detector about the rows that can now be decided."""
        anchors = self.anchors
        if not len(anchors.rows):
            return None
        question = Question(
            self.plant.tape, self.plant.revisions, self.threads, self.reads, self.horizon,
            asked=self.number * 1000, large=self.large, deals=self.plant.deals, keys=self.key.array,
        )  # fmt: skip
        at = Decided(anchors.rows, self.times, self.key.array[anchors.rows], question, self._readers)
        measured = self.detector.measure(at)
        if isinstance(measured, Candidates):
            return measured
        return Candidates(anchors.rows, measured)

    def hits(self, candidates: Candidates) -> list[tuple[Episodes, HitRows]]:
        """Judge candidates by every rule."""
        tape = self.plant.tape
        terms = tape["terms"][candidates.row]
        found = []
        for episodes in self.episodes:
            hits = episodes.judge.hits(candidates, terms)
            episodes.near.take(candidates, terms, self.key.array, tape["time"], self.key.texts)
            if hits is None:
                continue
            index = hits.index
            row = candidates.row[index]
            first, last = self._extent(candidates, index, row)
            found.append(
                (
                    episodes,
                    HitRows(
                        key=self.key.array[row],
                        row=row,
                        time=tape["time"][row],
                        part=self._parts[row] if self._partition else np.zeros(len(row), dtype=np.int32),
                        first=first,
                        last=last,
                        uses=last if candidates.uses is None else candidates.uses[index],
                        held=tape["time"][last],
                        terms=terms[index],
                        strength=hits.strength,
                        measures={name: values[index] for name, values in candidates.measures.items()},
                        rows=None if candidates.rows is None else [candidates.rows[place] for place in index],
                    ),
                )
            )
        return found

    @property
    def _window(self) -> int:
        """How long before its anchor the events of a hit may lie, ns: what is usual is no part of the evidence."""
        if isinstance(self.detector, WindowDetector) and self.detector.window.anchor == "end":
            return self.detector.window.length
        return self.detector.look_back()

    def _extent(self, candidates: Candidates, index: IntArray, row: IntArray) -> tuple[IntArray, IntArray]:
        """Return the rows between which the events of each hit lie; the detector's window where it does not say."""
        tape = self.plant.tape
        time = tape["time"]
        if candidates.first is not None:
            first = candidates.first[index]
        elif not self._window:
            first = row
        else:
            low = tape.head
            first = low + np.searchsorted(time[low : tape.end], time[row] - self._window, side="left")
        if candidates.last is not None:
            last = candidates.last[index]
        elif self.horizon:
            low = int(row.min())
            last = low + np.searchsorted(time[low : tape.end], time[row] + self.horizon, side="right") - 1
            if self._partition:
                last = self._inside(row, last)
        else:
            last = row
        return first, last

    @property
    def _parts(self) -> NDArray[np.int32]:
        """The session or day of each row of the tape, where windows stay inside one; else any column."""
        parts: NDArray[np.int32] = self.plant.tape[self._partition[0]] if self._partition else self.key.array
        return parts

    def _inside(self, row: IntArray, last: IntArray) -> IntArray:
        """Move the last row of each window back to one of the session or day that its anchor is of."""
        parts = self._parts
        inside: IntArray = last.copy()
        for place in np.flatnonzero(parts[last] != parts[row]):
            low, high = int(row[place]), int(last[place])
            inside[place] = low + np.flatnonzero(parts[low:high] == parts[low])[-1]
        return inside

    def collect(self, touched: list[Episode]) -> None:
        """Copy the events of the episodes that this step opened or extended."""
        tape = self.plant.tape
        for episode in touched:
            self._collect_rows(episode)
        self._slots = self._slots if len(self._slots) >= self.key.size else np.zeros(2 * self.key.size, dtype=np.int32)
        for round_of in _one_of_each_key(touched):
            wanted = np.array([span for _, span in round_of], dtype=np.int64)
            first, last = np.ascontiguousarray(wanted[:, 0]), np.ascontiguousarray(wanted[:, 1])
            codes = np.array([episode.key for episode, _ in round_of])
            self._slots[codes] = np.arange(1, len(codes) + 1)
            low, high = int(first.min()), int(last.max()) + 1
            rows, owners = self._gather(low, high, first, last)
            self._slots[codes] = 0
            order = np.argsort(owners, kind="stable")
            bounds = np.searchsorted(owners[order], np.arange(len(round_of) + 1))
            for place, (episode, (begin, end)) in enumerate(round_of):
                mine = rows[order[bounds[place] : bounds[place + 1]]]
                episode.trail.extend(tape, mine, self.plant.salts)
                episode.evidence.extend(tape, mine)
                if "instrument" in episode.names:
                    instrument = tape.dictionaries["instrument"].find(episode.names["instrument"])
                    episode.evidence.prices.extend(tape, instrument, begin, end)

    def _collect_rows(self, episode: Episode) -> None:
        """Copy the events of an episode whose hits say them row by row; those before its last event come too late."""
        tape = self.plant.tape
        for wanted in episode.wants_rows:
            mine = wanted[wanted > episode.trail.last_row]
            episode.trail.extend(tape, mine, self.plant.salts)
            episode.evidence.extend(tape, mine, of=episode.names)
            if len(mine) and "instrument" in episode.names:
                instrument = tape.dictionaries["instrument"].find(episode.names["instrument"])
                episode.evidence.prices.extend(tape, instrument, int(mine[0]), int(mine[-1]))
        episode.wants_rows.clear()

    def _gather(self, low: int, high: int, first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
        tape = self.plant.tape
        room = 1 << 12
        while True:
            rows, owners = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
            found = gather_rows(
                low, high, self.key.array, tape["kind"], self.mask, self._parts, bool(self._partition), self._slots,
                first, last, rows, owners,
            )  # fmt: skip
            if found <= room:
                return rows[:found], owners[:found]
            room = found

    def reads_from(self, name: str, needed: int) -> int:
        """Return the first row of which the detector may still read a column, `needed` being the first of any.

        A window detector reads the columns that it does not aggregate at its anchors alone.
        """
        if name not in self.reads:
            return self.plant.tape.end
        if isinstance(self.detector, WindowDetector) and name not in self._aggregated:
            return self.anchors.decided
        return needed

    def decided_time(self) -> int:
        """All anchors with a time before this have been decided, ns."""
        if isinstance(self.anchors, Ticks):
            return self.anchors.decided_time
        return self.plant.tape.watermark - self.horizon


def _one_of_each_key(touched: list[Episode]) -> list[list[tuple[Episode, tuple[int, int]]]]:
    """Split what episodes want so that no two of a round have the same key; what a key wants later comes later."""
    rounds: list[list[tuple[Episode, tuple[int, int]]]] = []
    depth: dict[int, int] = {}
    for episode in touched:
        for span in episode.wants:
            level = depth.get(episode.key, 0)
            depth[episode.key] = level + 1
            if level == len(rounds):
                rounds.append([])
            rounds[level].append((episode, span))
        episode.wants.clear()
    return rounds
