"""Events of several sources become one sequence, ordered by (time, source, position).

The order is fixed by the sources and never by arrival. So whether an event is late is a matter of its own source
alone: it is when the source had already shown an event more than the allowed lateness younger. No watermark can
have passed an event that is not late, whichever source was read first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.late import join_texts, take_texts
from surveillance.events.schema import CARRIED, NULL
from surveillance.kernel import kernel

END: Final = int(np.iinfo(np.int64).max)
"""The watermark when nothing more can come."""

_GREATEST, _POSITION, _LATE, _SORTED, _ASCENDING = range(5)  # fields of what a scan knows and finds


@kernel(
    "void(Array(int64, 1, 'A', True), Array(int64, 1, 'A', True), int64, boolean[::1], int64[::1])", allocates=False
)
def _scan(time: NDArray[Any], position: NDArray[Any], lateness: int, late: NDArray[Any], state: NDArray[Any]) -> None:
    """Mark the late rows, and tell whether the others are in order and positions ascend."""
    greatest = state[_GREATEST]
    previous_position = state[_POSITION]
    limit = greatest - lateness if greatest > NULL + lateness else NULL
    sorted_time = sorted_position = NULL
    for row in range(len(time)):
        if position[row] <= previous_position:
            state[_ASCENDING] = 0
        previous_position = position[row]
        late[row] = time[row] < limit
        if late[row]:
            state[_LATE] += 1
            continue
        if time[row] < sorted_time or (time[row] == sorted_time and position[row] < sorted_position):
            state[_SORTED] = 0
        sorted_time, sorted_position = time[row], position[row]
        if time[row] > greatest:
            greatest = time[row]
            limit = greatest - lateness if greatest > NULL + lateness else NULL
    state[_GREATEST] = greatest
    state[_POSITION] = previous_position


@dataclass(slots=True)
class _Run:
    """A sorted batch that waits, with its least and greatest time."""

    batch: EventBatch
    first: int
    last: int


@dataclass(slots=True)
class _Source:
    greatest: int = NULL
    position: int = NULL
    finished: bool = False
    runs: list[_Run] = field(default_factory=list)

    def take_before(self, watermark: int) -> list[_Run]:
        """Remove and return what is older than `watermark`, as sorted runs in the order in which they came."""
        taken, kept = [], []
        for run in self.runs:
            if watermark == END or run.last < watermark:
                taken.append(run)
            elif run.first >= watermark:
                kept.append(run)
            else:
                old, young = _split(run.batch, watermark)
                taken.append(old)
                kept.append(young)
        self.runs = kept
        return taken


def _run(batch: EventBatch) -> _Run:
    time = batch.columns["time"]
    return _Run(batch, int(time[0]), int(time[-1]))


def _split(batch: EventBatch, watermark: int) -> tuple[_Run, _Run]:
    at = int(np.searchsorted(batch.columns["time"], watermark, side="left"))
    return _run(batch.take(slice(0, at))), _run(batch.take(slice(at, None)))


def _sorted(batch: EventBatch, *, ascending: bool) -> EventBatch:
    return batch.take(_stable_order([batch]) if ascending else _full_order([batch], [0]))


class ReorderBuffer:
    """Hold events until no earlier one can come, and release them in the one order.

    Memory is bounded by the caller: it reads the source that `most_behind` names next.

    Parameters
    ----------
    sources : int
        How many sources there are; their ordinals count from 0.
    lateness : int
        How much older than the youngest event of its source an event may be, in ns.
    in_order : bool
        Each source promises that its positions ascend. Then a lone source without lateness has nothing to wait for:
        what comes is released at once, and nothing is copied.

    Attributes
    ----------
    late_count : int
        Events that came too late to be put in order.
    """

    __slots__ = ("_alone", "_ascending", "_late", "_lateness", "_sources", "late_count")

    def __init__(self, sources: int, lateness: int = 0, *, in_order: bool = False) -> None:
        if sources < 1:
            raise ValueError(f"There must be at least one source; {sources} were named")
        if lateness < 0:
            raise ValueError(f"The allowed lateness was {lateness} ns; it cannot be negative")
        self._sources = [_Source() for _ in range(sources)]
        self._lateness = lateness
        self._alone = in_order and sources == 1 and not lateness
        self._late: list[EventBatch] = []
        self._ascending = True  # positions of each source ascend: equal times need no comparison of positions
        self.late_count = 0

    def add(self, batch: EventBatch, source: int) -> None:
        """Take the next events of a source, in the order in which the source has them.

        Late events go to the late pile.

        Raises
        ------
        ValueError
            The source was finished.
        """
        known = self._sources[source]
        if known.finished:
            raise ValueError(f"Source {source} was finished; it cannot have more events")
        if not len(batch):
            return
        late = np.empty(len(batch), dtype=np.bool_)
        state = np.array([known.greatest, known.position, 0, 1, 1], dtype=np.int64)
        _scan(batch.columns["time"], batch.columns["position"], self._lateness, late, state)
        known.greatest, known.position = int(state[_GREATEST]), int(state[_POSITION])
        self._ascending = self._ascending and bool(state[_ASCENDING])
        if state[_LATE]:
            self.late_count += int(state[_LATE])
            self._late.append(batch.take(late))
            batch = batch.take(~late)
        if len(batch):
            known.runs.append(_run(batch if state[_SORTED] else _sorted(batch, ascending=self._ascending)))

    def finish(self, source: int) -> None:
        """Note that a source has no more events."""
        self._sources[source].finished = True

    def _watermark_of(self, source: int) -> int:
        known = self._sources[source]
        return END if known.finished else max(known.greatest - self._lateness, NULL)

    @property
    def watermark(self) -> int:
        """Time before which every event has been seen, exclusive.

        The least int64 while a source has not shown anything; `END` when all sources are finished.
        """
        return min(map(self._watermark_of, range(len(self._sources))))

    def most_behind(self) -> int:
        """Return the source that holds the watermark back: the one to read next.

        Raises
        ------
        ValueError
            All sources are finished.
        """
        if all(source.finished for source in self._sources):
            raise ValueError("All sources are finished; there is nothing to read next")
        return min(range(len(self._sources)), key=self._watermark_of)

    @property
    def pending_rows(self) -> int:
        """Events held."""
        return sum(len(run.batch) for source in self._sources for run in source.runs)

    def release(self) -> EventBatch | None:
        """Return all events older than the watermark, in order; None when there are none.

        A lone sorted batch is returned without a copy; of a lone source in order, events at the watermark as well.
        """
        watermark = END if self._alone else self.watermark
        runs: list[_Run] = []
        sources: list[int] = []
        for ordinal, source in enumerate(self._sources):
            taken = source.take_before(watermark)
            runs += taken
            sources += [ordinal] * len(taken)
        if not runs:
            return None
        batches = [run.batch for run in runs]
        if len(batches) == 1:
            return batches[0]
        if self._ascending:
            apart = all(one.last <= other.first for one, other in pairwise(runs))
            return join(batches, None if apart else _stable_order(batches))
        return join(batches, _full_order(batches, sources))

    def take_late(self) -> list[EventBatch]:
        """Hand out the late events that have come since this was last asked."""
        late, self._late = self._late, []
        return late


def _times(batches: list[EventBatch]) -> NDArray[Any]:
    return np.concatenate([batch.columns["time"] for batch in batches])


def _stable_order(batches: list[EventBatch]) -> NDArray[Any]:
    """Order by time of batches that are listed by source and position: linear for sorted runs."""
    return np.argsort(_times(batches), kind="stable")


def _full_order(batches: list[EventBatch], sources: list[int]) -> NDArray[Any]:
    position = np.concatenate([batch.columns["position"] for batch in batches])
    source = np.repeat(sources, [len(batch) for batch in batches])
    return np.lexsort((position, source, _times(batches)))


def join(batches: list[EventBatch], order: NDArray[Any] | None = None) -> EventBatch:
    """Put batches behind each other, then their rows into `order` if one is given.

    A column that only some batches have is null in the rows of the others; one that none has stays absent.
    """
    columns = {}
    for name in CARRIED:
        if any(name in batch.columns for batch in batches):
            whole = np.concatenate([batch.column(name) for batch in batches])
            columns[name] = whole if order is None else whole[order]
    texts = join_texts([(len(batch), batch.texts) for batch in batches])
    return EventBatch(columns, texts if order is None else take_texts(texts, order))
