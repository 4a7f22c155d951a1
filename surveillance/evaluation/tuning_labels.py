"""Candidates of a day side by side, by key and time, each with the labels that it may be about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.detector import Detector
from surveillance.engine.station import Station
from surveillance.evaluation.claims import PEOPLE
from surveillance.evaluation.truth import Episode
from surveillance.evaluation.tuning_candidates import Keeping, Recording
from surveillance.evaluation.tuning_groups import Groups
from surveillance.evaluation.tuning_judge import ASKS_ACCOUNT, ASKS_INSTRUMENT, NOBODY_IN_KEY, Labelled
from surveillance.events.dictionary import Dictionary, Terms
from surveillance.events.schema import NULL

IntArray = NDArray[Any]
Cell = tuple[int, Terms]
"""Number of the station that measured (parameters can differ by asset class), and terms of the instrument."""

_TAKEN: Final = ("time", "row", "uses")


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """A day's candidates with labels.

    Parameters
    ----------
    name : str
        Of the day.
    labelled : Labelled
        Candidates that are made of all events of their key between two rows; their cells are places in `cells`, the
        columns of their values `measures`.
    keys : tuple of dict
        By group of a candidate its key as text.
    cells : tuple of Cell
        Distinct ones.
    measures : tuple of str
        Names, sorted.
    detectors : dict of int to Detector
        The rule's detector under each of its parameters, by number of the station.
    episodes : tuple of Episode
        What happened.
    groups : tuple of Groups
        Candidates that say their events row by row.
    classes : tuple of (int, int)
        Asset class and band of each episode's instrument; zeros where it has none or several.
    """

    name: str
    labelled: Labelled
    keys: tuple[dict[str, str], ...]
    cells: tuple[Cell, ...]
    measures: tuple[str, ...]
    detectors: dict[int, Detector]
    episodes: tuple[Episode, ...]
    groups: tuple[Groups, ...]
    classes: tuple[tuple[int, int], ...]


class _Joining:
    """Columns of several stations, one after the other."""

    def __init__(self, measures: Sequence[str]) -> None:
        self.measures = measures
        self.cells: dict[Cell, int] = {}
        self.keys: list[dict[str, str]] = []
        self.gaps: list[int] = []
        self.columns: list[list[IntArray]] = []
        self.events: list[tuple[IntArray, IntArray]] = []
        self._placed = 0

    def add(self, station: Station, kept: Keeping, events: tuple[IntArray, ...]) -> None:
        key, part, row, time, account, instrument = events
        hits = {
            name: np.concatenate([getattr(one, name) for one in kept.hits])
            for name in (*_TAKEN, "key", "part", "first", "last", "terms")
        }
        first, last, order = _places(hits, key, part, row)
        some = first <= last
        cell = self.cells_of(station, hits["terms"])
        time = time[order]
        group = np.concatenate(kept.groups) + len(self.keys)
        columns = [group.astype(np.int32), cell, *(hits[name] for name in _TAKEN)]
        columns += [time[np.minimum(first, len(time) - 1)], time[last], first + self._placed, last + self._placed]
        self.columns.append([np.ascontiguousarray(one[some]) for one in (*columns, self.values(kept))])
        pair = tuple(one[order] if len(one) else np.zeros(len(order), np.int32) for one in (account, instrument))
        self.events.append((pair[0], pair[1]))
        self._placed += len(order)
        self.keys += kept.keys
        self.gaps += [-1 if kept.judge.rule.consume else kept.gap] * len(kept.keys)

    def cells_of(self, station: Station, terms: IntArray) -> IntArray:
        rows = station.plant.tape.dictionaries.terms.rows
        codes = [self.cells.setdefault((station.number, one), len(self.cells)) for one in rows]
        return np.array(codes, dtype=np.int32)[terms]

    def values(self, kept: Keeping) -> IntArray:
        columns = [
            np.concatenate([one.measures.get(name, np.full(len(one.row), NULL)) for one in kept.hits])
            for name in self.measures
        ]
        return np.stack(columns, axis=1).astype(np.int64)


def label(name: str, recording: Recording, episodes: Sequence[Episode]) -> MeasuredDay:
    """Return what was measured on a day, with labels.

    Parameters
    ----------
    name : str
        Of the day.
    recording : Recording
        The candidates of a finished run.
    episodes : sequence of Episode
        What happened.
    """
    stations = [(station, kept) for station, kept in recording.stations if kept.hits]
    measures = tuple(sorted({one for _, kept in stations for one in kept.judge.measures}))
    joining = _Joining(measures)
    groups = []
    for station, kept in stations:
        if kept.members:
            cell = joining.cells_of(station, np.concatenate([one.terms for one in kept.hits]))
            gap = -1 if kept.judge.rule.consume else kept.gap
            groups.append(Groups(kept.members, cell, joining.values(kept), kept.keys, gap))
        else:
            joining.add(station, kept, recording.events(station))
    columns = [np.concatenate(one) for one in zip(*joining.columns, strict=True)] or _no_candidates(len(measures))
    by_key = np.argsort(columns[0], kind="stable")
    account, instrument = (
        np.concatenate([pair[place] for pair in joining.events] or [np.zeros(0, np.int32)]).astype(np.int32)
        for place in (0, 1)
    )
    dictionaries = recording.stations[0][0].plant.tape.dictionaries
    parts: list[Any] = [np.ascontiguousarray(one[by_key]) for one in columns]
    parts += [np.array(joining.gaps, dtype=np.int64), *_pairs(joining.keys, episodes)]
    parts += [np.array([getattr(one, end) for one in episodes], dtype=np.int64) for end in ("start", "end")]
    parts += [np.array([one.is_abuse for one in episodes], dtype=np.uint8), account, instrument]
    parts += [_named(dictionaries["account"], [one.actors for one in episodes])]
    parts += [_named(dictionaries["instrument"], [one.instruments for one in episodes])]
    labelled = Labelled(*parts)
    classes = tuple(_class_of(one, recording.classes) for one in episodes)
    detectors = {station.number: station.detector for station, _ in recording.stations}
    return MeasuredDay(
        name=name,
        labelled=labelled,
        keys=tuple(joining.keys),
        cells=tuple(joining.cells),
        measures=measures,
        detectors=detectors,
        episodes=tuple(episodes),
        groups=tuple(groups),
        classes=classes,
    )


def _places(
    hits: Mapping[str, IntArray], key: IntArray, part: IntArray, row: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Return for each hit the places of its first and last event among the events in the order of key and row."""
    both, dense = np.unique(key.astype(np.int64) << 32 | (part.astype(np.int64) & 0xFFFFFFFF), return_inverse=True)
    room = int(row.max(initial=0)) + 2
    laid = dense * room + row
    order = np.argsort(laid, kind="stable")
    laid = laid[order]
    mine = np.searchsorted(both, hits["key"].astype(np.int64) << 32 | (hits["part"].astype(np.int64) & 0xFFFFFFFF))
    first = np.searchsorted(laid, mine * room + np.maximum(hits["first"], 0), side="left")
    last = np.searchsorted(laid, mine * room + np.minimum(hits["last"], room - 1), side="right") - 1
    return first, last, order


