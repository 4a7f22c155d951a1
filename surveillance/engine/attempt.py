"""One pass over the sources: batches in the one order, judged, and what comes of it written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from surveillance.alerts.recording import Recorder
from surveillance.alerts.values import iso_time
from surveillance.engine import health, record
from surveillance.engine.baselines import Baselines
from surveillance.engine.binding import bind
from surveillance.engine.engine import SHOWN, Engine
from surveillance.engine.episodes import Episode
from surveillance.engine.facts import SHOWN_IDS
from surveillance.engine.marks import SOURCE, CalendarMarks
from surveillance.engine.outcome import Outcome
from surveillance.engine.setup import Setup
from surveillance.engine.withholding import bare_fault, bare_reject
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL
from surveillance.events.tally import currencies_record, unknown_record
from surveillance.feeds.ahead import ReadAhead
from surveillance.feeds.content import Stored
from surveillance.feeds.repeats import Repeats
from surveillance.feeds.sorting import sort_on_disk
from surveillance.feeds.source import Source, open_sources
from surveillance.rules import Rulebook
from surveillance.rules.rulebook import SEVERITIES
from surveillance.sinks.ndjson import NdjsonFile
from surveillance.tape.baseline_columns import READ
from surveillance.tape.live_orders import LiveOrders
from surveillance.tape.order import END, ReorderBuffer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: events judged, bytes read, bytes in all."""

    events: int
    bytes_read: int
    bytes_total: int


def completed(make: Callable[[set[str]], Attempt]) -> Attempt:
    """Make passes until one is through: each sorts the sources that the ones before found not to be in time order."""
    unsorted: set[str] = set()
    while True:
        attempt = make(unsorted)
        late = attempt.run()
        if not late:
            return attempt
        unsorted |= late


