"""One run: files in, findings out, and a record of what happened."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from surveillance.alerts.recording import ALERTS, Recorder
from surveillance.alerts.values import iso_time
from surveillance.bundle import rules_folder
from surveillance.detecting.candidates import Candidates
from surveillance.detecting.plugins import Loaded, load_plugins
from surveillance.engine import health, record
from surveillance.engine.alerting import Alerting, lineage_of
from surveillance.engine.binding import bind
from surveillance.engine.engine import SHOWN, Engine
from surveillance.engine.episodes import Episode
from surveillance.engine.findings import Writer
from surveillance.engine.marks import SOURCE, CalendarMarks
from surveillance.engine.station import Station
from surveillance.engine.suppressing import OnHidden, Suppressing
from surveillance.engine.trail import SHOWN_IDS
from surveillance.engine.withholding import bare_fault, bare_reject, veiled, withholding
from surveillance.errors import InputError, Location, Problem, RulesError
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import Profile, load_profile
from surveillance.events.rates import Rates, read_rates
from surveillance.events.reference import Reference, read_reference
from surveillance.events.schema import NULL
from surveillance.events.tally import currencies_record, unknown_record
from surveillance.feeds.ahead import ReadAhead
from surveillance.feeds.content import Stored
from surveillance.feeds.gathering import gathered
from surveillance.feeds.repeats import Repeats
from surveillance.feeds.sorting import sort_on_disk
from surveillance.feeds.source import Source, open_sources
from surveillance.privacy import Pseudonyms, read_key
from surveillance.rules import Rulebook, load_head, load_rulebook
from surveillance.rules.rulebook import SEVERITIES
from surveillance.sinks.ndjson import NdjsonFile, write_json
from surveillance.tape.order import END, ReorderBuffer

_NOT_ARMED = 4

Watch = Callable[[Engine], Callable[[Station, Candidates], None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: events judged, bytes read, bytes in all."""

    events: int
    bytes_read: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run left behind.

    Parameters
    ----------
    run : dict
        Content of run.json.
    out : Path
        Folder of the files.
    """

    run: dict[str, Any]
    out: Path

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings of active rules, read from the file; those of rules in shadow alert nobody."""
        with (self.out / "findings.ndjson").open("rb") as lines:
            found = [msgspec.json.decode(line) for line in lines]
        return [finding for finding in found if finding["status"] == "active"]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """What they add up to, read from the file."""
        with (self.out / ALERTS).open("rb") as lines:
            return [msgspec.json.decode(line) for line in lines]

    @property
    def exit_status(self) -> int:
        """0, or 4 when a rule that should run was not armed."""
        states = (rule["state"] for rule in self.run["rules"])
        return _NOT_ARMED if any(state not in (health.ARMED, health.DISABLED) for state in states) else 0


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run is made from."""

    book: Rulebook
    plugins: dict[str, Loaded]
    profile: Profile
    reference: Reference | None
    rates: Rates | None
    privacy: Pseudonyms | None


def detect(
    sources: Sequence[Path],
    *,
    feed: str,
    rules: Path | None = None,
    reference: Path | None = None,
    rates: Sequence[Path] = (),
    privacy_key: Path | None = None,
    out: Path = Path("out"),
    on_progress: Callable[[Progress], None] | None = None,
    watch: Watch | None = None,
    on_hidden: OnHidden | None = None,
) -> RunResult:
    """Run a rulebook over files and write alerts.ndjson, findings.ndjson, rejects.ndjson and run.json.

    Parameters
    ----------
    sources : sequence of Path
        Files, in time order or not; folders, patterns such as ``day/*.csv.gz``, or ``-`` for standard input.
    feed : str
        Name or file of the feed profile.
    rules : Path, optional
        Folder of the rulebook; the shipped one by default.
    reference : Path, optional
        Folder of reference data.
    rates : sequence of Path
        Files of exchange rates into the rulebook's base currency.
    privacy_key : Path, optional
        File with the key of pseudonyms, where the rulebook asks for them; else the key is that of the environment.
    out : Path
        Folder for the results; made if it is not there.
    on_progress : callable, optional
        Called after each block with a `Progress`.
    watch : callable, optional
        Called with the engine of each pass over the sources (a second one where they turn out not to be sorted);
        what it returns is called with what each station measured, after it was judged.
    on_hidden : callable, optional
        Called with each suppression that holds a finding back, and the finding.

    Returns
    -------
    RunResult

    Raises
    ------
    InputError
        A file cannot be read or written.
    RulesError, PluginError
        Rules or plugins are not valid; nothing was judged.
    """
    started, clock = time.time_ns(), time.perf_counter()
    setup = _set_up(feed, rules, reference, rates, privacy_key)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Problem("cannot-write", f"cannot make the folder: {error.strerror}", Location(str(out)))
        ) from error
    ready = time.perf_counter()
    unsorted: set[str] = set()
    with withholding(setup.privacy), gathered(sources) as files:
        while True:
            attempt = _Attempt(setup, files, out, unsorted, on_progress, iso_time(started))
            attempt.engine.watch = None if watch is None else watch(attempt.engine)
            attempt.suppressing.on_hidden = on_hidden
            late = attempt.run()
            if not late:
                break
            unsorted |= late
        timings = {"set_up_s": round(ready - clock, 3), "detect_s": round(time.perf_counter() - ready, 3)}
        run = attempt.record(started, timings)
        # names of folders can be names of people
        run["inputs"] = record.inputs_record(sources, feed, rules, reference, rates) if setup.privacy is None else None
        write_json(out / "run.json", run)
    return RunResult(run, out)


def _set_up(
    feed: str, rules: Path | None, reference: Path | None, rates: Sequence[Path], privacy_key: Path | None
) -> Setup:
    folder = rules if rules is not None else rules_folder()
    head, problems = load_head(folder / "rulebook.yaml")
    if head is None:
        raise RulesError(problems)
    plugins = load_plugins(head.plugins)
    book = load_rulebook(folder, {name: one.detector for name, one in plugins.items()})
    privacy = None
    if book.privacy:
        privacy = Pseudonyms(read_key(privacy_key, os.environ))
        book = replace(book, suppressions=tuple(veiled(one, privacy) for one in book.suppressions))
    elif privacy_key is not None:
        hint = "Write `privacy: pseudonymise` into rulebook.yaml; without it ids are written as they are."
        raise InputError(Problem("idle-privacy-key", "the rulebook asks for no pseudonyms", hint=hint))
    profile = load_profile(feed)
    with withholding(privacy):
        known = None if reference is None else read_reference(reference)
        exchange = read_rates(rates, book.base_currency) if rates else None
    return Setup(book, plugins, profile, known, exchange, privacy)


class _Attempt:
    """One pass over the sources; a source that turns out not to be in time order makes another one necessary."""

    def __init__(
        self,
        setup: Setup,
        files: Sequence[Stored],
        out: Path,
        unsorted: set[str],
        on_progress: Callable[[Progress], None] | None,
        detected_at: str,
    ) -> None:
        self._setup, self._out, self._unsorted, self._on_progress = setup, out, unsorted, on_progress
        self._rejects = NdjsonFile(out / "rejects.ndjson")
        self._findings = NdjsonFile(out / "findings.ndjson", ordered=True)
        self._files: list[NdjsonFile | Recorder] = [self._rejects, self._findings]
        self._scratch: list[Path] = []
        self._ahead = ReadAhead()
        self._dictionaries = dictionaries = Dictionaries(None if setup.privacy is None else setup.privacy.of)
        classes = {name: one.detector for name, one in setup.plugins.items()}
        try:
            wanted = Engine.columns(bind(setup.book, classes, dictionaries.terms, frozenset()), frozenset(SHOWN))
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
        self._fields, self._states = fields, health.before(setup.book, classes, fields)
        skip = frozenset(rule for rule, state in self._states.items() if state.name != health.ARMED)
        names = [*(source.name for source in self.sources), SOURCE]
        self.engine = Engine(
            setup.book, classes, dictionaries, names, skip=skip, fields=fields & frozenset(SHOWN), rates=setup.rates
        )
        self._writer = Writer(dictionaries.terms, names, setup.book.base_currency)
        self.suppressing = Suppressing(setup.book.suppressions, dictionaries.terms)
        made_from = lineage_of(setup.book, setup.profile, setup.reference, setup.rates, setup.plugins.values())
        self._alerting = Alerting(
            out, self.engine, names, setup.book, setup.reference, setup.rates, made_from, detected_at
        )
        self._files.append(self._alerting.recorder)
        self._found: Counter[str] = Counter()
        self._severities: Counter[str] = Counter()
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
            self._write(self.engine.push(events, newest if watermark == END else watermark))

    def _batches(self, source: Source) -> Iterator[Any]:
        if source.name not in self._unsorted:
            return source.batches(self._ahead)
        folder = Path(tempfile.mkdtemp(prefix=".sorting-", dir=self._out))
        self._scratch.append(folder)
        return sort_on_disk(source.batches(self._ahead), folder)

    def _write(self, closed: list[Episode]) -> None:
        for episode in closed:
            if self.suppressing.hides(episode):
                continue
            finding = self._writer.finding(episode)
            self._findings.write(finding, (finding["start"], finding["rule"], finding["finding_id"]))
            self._alerting.add(episode, finding)
            self._found[finding["rule"]] += 1
            if finding["status"] == "active":
                self._severities[finding["severity"]] += 1
        self._alerting.close()

    def _report(self) -> None:
        if self._on_progress is not None:
            done = [source.progress() for source in self.sources]
            read, total = sum(one for one, _ in done), sum(size for _, size in done)
            self._on_progress(Progress(self.engine.tape.end, read, total))

    def _discard(self) -> None:
        for file in self._files:
            file.discard()

    def record(self, started: int, timings: dict[str, float]) -> dict[str, Any]:
        """Return the content of run.json."""
        setup, engine = self._setup, self.engine
        classes = {name: one.detector for name, one in setup.plugins.items()}
        faults = engine.faults
        if setup.privacy is not None:
            faults = {rule: bare_fault(why) for rule, why in faults.items()}
        states = {
            rule.id: health.after(
                rule, self._states[rule.id], classes[rule.detector], engine.kinds_seen, faults, self._fields
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
            "reference": None if setup.reference is None else {"sha256": setup.reference.digest},
            "rates": None if setup.rates is None else record.rates_record(setup.rates),
            "calendars": None if self._marks is None else self._marks.record(),
            "privacy": None if setup.privacy is None else {"ids": "pseudonyms", "key": setup.privacy.fingerprint},
            "sources": [record.source_record(source) for source in self.sources],
            "sorted_on_disk": sorted(self._unsorted),
            "counts": counts,
            "kinds": record.kinds_record(engine.kinds_seen, 0 if self._marks is None else self._marks.count),
            "currencies": currencies_record(tallies, self._dictionaries, setup.book.base_currency),
            "unknown": unknown_record(tallies, self._dictionaries),
            "revisions_without_a_trade": engine.plant.revisions.unmatched,
            "time": record.span_of(self._first, self._last),
            "rules": record.rules_record(setup.book, states, self._found, engine.values_not_known()),
            "findings": record.findings_record(self._severities, SEVERITIES),
            "alerts": self._alerting.recorder.record(),
            "suppressions": self.suppressing.record(self._last),
            "timings": {**timings, "events_per_s": round(counts["events"] / max(timings["detect_s"], 0.001))},
            "peak_memory_bytes": record.peak_memory(),
            "environment": record.environment(setup.plugins.values()),
        }
