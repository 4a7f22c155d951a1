"""A run over events that are in memory already: batches in, whole episodes out, no files.

Findings keep the facts of at most 100 events, because an episode can have hundreds of thousands. Who asks here wants
to know every event, so their places are kept: 28 bytes each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.detector import Detector
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode, Episodes, HitRows
from surveillance.engine.trail import Trail
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.rules import Rulebook
from surveillance.tape.tape import Tape

_NONE: Final = np.zeros(0, np.int64)


@dataclass(slots=True)
class Peak:
    """The hit of an episode at which a measure was greatest, the first of them.

    Parameters
    ----------
    value : int
        The measure, in its own whole-number units.
    time : int
        Time of the hit's anchor, ns.
    first, last : int
        Rows of the tape between which its events lie.
    measures : dict of str to int
        All measures of the hit.
    """

    value: int
    time: int
    first: int
    last: int
    measures: dict[str, int]


@dataclass(frozen=True, slots=True)
class WholeEpisode:
    """A finding that is complete, with the places of all its events in the order of the tape.

    Parameters
    ----------
    episode : Episode
        The finding.
    source, position, time : ndarray
        Ordinal of the source, number in the source and time (ns) of each event.
    peak : Peak
        Its greatest hit.
    at_peak : ndarray of bool
        Which events lie in the window of that hit.
    """

    episode: Episode
    source: NDArray[Any]
    position: NDArray[Any]
    time: NDArray[Any]
    peak: Peak
    at_peak: NDArray[np.bool_]


class _WholeTrail(Trail):
    """A trail that keeps the place of every event."""

    __slots__ = ("parts", "peak")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[NDArray[Any], ...]] = []
        self.peak: Peak | None = None

    def extend(self, tape: Tape, rows: NDArray[np.int64], salts: dict[int, int]) -> None:
        """Add rows, ascending and all later than those before."""
        super().extend(tape, rows, salts)
        if len(rows):
            self.parts.append((rows, *(tape[name][rows] for name in ("source", "position", "time"))))

    def whole(self, episode: Episode) -> WholeEpisode:
        """Return the episode with all places."""
        assert self.peak is not None
        rows, source, position, time = (
            np.concatenate(column) if len(column) > 1 else column[0]
            for column in (zip(*self.parts, strict=True) if self.parts else [(_NONE,)] * 4)
        )
        at_peak = (rows >= self.peak.first) & (rows <= self.peak.last)
        return WholeEpisode(episode, source, position, time, self.peak, at_peak)


class _Watched(Episodes):
    """Episodes that keep all places and the greatest hit of each."""

    def __init__(self, watched: Episodes, measure: str) -> None:
        super().__init__(watched.judge, watched.gap)
        self._measure = measure

    def _grow(self, episode: Episode, hits: HitRows, places: NDArray[Any]) -> None:
        if not isinstance(episode.trail, _WholeTrail):
            episode.trail = _WholeTrail()
        super()._grow(episode, hits, places)
        values = hits.measures[self._measure][places]
        at = int(places[np.argmax(values)])  # the first of the greatest
        known, value = episode.trail.peak, int(hits.measures[self._measure][at])
        if known is None or value > known.value:
            measures = {name: int(column[at]) for name, column in hits.measures.items()}
            episode.trail.peak = Peak(value, int(hits.time[at]), int(hits.first[at]), int(hits.last[at]), measures)


class MemoryRun:
    """A rulebook at work on events that somebody hands over.

    Parameters
    ----------
    book : Rulebook
        The rules; all of them run.
    detectors : mapping of str to type
        Detector classes by id.
    dictionaries : Dictionaries
        Texts of the events' codes.
    sources : sequence of str
        Names of the sources by ordinal.
    greatest : mapping of str to str
        Rule to the measure whose greatest hit is wanted of each of its episodes.
    fields : frozenset of str
        Columns that findings show beyond what the detectors read.
    reserve : bool
        Whether the tape lives in reserved address space; not worth it for a few thousand events.
    """

    def __init__(
        self,
        book: Rulebook,
        detectors: Mapping[str, type[Detector]],
        dictionaries: Dictionaries,
        sources: Sequence[str],
        *,
        greatest: Mapping[str, str],
        fields: frozenset[str] = frozenset(),
        reserve: bool = False,
    ) -> None:
        self.engine = Engine(book, detectors, dictionaries, sources, fields=fields, reserve=reserve)
        for station in self.engine.stations:
            station.episodes[:] = [_Watched(one, greatest[one.judge.rule.id]) for one in station.episodes]

    def push(self, batch: EventBatch | None, watermark: int) -> list[WholeEpisode]:
        """Take events in order and move the watermark; return the findings that are complete now."""
        return self._whole(self.engine.push(batch, watermark))

    def finish(self) -> list[WholeEpisode]:
        """Say that nothing more comes; return all other findings."""
        return self._whole(self.engine.finish())

    @staticmethod
    def _whole(episodes: Sequence[Episode]) -> list[WholeEpisode]:
        return [one.trail.whole(one) for one in episodes if isinstance(one.trail, _WholeTrail)]