class Attempt:
    """One pass over the sources; a source that turns out not to be in time order makes another one necessary.

    Parameters
    ----------
    setup : Setup
        What the run is made from; its rulebook has all rules that are judged.
    files : sequence of Stored
        What is read.
    out : Path
        Folder of rejects.ndjson, and of what is sorted on disk.
    books : sequence of (Path, Rulebook)
        Rulebooks that have an outcome of their own, with its folder.
    unsorted : set of str
        Sources that are sorted first.
    on_progress : callable or None
        Called after each block.
    detected_at : str
        When the run began, ISO 8601.
    """

    def __init__(
        self,
        setup: Setup,
        files: Sequence[Stored],
        out: Path,
        books: Sequence[tuple[Path, Rulebook]],
        unsorted: set[str],
        on_progress: Callable[[Progress], None] | None,
        detected_at: str,
    ) -> None:
        self._setup, self._out, self._unsorted, self._on_progress = setup, out, unsorted, on_progress
        self._rejects = NdjsonFile(out / "rejects.ndjson")
        self._files: list[NdjsonFile | Recorder] = [self._rejects]
        self._scratch: list[Path] = []
        self._ahead = ReadAhead()
        self._dictionaries = dictionaries = Dictionaries(None if setup.privacy is None else setup.privacy.of)
        classes = setup.classes
        try:
            wanted = Engine.columns(bind(setup.book, classes, dictionaries.terms, frozenset()), frozenset(SHOWN))
            wanted |= set() if setup.baselines is None else set(READ)
            self.sources = open_sources(
                files,
                setup.profile,
                dictionaries=dictionaries,
                on_reject=self._reject,
                reference=setup.reference,
                base_currency=setup.book.base_currency,
                rates=setup.rates,
                fields=wanted | set(SHOWN_IDS),
            )
        except BaseException:
            self._discard()
            raise
        fields = frozenset().union(*(source.fields_present for source in self.sources))
        calendars = self.sources[0].calendars
        self._marks = None if calendars is None else CalendarMarks(calendars, dictionaries, len(self.sources))
        fields |= set() if calendars is None else {"mark"}
        usual = setup.baselines is not None
        self._fields, self._states = fields, health.before(setup.book, classes, fields, usual=usual)
        armed = replace(setup.book, rules=tuple(health.armed(setup.book, classes, fields, usual=usual)))
        names = [*(source.name for source in self.sources), SOURCE]
        self.engine = Engine(armed, classes, dictionaries, names, fields=fields & frozenset(SHOWN), rates=setup.rates)
        if setup.baselines is not None:
            asked = frozenset(self.engine.tape.columns)
            self.engine.baselines = Baselines(setup.baselines, dictionaries, asked, learn=setup.learn)
            if self.engine.orders is None:  # rows that say only their order's id take the rest from it
                self.engine.orders = LiveOrders(self.engine.tape)
        self.outcomes = [Outcome(folder, book, setup, self.engine, names, detected_at) for folder, book in books]
        self._files += [file for outcome in self.outcomes for file in outcome.files]
        self._first = self._last = NULL

    def _reject(self, reject: dict[str, Any]) -> None:
        self._rejects.write(reject if self._setup.privacy is None else bare_reject(reject))

    def run(self) -> set[str]:
        """Judge all events; return the names of the sources that have to be sorted first, if any."""
        try:
            late = self._judge_all()
            if late:
                self._discard()
                return late
            for file in self._files:
                file.commit()
            if self.engine.baselines is not None:
                self.engine.baselines.commit()
        except BaseException:
            self._discard()
            for source in self.sources:
                source.stop()
            raise
        finally:
            self._ahead.close()
            for folder in self._scratch:
                shutil.rmtree(folder, ignore_errors=True)
        return set()

    def _judge_all(self) -> set[str]:
        buffer = ReorderBuffer(len(self.sources), in_order=not self._unsorted)
        streams = [self._batches(source) for source in self.sources]
        left = set(range(len(streams)))
        repeats = Repeats(self._setup.profile.repeated_within) if self._setup.profile.identity else None
        while left:
            ordinal = buffer.most_behind()
            batch = next(streams[ordinal], None)
            if batch is None:
                buffer.finish(ordinal)
                left.discard(ordinal)
            else:
                buffer.add(batch, ordinal)
                if buffer.late_count:
                    return {self.sources[ordinal].name}
            released = buffer.release()
            if released is not None and repeats is not None:
                released = repeats.drop(released)
            if released is not None and len(released):
                times = released.columns["time"]
                self._first = int(times[0]) if self._first == NULL else self._first
                self._last = int(times[-1])
                self._push(released, buffer.watermark)
            self._report()
        for ordinal, rows in repeats.by_source.items() if repeats is not None else ():
            self.sources[ordinal].counts.repeat(rows)
        self._push(None, END)
        self._write(self.engine.finish())
        return set()

    def _push(self, events: EventBatch | None, watermark: int) -> None:
        if self._marks is not None:
            events = self._marks.among(events, watermark)
        if events is not None:
            newest = int(events.columns["time"][-1])
            began = self.engine.last_time != NULL
            closed = self.engine.push(events, newest if watermark == END else watermark)
            if self.engine.baselines is not None and not began:
                for outcome in self.outcomes:
                    outcome.rests_on(self.engine.baselines.snapshot.digest)
            self._write(closed)

    @property
    def _cold(self) -> str:
        """Why nobody knows what is usual; empty where it is known."""
        baselines = self.engine.baselines
        return "" if baselines is None or baselines.is_warm else baselines.why_cold

    def _batches(self, source: Source) -> Iterator[Any]:
        if source.name not in self._unsorted:
            return source.batches(self._ahead)
        folder = Path(tempfile.mkdtemp(prefix=".sorting-", dir=self._out))
        self._scratch.append(folder)
        return sort_on_disk(source.batches(self._ahead), folder)

    def _write(self, closed: list[Episode]) -> None:
        for outcome in self.outcomes:
            outcome.take(closed)

    def _report(self) -> None:
        if self._on_progress is not None:
            done = [source.progress() for source in self.sources]
            read, total = sum(one for one, _ in done), sum(size for _, size in done)
            self._on_progress(Progress(self.engine.tape.end, read, total))

    def _discard(self) -> None:
        for file in self._files:
            file.discard()

    def record(self, started: int, timings: dict[str, float]) -> dict[str, Any]:
        """Return the content of run.json, of a pass with one outcome."""
        setup, engine = self._setup, self.engine
        (outcome,) = self.outcomes
        classes = setup.classes
        faults = engine.faults
        if setup.privacy is not None:
            faults = {rule: bare_fault(why) for rule, why in faults.items()}
        states = {
            rule.id: health.after(
                rule, self._states[rule.id], classes[rule.detector], engine.kinds_seen, faults, self._fields, self._cold
            )
            for rule in setup.book.rules
        }
        counts = record.counts_of(self.sources, 0)
        tallies = [source.tally for source in self.sources]
        return {
            "format": 1,
            "started": iso_time(started),
            "rulebook": {
                "name": setup.book.name,
                "version": setup.book.version,
                "digest": setup.book.digest,
            },
            "feed": {"name": setup.profile.name, "digest": setup.profile.digest},
            "reference": None if setup.reference is None else record.reference_record(setup.reference),
            "rates": None if setup.rates is None else record.rates_record(setup.rates),
            "calendars": None if self._marks is None else self._marks.record(),
            "baselines": None if engine.baselines is None else engine.baselines.record(),
            "privacy": None if setup.privacy is None else {"ids": "pseudonyms", "key": setup.privacy.fingerprint},
            "sources": [record.source_record(source) for source in self.sources],
            "sorted_on_disk": sorted(self._unsorted),
            "counts": counts,
            "kinds": record.kinds_record(engine.kinds_seen, 0 if self._marks is None else self._marks.count),
            "currencies": currencies_record(tallies, self._dictionaries, setup.book.base_currency),
            "unknown": unknown_record(tallies, self._dictionaries),
            "revisions_without_a_trade": engine.plant.revisions.unmatched,
            "time": record.span_of(self._first, self._last),
            "rules": record.rules_record(setup.book, states, outcome.found, engine.values_not_known()),
            "findings": record.findings_record(outcome.severities, SEVERITIES),
            "alerts": outcome.alerting.recorder.record(),
            "suppressions": outcome.suppressing.record(self._last),
            "timings": {**timings, "events_per_s": round(counts["events"] / max(timings["detect_s"], 0.001))},
            "peak_memory_bytes": record.peak_memory(),
            "environment": record.environment(setup.plugins.values()),
        }