def _pairs(keys: Sequence[Mapping[str, str]], episodes: Sequence[Episode]) -> tuple[IntArray, IntArray, IntArray]:
    """Return by key the episodes that its findings may be about, and what is left to be asked of their events."""
    offsets, places, asked = [0], [], []
    for key in keys:
        people = {key[name] for name in PEOPLE if key.get(name)}
        instrument = key.get("instrument")
        for place, episode in enumerate(episodes):
            asks = 0
            if episode.actors and not people & episode.actors:
                if "account" in key:
                    continue
                asks |= ASKS_ACCOUNT | (0 if people else NOBODY_IN_KEY)
            if instrument and episode.instruments and instrument not in episode.instruments:
                continue
            asks |= 0 if instrument or not episode.instruments else ASKS_INSTRUMENT
            places.append(place)
            asked.append(asks)
        offsets.append(len(places))
    return np.array(offsets, np.int64), np.array(places, np.int32), np.array(asked, np.int8)


def _named(dictionary: Dictionary, of_episodes: Sequence[frozenset[str]]) -> NDArray[np.uint8]:
    """Return by episode and code whether the label names it."""
    found = np.zeros((len(of_episodes), len(dictionary)), dtype=np.uint8)
    for place, names in enumerate(of_episodes):
        for name in names:
            found[place, dictionary.find(name)] = 1
    found[:, 0] = 0
    return found


def _class_of(episode: Episode, classes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    known = {classes[name] for name in episode.instruments if name in classes}
    return known.pop() if len(known) == 1 else (0, 0)


def _no_candidates(measures: int) -> list[IntArray]:
    codes: list[IntArray] = [np.zeros(0, np.int32)] * 2
    return [*codes, *[np.zeros(0, np.int64)] * 7, np.zeros((0, measures), np.int64)]
