"""The engine: events go onto the tape, detectors measure what can be decided, rules judge, episodes close.

What comes out depends on the tape alone, not on how the events were cut into batches.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.deals import DealDetector
from surveillance.detecting.detector import Detector
from surveillance.detecting.timed import TimedDetector
from surveillance.detecting.window import WindowDetector
from surveillance.engine.baselines import Baselines
from surveillance.engine.binding import Binding, bind
from surveillance.engine.episodes import Episode, Episodes
from surveillance.engine.station import Plant, Station
from surveillance.engine.trail import salt_of
from surveillance.events.batch import EventBatch
from surveillance.events.conversion import Exchange
from surveillance.events.dictionary import Dictionaries
from surveillance.events.rates import Rates
from surveillance.events.schema import NULL, Kind
from surveillance.rules import Rulebook
from surveillance.tape.deals import DealLog
from surveillance.tape.large import COLUMNS as LARGE_COLUMNS
from surveillance.tape.live_orders import LiveOrders
from surveillance.tape.order import END
from surveillance.tape.sessions import Sessions
from surveillance.tape.spans import Threads
from surveillance.tape.tape import BASELINE_FIELDS, BOOK_FIELDS, Tape
from surveillance.tape.ticks import Ticks

SHOWN: Final = (
    "side", "price", "quantity", "notional", "base_notional", "currency", "instrument", "asset_class", "venue",
    "notional_basis", "account", "beneficial_owner", "linked_owner", "trader", "desk", "counterparty", "trading_day",
)  # fmt: skip
"""Columns that findings show, whatever the detectors read."""

_SESSION_COLUMNS: Final = {"mark", "venue", "trading_day", "session"}
_BOOK_COLUMNS: Final = {"instrument", "venue", "side", "price", "quantity", "time_in_force"}
_MARK_COLUMNS: Final = {"calendar", "venue", "instrument"}
_SPANNED: Final = {"side", "quantity"}
_FORGET_EVERY: Final = 1 << 16
_FEW_KEYS: Final = 1 << 17


class Engine:
    """One tape and the rules that run over it.

    Parameters
    ----------
    book : Rulebook
        The rules.
    detectors : mapping of str to type
        Detector classes by id.
    dictionaries : Dictionaries
        Texts of the events' codes.
    sources : sequence of str
        Names of the sources by ordinal.
    skip : frozenset of str
        Rules that are not to run.
    fields : frozenset of str
        Columns that the feeds can fill; what findings show beyond the detectors' needs is kept if it is among them.
    rates : Rates or None
        Exchange rates into the base currency, for money that corrections change.
    rates : Rates or None
        Exchange rates into the base currency, for money that corrections change.
    reserve : bool
        Whether the tape lives in reserved address space.
    """

    def __init__(
        self,
        book: Rulebook,
        detectors: Mapping[str, type[Detector]],
        dictionaries: Dictionaries,
        sources: Sequence[str],
        *,
        skip: frozenset[str] = frozenset(),
        fields: frozenset[str] = frozenset(SHOWN),
        rates: Rates | None = None,
        reserve: bool = True,
    ) -> None:
        self.bindings = bind(book, detectors, dictionaries.terms, skip)
        self.tape = Tape(self.columns(self.bindings, fields), dictionaries, reserve=reserve)
        Sessions(self.tape)
        self.plant = Plant(self.tape, Exchange(dictionaries["currency"], book.base_currency, rates))
        self.plant.salts = {ordinal: salt_of(name) for ordinal, name in enumerate(sources)}
        if any(isinstance(binding.detector, DealDetector) for binding in self.bindings):
            self.plant.deals = DealLog(self.tape, self.plant.revisions)
        sized = any(binding.detector.large_from() for binding in self.bindings)  # cancellations may leave out how much
        self.orders = LiveOrders(self.tape) if self.tape.extra or sized else None
        self._thread()
        self.stations = [Station(self.plant, binding, number) for number, binding in enumerate(self.bindings)]
        self._ticks = [station.anchors for station in self.stations if isinstance(station.anchors, Ticks)]
        self._looks_back = max((station.detector.look_back() for station in self.stations), default=0)
        gaps = [episodes.gap for station in self.stations for episodes in station.episodes]
        self._keys_live = max(gaps, default=0) + self._looks_back
        self._milestones: deque[tuple[int, int]] = deque()
        self._forgotten = self._keys_freed = 0
        self.kinds_seen: dict[Kind, int] = dict.fromkeys(Kind, 0)
        self.first_seen: dict[Kind, int] = {}
        """Time of the first event of each kind that came, ns."""
        self.last_time = NULL
        self.faults: dict[str, str] = {}
        self.blind_since: dict[str, int] = {}
        """Time of the first event that a rule could not judge because of its fault, ns."""
        self.baselines: Baselines | None = None
        """Says what is usual, and learns it."""
        self.watch: Callable[[Station, Candidates], None] | None = None
        """Called with what each station measured, after it was judged."""

    @staticmethod
    def columns(bindings: Sequence[Binding], fields: frozenset[str]) -> set[str]:
        """Return the columns that the tape of these bindings needs."""
        read = {column for binding in bindings for column in (*binding.detector.reads, *binding.extra_key)}
        if any(binding.classes is not None for binding in bindings):
            read.add("asset_class")
        if read & set(BOOK_FIELDS):
            read |= _BOOK_COLUMNS
        if any(binding.detector.large_from() for binding in bindings):
            read |= set(LARGE_COLUMNS)
        if "session" in read:
            read |= _SESSION_COLUMNS
        if "mark" in read or any(isinstance(binding.detector, TimedDetector) for binding in bindings):
            read |= {"mark", *_MARK_COLUMNS}
        return read | (set(SHOWN) & fields)

    def _thread(self) -> None:
        """Make one set of threads for each key about which spans are asked."""
        kinds: dict[tuple[str, ...], dict[Kind, None]] = {}
        for binding in self.bindings:
            if not isinstance(binding.detector, WindowDetector) and binding.detector.reads >= _SPANNED:
                key = (*binding.detector.anchors.key, *binding.extra_key)
                kinds.setdefault(key, {}).update(dict.fromkeys(binding.detector.needs.kinds))
        for key, wanted in kinds.items():
            column = self.plant.keys.column(key)
            self.plant.threads[key] = Threads(self.tape, self.plant.revisions, column, tuple(wanted))

    def push(self, batch: EventBatch | None, watermark: int) -> list[Episode]:
        """Take events in order and move the watermark.

        Parameters
        ----------
        batch : EventBatch or None
            Events in the one order, none before those already taken.
        watermark : int
            All events before it have been given, ns.

        Returns
        -------
        list of Episode
            Findings that are complete now.
        """
        low = high = self.tape.end
        if batch is not None and len(batch):
            followed = self._with_baselines(batch if self.orders is None else self.orders.prepare(batch))
            low, high = self.tape.append(self.plant.revisions.prepare(followed), watermark)
            self.last_time = int(self.tape["time"][high - 1])
            self._count_kinds(low, high)
        else:
            self.tape.watermark = max(self.tape.watermark, watermark)
        if self.plant.deals is not None:
            self.plant.deals.begin_step()
        for threads in self.plant.threads.values():
            threads.advance(low, high)
        self.plant.windows.advance(low, high)
        self.plant.large.advance(low, high)
        for ticks in self._ticks:
            ticks.advance()
        closed: list[Episode] = []
        for station in self.stations:
            station.count_unknown()
            self._judge(station)
            decided = station.decided_time()
            for episodes in station.episodes:
                closed += episodes.close(decided)
        for episode in closed:
            episode.evidence.settle(self.tape)
        self._give_back()
        return closed

    def _with_baselines(self, batch: EventBatch) -> EventBatch:
        """Return a batch with what is usual of its rows; while too little is known, who asks for it does not run."""
        if self.baselines is None:
            return batch
        told = self.baselines.prepare(batch)
        if not self.baselines.is_warm:
            for station in self.stations:
                station.quarantined |= not station.reads.isdisjoint(BASELINE_FIELDS)
        return told

    def _count_kinds(self, low: int, high: int) -> None:
        kinds = self.tape["kind"][low:high]
        for number, count in enumerate(np.bincount(kinds, minlength=len(Kind) + 1)[1:], 1):
            kind = Kind(number)
            if count and not self.kinds_seen[kind]:
                self.first_seen[kind] = int(self.tape["time"][low + int(np.argmax(kinds == number))])
            self.kinds_seen[kind] += int(count)

    def _judge(self, station: Station) -> None:
        """Measure and judge what a station can decide; a detector that raises is quarantined, the others go on."""
        if station.quarantined:
            return
        try:
            candidates = station.measure()
            if candidates is not None and len(candidates.row):
                for episodes, hits in station.hits(candidates):
                    station.collect(episodes.take(hits, station.key.texts))
                if self.watch is not None:
                    self.watch(station, candidates)
        except Exception as error:  # noqa: BLE001 - a plugin can raise anything; its rules turn blind and say so
            station.quarantined = True
            place = traceback.extract_tb(error.__traceback__)[-1]
            why = f"detector {station.detector.id} {station.detector.version} raised {type(error).__name__}: {error}"
            self._blind(station, f"{why} ({Path(place.filename).name}, line {place.lineno})")
        if station.overflows:
            self._blind(station, "a window's sum did not fit 64 bits")

    def _blind(self, station: Station, why: str) -> None:
        """Note the first fault of a station's rules, and from when on they could not judge."""
        times = station.times
        since = int(times[0]) if len(times) else self.last_time
        for episodes in station.episodes:
            self.faults.setdefault(episodes.judge.rule.id, why)
            self.blind_since.setdefault(episodes.judge.rule.id, since)

    def values_not_known(self) -> dict[str, int]:
        """Return by rule how many events had a value that it wanted to add and that was null."""
        unknown: dict[str, int] = {}
        for station in self.stations:
            for episodes in station.episodes:
                rule = episodes.judge.rule.id
                nulls = station.values_not_known + episodes.judge.without_tick
                unknown[rule] = unknown.get(rule, 0) + nulls
        return unknown

    def nothing_begins_before(self) -> int:
        """Return the time before which no finding that is still to come begins, ns."""
        limit = END
        for station in self.stations:
            limit = min(limit, station.decided_time() - station.detector.look_back())
            for episodes in station.episodes:
                limit = min((limit, *(one.trail.first_time for one in episodes.open.values())))
        return limit

    def every_rule(self) -> Iterator[Episodes]:
        """Yield the episodes of every rule and set of parameters."""
        for station in self.stations:
            yield from station.episodes

    def finish(self) -> list[Episode]:
        """Say that nothing more comes: everything is decided and every episode closes."""
        return self.push(None, END)

    def _give_back(self) -> None:
        """Let go of what no window, span or open question can need any more."""
        tape = self.tape
        if tape.watermark == END or tape.end - self._forgotten < _FORGET_EVERY:
            return
        self._forgotten = tape.end
        needed = [(station, self._needed_by(station)) for station in self.stations]
        head = min((self.plant.windows.tails, *(row for _, row in needed)))
        for threads in self.plant.threads.values():
            threads.unlink(min(row for station, row in needed if station.threads is threads))
        self.plant.large.unlink(min((row for station, row in needed if station.large), default=head))
        self.plant.windows.give_back()
        for name in tape.told:
            tape.columns[name].give_back(min(station.reads_from(name, row) for station, row in needed))
        for episodes in self.every_rule():
            for episode in episodes.open.values():
                episode.evidence.settle(tape, head)
        tape.forget(head)
        if self.plant.deals is not None:
            self.plant.deals.give_back()
        self._milestones.append((tape.watermark, tape.end))
        if self.plant.keys.size > 2 * self._keys_freed + _FEW_KEYS:
            self._free_keys()
            self._keys_freed = self.plant.keys.size

    def _needed_by(self, station: Station) -> int:
        """Return the first row that a station may still read."""
        undecided = min(station.anchors.decided, self.tape.end - 1)
        time = int(self.tape["time"][undecided])
        return min(undecided, self.tape.first_row_at(time - station.detector.look_back()))

    def _free_keys(self) -> None:
        """Give up the codes of keys that no row, window or open finding has any more."""
        limit = min(station.decided_time() for station in self.stations) - self._keys_live if self.stations else NULL
        before = 0
        while self._milestones and self._milestones[0][0] < limit:
            before = self._milestones.popleft()[1]
        before = min(before, self.tape.head)
        if not before:
            return
        if self.orders is not None:
            self.orders.give_up(self.tape.watermark)
        freed = self.plant.keys.forget(before)
        self.plant.windows.forget(freed)
        for threads in self.plant.threads.values():
            threads.forget(freed)
        self.plant.large.forget(freed)
        for station in self.stations:
            for episodes in station.episodes:
                episodes.release(self.tape.head)
