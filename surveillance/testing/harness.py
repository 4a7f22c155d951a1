"""Runs one detector over a flow on a real engine, and keeps what it measured in a form in which no batch shows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.decided import Decided
from surveillance.detecting.detector import Detector
from surveillance.engine.engine import Engine
from surveillance.engine.findings import Writer
from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL, AssetClass, Band
from surveillance.rules import Rule, Rulebook, Scoring, Threshold
from surveillance.testing.flows import Flow

IntArray = NDArray[Any]

SOURCE: Final = "flow"
PLACES: Final = ("time", "position", "first", "last", "uses")
"""What a candidate has beside its measures; rows are told by the position of their event."""


class NonconformingError(AssertionError):
    """A detector breaks its contract."""


@dataclass(slots=True)
class Run:
    """What one run brought.

    Parameters
    ----------
    table : dict of str to ndarray of int64
        Candidates, one an element, in an order that depends on nothing but themselves: `PLACES` and measures.
    keys : list of dict
        Key of each candidate as text, in the same order.
    findings : list of dict
        Findings of the rules, by id.
    measuring, total : int
        CPU time inside `measure`, and in all, ns.
    events : int
        Events pushed.
    """

    table: dict[str, IntArray]
    keys: list[dict[str, str]]
    findings: list[dict[str, Any]]
    measuring: int
    total: int
    events: int

    def __len__(self) -> int:
        return len(self.table["time"])


@dataclass(slots=True)
class _Recorder:
    """Stands around `measure`: checks what goes in and comes out, and keeps it."""

    names: frozenset[str] = frozenset()
    parts: list[dict[str, IntArray]] = field(default_factory=list)
    codes: list[IntArray] = field(default_factory=list)
    measuring: int = 0
    raised: Exception | None = None

    def watch(self, detector: Any, measure: Any, at: Decided) -> Candidates | Mapping[str, Any]:
        given = {"row": at.row, "time": at.time, "key": at.key}
        given |= {name: read() for name, read in at.windows.items()}
        before = {name: values.copy() for name, values in given.items()}
        started = time.thread_time_ns()
        try:
            measured: Candidates | Mapping[str, Any] = measure(detector, at)
        except Exception as error:
            self.raised = error
            raise
        self.measuring += time.thread_time_ns() - started
        changed = [name for name, values in given.items() if not np.array_equal(values, before[name])]
        if changed:
            raise NonconformingError(f"measure changes what it was given: {', '.join(sorted(changed))}")
        found = measured if isinstance(measured, Candidates) else Candidates(at.row, measured)
        self._check(found, at)
        self._keep(found, at)
        return measured

    def _check(self, found: Candidates, at: Decided) -> None:
        missing, unknown = self.names - found.measures.keys(), found.measures.keys() - self.names
        if missing or unknown:
            raise NonconformingError(
                f"measure returns {_listed(found.measures)}, and the detector declares {_listed(self.names)}"
            )
        arrays = {**found.measures, "row": found.row}
        arrays |= {name: getattr(found, name) for name in ("first", "last", "uses") if getattr(found, name) is not None}
        for name, values in arrays.items():
            if not isinstance(values, np.ndarray) or values.dtype != np.int64:
                kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
                raise NonconformingError(
                    f"{name} is {kind}, not an array of int64: whole numbers in the measure's unit"
                )
            if values.shape != found.row.shape:
                raise NonconformingError(f"{name} has shape {values.shape} for candidates of shape {found.row.shape}")
        if len(found.row) and ((np.diff(found.row) < 0).any() or not np.isin(found.row, at.row).all()):
            raise NonconformingError("candidates are not rows of `at.row` in their order")

    def _keep(self, found: Candidates, at: Decided) -> None:
        if not len(found.row):
            return
        tape, anchors = at.question.tape, np.searchsorted(at.row, found.row)
        part = {"time": at.time[anchors], "position": tape["position"][found.row]}
        for name in ("first", "last", "uses"):
            rows = getattr(found, name)
            if rows is not None and ((rows < tape.head) | (rows >= tape.end)).any():
                raise NonconformingError(f"{name} names rows that are not on the tape (null is not a row)")
            part[name] = np.full(len(found.row), NULL) if rows is None else tape["position"][rows]
        self.parts.append({**part, **{name: values.copy() for name, values in found.measures.items()}})
        self.codes.append(at.key[anchors].copy())

    def table(self) -> dict[str, IntArray]:
        names = (*PLACES, *sorted(self.names))
        return {
            name: np.concatenate([np.zeros(0, dtype=np.int64), *(part[name] for part in self.parts)]) for name in names
        }


@dataclass(frozen=True, slots=True)
class _Bound:
    """A detector that is bound already, where the engine expects a class."""

    detector: Detector

    @property
    def key(self) -> tuple[str, ...]:
        return self.detector.key

    def __call__(self, _params: Any) -> Detector:
        return self.detector


class Subject:
    """A detector under some parameters, ready to be run as often as needed.

    Parameters
    ----------
    detector : type of Detector
        The class.
    params : msgspec.Struct
        Its parameters.
    """

    def __init__(self, detector: type[Detector], params: msgspec.Struct) -> None:
        self.detector, self.params = detector, params
        self.bound = detector(params)
        self.names = frozenset(detector.measures_of(params))
        self.reach = max(self.bound.look_back(), self.bound.horizon(), getattr(params, "every", 0))

    def observed(self) -> tuple[Detector, _Recorder]:
        """Return a fresh instance and what records it; the instance can be run more than once."""
        recorder = _Recorder(self.names)
        original = self.detector.measure

        def measure(detector: Any, at: Decided) -> Candidates | Mapping[str, Any]:
            return recorder.watch(detector, original, at)

        watched = cast("type[Detector]", type(self.detector.__name__, (self.detector,), {"measure": measure}))
        return watched(self.params), recorder

    def run(
        self,
        flow: Flow,
        *,
        size: int | Sequence[int] | None = None,
        reserve: bool = True,
        thresholds: Sequence[Threshold] = (),
        shard: IntArray | None = None,
        ahead: bool = False,
        using: tuple[Detector, _Recorder] | None = None,
    ) -> Run:
        """Run the detector over a flow.

        Parameters
        ----------
        flow : Flow
            The events.
        size : int or sequence of int, optional
            Events a batch (a sequence is gone through again and again); None: all at once.
        reserve : bool
            Whether the tape lives in reserved address space.
        thresholds : sequence of Threshold
            Conditions of two rules, of which one uses up its events; without any only candidates are recorded.
        shard : ndarray of bool, optional
            Events that go into this engine; it is told of the others' time only.
        ahead : bool
            Whether the watermark is already at the next event when a batch has been given, as after a pause.
        using : tuple, optional
            An instance and its recorder from `observed`, to be run once more.
        """
        instance, recorder = using or self.observed()
        recorder.parts, recorder.codes, recorder.measuring, recorder.raised = [], [], 0, None
        detectors = cast("dict[str, type[Detector]]", {instance.id: _Bound(instance)})
        book = self._book(thresholds)
        engine = Engine(book, detectors, flow.dictionaries, [SOURCE], fields=frozenset(), reserve=reserve)
        started = time.thread_time_ns()
        closed = []
        for batch, watermark in _batches(flow, size, shard, ahead=ahead):
            closed += engine.push(batch, watermark)
            self._raise_faults(engine, recorder)
        closed += engine.finish()
        self._raise_faults(engine, recorder)
        total = time.thread_time_ns() - started
        writer = Writer(flow.dictionaries.terms, [SOURCE], book.base_currency)
        findings = [writer.finding(episode) for episode in closed]
        table, codes = recorder.table(), np.concatenate([np.zeros(0, dtype=np.int32), *recorder.codes])
        order = np.lexsort(tuple(reversed(table.values())))
        texts = engine.stations[0].key.texts
        return Run(
            table={name: values[order] for name, values in table.items()},
            keys=[texts(int(code)) for code in codes[order]] if len(codes) < _MOST_KEYS else [],
            findings=sorted(findings, key=identity),
            measuring=recorder.measuring,
            total=total,
            events=len(flow),
        )

    def _raise_faults(self, engine: Engine, recorder: _Recorder) -> None:
        if engine.faults:
            if isinstance(recorder.raised, NonconformingError):
                raise recorder.raised
            raise NonconformingError("; ".join(sorted(set(engine.faults.values())))) from recorder.raised

    def _book(self, thresholds: Sequence[Threshold]) -> Rulebook:
        rules = [self._rule("conformance", thresholds)]
        if thresholds:
            rules.append(replace(rules[0], id="conformance-consuming", consume=True))
        return Rulebook("conformance", "1", "USD", (), Scoring({}, {}), tuple(rules))

    def _rule(self, name: str, thresholds: Sequence[Threshold]) -> Rule:
        applies = [(asset_class, band) for asset_class in (None, *AssetClass) for band in (None, *Band)]
        return Rule(
            id=name, version=1, title="Conformance", status="active", severity="low", family="conformance",
            owner="conformance", detector=self.detector.id, explain="A candidate.", file=f"{name}.yaml", digest="",
            key=tuple(self.bound.key), asset_classes=tuple(AssetClass), parameters={None: self.params},
            thresholds=dict.fromkeys(applies, tuple(thresholds)),
        )  # fmt: skip


_MOST_KEYS: Final = 100_000


def _batches(
    flow: Flow, size: int | Sequence[int] | None, shard: IntArray | None, *, ahead: bool
) -> Iterator[tuple[EventBatch | None, int]]:
    """Cut a flow; the watermark of a batch is the time of its last event, or of the one after it."""
    sizes = [size or max(len(flow), 1)] if size is None or isinstance(size, int) else size
    first = number = 0
    while first < len(flow):
        end = min(first + sizes[number % len(sizes)], len(flow))
        number += 1
        watermark = int(flow.time[min(end, len(flow) - 1) if ahead else end - 1])
        batch = flow.batch.take(slice(first, end))
        if shard is not None:
            batch = batch.take(np.flatnonzero(shard[first:end]))
        yield (batch if len(batch) else None), watermark
        first = end


def identity(finding: dict[str, Any]) -> tuple[str, ...]:
    """Return what findings are ordered by."""
    return finding["finding_id"], finding["start"], finding["event_digest"]


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
