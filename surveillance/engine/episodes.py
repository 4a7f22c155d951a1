"""Hits become findings: one finding an episode of one rule and key.

Hits of a key no further apart than the rule's gap are one episode. A rule that consumes makes a finding of each hit
and drops later ones that begin among events already used. The watermark closes an episode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.engine.evidence import Evidence
from surveillance.engine.judge import Judge
from surveillance.engine.near import NearMisses
from surveillance.engine.trail import Trail
from surveillance.rules import Condition


@dataclass(slots=True)
class Episode:
    """A finding that may still grow.

    Parameters
    ----------
    judge : Judge
        The rule and its detector.
    key : int
        Code of the key on the tape.
    names : dict of str to str
        The key as text.
    last_hit : int
        Time of the anchor of the latest hit, ns.
    wanted : dict of int to int
        Last row that belongs to the events asked for so far, by part of the tape: sessions can overlap.
    wants : list of (int, int)
        First and last rows between which events have been asked for and not yet been collected.
    wants_rows : list of ndarray
        Rows of such events where hits say them one by one.
    newest_rows : ndarray or None
        Rows of the latest hit, where it says them.
    held : int
        Time of the last event of its first hit, ns: from then on it could be known.
    terms : int
        Terms of the strongest hit's anchor.
    """

    judge: Judge
    key: int
    names: dict[str, str]
    last_hit: int
    held: int = 0
    terms: int = 0
    hits: int = 0
    strength: int = -1
    measures: dict[str, int] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    trail: Trail = field(default_factory=Trail)
    evidence: Evidence = field(default_factory=Evidence)
    wanted: dict[int, int] = field(default_factory=dict)
    wants: list[tuple[int, int]] = field(default_factory=list)
    wants_rows: list[NDArray[Any]] = field(default_factory=list)
    newest_rows: NDArray[Any] | None = None

    def want(self, first: NDArray[Any], last: NDArray[Any], part: NDArray[Any]) -> None:
        """Ask for the events of hits: of each those rows from `first` to `last` that come after the hits before it.

        What is asked for does not depend on how hits were batched: rows between the windows of two hits are not. Of
        the hits before it only those of the same part of the tape count.
        """
        begin = first.copy()
        for one in set(part.tolist()):
            same = part == one
            after = np.maximum.accumulate(np.concatenate(([self.wanted.get(one, -1)], last[same])))
            begin[same] = np.maximum(first[same], after[:-1] + 1)
            self.wanted[one] = int(after[-1])
        some = begin <= last
        begin, end, part = begin[some], last[some], part[some]
        if len(begin):
            apart = np.flatnonzero((begin[1:] != end[:-1] + 1) | (part[1:] != part[:-1]))
            starts, ends = np.concatenate(([0], apart + 1)), np.concatenate((apart, [len(end) - 1]))
            self.wants += zip(begin[starts].tolist(), end[ends].tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class HitRows:
    """Hits of one step with the rows that they are made of, all ascending by anchor row.

    Parameters
    ----------
    key : ndarray of int32
        Key of each hit.
    time : ndarray of int64
        Time of its anchor, ns.
    part : ndarray of int32
        The session or day that its window stays inside, and its last row is of; 0 where it crosses them.
    first, last, uses : ndarray of int64
        Rows between which its events lie, and the last row that it uses up.
    held : ndarray of int64
        Time of the last of its events, ns.
    rows : list of ndarray, optional
        Rows of each hit's events, where they are not all those of its key.
    """

    key: NDArray[Any]
    row: NDArray[Any]
    time: NDArray[Any]
    part: NDArray[Any]
    first: NDArray[Any]
    last: NDArray[Any]
    uses: NDArray[Any]
    held: NDArray[Any]
    terms: NDArray[Any]
    strength: NDArray[Any]
    measures: dict[str, NDArray[Any]]
    rows: list[NDArray[Any]] | None = None


class Episodes:
    """Open and closed episodes of one rule under one set of parameters.

    Parameters
    ----------
    judge : Judge
        The rule and its detector.
    gap : int
        Hits no further apart than this are one episode, ns.
    """

    def __init__(self, judge: Judge, gap: int) -> None:
        self.judge, self.gap = judge, gap
        self.near = NearMisses(judge)
        self.open: dict[int, Episode] = {}
        self._consumed: dict[int, int] = {}
        self._closed: list[Episode] = []

    def take(self, hits: HitRows, names: Any) -> list[Episode]:
        """Add the hits of a step; return the episodes that they opened or extended.

        Parameters
        ----------
        names : callable
            Gives a key code as text by column.
        """
        if hits.rows is not None and not self.judge.rule.consume:
            return self._take_groups(hits, hits.rows, names)
        order = np.argsort(hits.key, kind="stable")
        keys = hits.key[order]
        starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        touched: list[Episode] = []
        for start, end in zip(starts, (*starts[1:], len(keys)), strict=True):
            same = order[start:end]
            if self.judge.rule.consume:
                touched += self._take_consuming(hits, same, names)
            else:
                touched += self._take_key(hits, same, names)
        return touched

    def _take_key(self, hits: HitRows, same: NDArray[Any], names: Any) -> list[Episode]:
        """Add the hits of one key, split where they are further apart than the gap."""
        key, times = int(hits.key[same[0]]), hits.time[same]
        touched = []
        breaks = np.flatnonzero(np.diff(times) > self.gap) + 1
        for part in np.split(same, breaks):
            current = self.open.get(key)
            if current is not None and int(hits.time[part[0]]) - current.last_hit > self.gap:
                self._closed.append(self.open.pop(key))
                current = None
            if current is None:
                current = self.open[key] = Episode(
                    self.judge, key, names(key), int(hits.time[part[0]]), int(hits.held[part[0]])
                )
            self._grow(current, hits, part)
            touched.append(current)
        return touched

    def _take_groups(self, hits: HitRows, rows: list[NDArray[Any]], names: Any) -> list[Episode]:
        """Add hits that say their events: one that shares an event with an open episode, or has its key, belongs to it.

        A group of accounts keeps its episode so, even where the account in whose name it stands changes.
        """
        touched = []
        for place, (key, time) in enumerate(zip(hits.key.tolist(), hits.time.tolist(), strict=True)):
            for code, episode in list(self.open.items()):
                if time - episode.last_hit > self.gap:
                    self._closed.append(self.open.pop(code))
            current = next((one for one in self.open.values() if _meet(one.newest_rows, rows[place])), None)
            current = self.open.get(key) if current is None else current
            if current is None:
                current = self.open[key] = Episode(self.judge, key, names(key), time, int(hits.held[place]))
            self._grow(current, hits, np.array([place]))
            touched.append(current)
        return touched

    def _take_consuming(self, hits: HitRows, same: NDArray[Any], names: Any) -> list[Episode]:
        """Make a finding of each hit of one key that begins after what earlier ones used."""
        key = int(hits.key[same[0]])
        touched = []
        for place in same:
            if int(hits.row[place]) <= self._consumed.get(key, -1):
                continue
            self._consumed[key] = int(hits.uses[place])
            one = Episode(self.judge, key, names(key), int(hits.time[place]), int(hits.held[place]))
            self._grow(one, hits, np.array([place]))
            self._closed.append(one)
            touched.append(one)
        return touched

    def _grow(self, episode: Episode, hits: HitRows, places: NDArray[Any]) -> None:
        episode.hits += len(places)
        episode.last_hit = int(hits.time[places[-1]])
        if hits.rows is None:
            episode.want(hits.first[places], hits.last[places], hits.part[places])
        else:
            episode.wants_rows += [hits.rows[place] for place in places]
            episode.newest_rows = hits.rows[places[-1]]
        strongest = int(places[np.argmax(hits.strength[places])])  # the first of the strongest
        if int(hits.strength[strongest]) > episode.strength:
            episode.strength = int(hits.strength[strongest])
            episode.terms = int(hits.terms[strongest])
            episode.measures = {name: int(values[strongest]) for name, values in hits.measures.items()}
            episode.conditions = self.judge.conditions(episode.terms)

    def close(self, decided: int) -> list[Episode]:
        """Return the episodes that no hit can extend any more.

        Parameters
        ----------
        decided : int
            All anchors with a time before it have been decided, ns.
        """
        done = [key for key, episode in self.open.items() if episode.last_hit + self.gap < decided]
        self._closed += [self.open.pop(key) for key in done]
        closed, self._closed = self._closed, []
        return closed

    def release(self, head: int) -> None:
        """Forget what was consumed among rows that are gone."""
        self._consumed = {key: row for key, row in self._consumed.items() if row >= head}


def _meet(some: NDArray[Any] | None, others: NDArray[Any]) -> bool:
    """Tell whether two ascending vectors of rows have one in common."""
    if some is None or some[-1] < others[0] or others[-1] < some[0]:
        return False
    return bool(np.isin(some, others, assume_unique=True).any())
