"""One rule alone over one small tape, through the engine that also runs in production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.alerts.values import in_words
from surveillance.detecting.candidates import Candidates
from surveillance.detecting.decided import Decided
from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Unit
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode, Episodes, HitRows
from surveillance.engine.station import Station
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import AssetClass
from surveillance.rules import Rule, Rulebook
from surveillance.rules.conditions import tick_of
from surveillance.testing.notation import SOURCE

Detectors = Mapping[str, type[Detector]]


@dataclass(frozen=True, slots=True)
class Value:
    """A measure: its whole number, how many of its units make one and a tick, and the same in words."""

    number: int
    scale: int
    tick: Fraction | None
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as tests see it.

    Parameters
    ----------
    key : dict of str to str
        Key as text.
    asset_class : str
        Of its strongest hit's anchor; empty when not known.
    at : int
        Time of the last event of its first hit, ns.
    measures : dict of str to Value
        Of its strongest hit.
    strength : int
        1/10,000.
    hits, events : int
        How often the conditions held, and on how many events it rests.
    """

    key: dict[str, str]
    asset_class: str
    at: int
    measures: dict[str, Value]
    strength: int
    hits: int
    events: int


@dataclass(frozen=True, slots=True)
class Played:
    """What one rule made of one tape.

    Parameters
    ----------
    found : list of Found
        Its findings, by time.
    fault : str
        Why the detector stopped; empty when it did not.
    engine : Engine
        After the last event.
    """

    found: list[Found]
    fault: str
    engine: Engine


class _FirstHits(Episodes):
    """Episodes that remember the last row of each one's first hit."""

    def __init__(self, watched: Episodes) -> None:
        super().__init__(watched.judge, watched.gap)
        self.rows: list[tuple[Episode, int]] = []

    def take(self, hits: HitRows, names: Any) -> list[Episode]:
        """Add the hits one by one: what they become does not depend on that."""
        touched: list[Episode] = []
        for place in np.argsort(hits.row, kind="stable"):
            one = _only(hits, place)
            for episode in super().take(one, names):
                if not any(episode is known for known, _ in self.rows):
                    self.rows.append((episode, int(one.last[0])))
                touched.append(episode)
        return touched


def _only(hits: HitRows, place: int) -> HitRows:
    given = {one.name: getattr(hits, one.name) for one in fields(hits) if one.name != "measures"}
    parts: dict[str, Any] = {name: each[place : place + 1] for name, each in given.items() if each is not None}
    return HitRows(**parts, measures={name: values[place : place + 1] for name, values in hits.measures.items()})


def play(rule: Rule, book: Rulebook, detectors: Detectors, batch: EventBatch, dictionaries: Dictionaries) -> Played:
    """Run a rule over a tape.

    Parameters
    ----------
    rule : Rule
        Whatever its status.
    book : Rulebook
        The rulebook that it is of.
    detectors : mapping of str to type
        Detector classes by id.
    batch : EventBatch
        The whole tape.
    dictionaries : Dictionaries
        Texts of its codes.
    """
    engine = Engine(replace(book, rules=(rule,)), detectors, dictionaries, [SOURCE], reserve=False)
    watched: list[tuple[Station, _FirstHits]] = []
    for station in engine.stations:
        station.episodes[:] = [_FirstHits(one) for one in station.episodes]
        watched += [(station, one) for one in station.episodes if isinstance(one, _FirstHits)]
    engine.push(batch, int(batch.columns["time"][-1]))
    engine.finish()
    found = [
        _found(station, episode, row, engine, book.base_currency)
        for station, episodes in watched
        for episode, row in episodes.rows
    ]
    found.sort(key=lambda one: (one.at, sorted(one.key.items())))
    return Played(found, engine.faults.get(rule.id, ""), engine)


def _found(station: Station, episode: Episode, row: int, engine: Engine, currency: str) -> Found:
    tape = engine.tape
    return Found(
        key=episode.names,
        asset_class=class_of(engine, episode.terms),
        at=int(tape["time"][row]),
        measures={
            name: value_of(station.detector, name, number, engine, episode.terms, currency)
            for name, number in episode.measures.items()
        },
        strength=max(episode.strength, 0),
        hits=episode.hits,
        events=episode.trail.count,
    )


def class_of(engine: Engine, terms: int) -> str:
    """Return the asset class of rows of some terms; empty when it is not known."""
    asset_class = engine.tape.dictionaries.terms.rows[terms][0]
    return AssetClass(asset_class).name.lower() if asset_class else ""


def value_of(detector: Detector, name: str, number: int, engine: Engine, terms: int, currency: str) -> Value:
    """Return a measure with its scale and in words."""
    known = engine.tape.dictionaries.terms.rows[terms]
    unit = detector.measures_of(detector.p)[name].unit
    scale = detector.scale(name) or 10 ** (known.price_scale if unit is Unit.PRICE else known.quantity_scale)
    return Value(number, scale, tick_of(known), in_words(number, scale, unit, known.asset_class, currency))


def watching(detector: type[Detector], seen: list[tuple[Detector, NDArray[Any], Candidates]]) -> type[Detector]:
    """Return a detector that measures what another does, and notes the keys and what it measured in `seen`."""

    def measure(self: Detector, at: Decided) -> Any:
        measured = detector.measure(self, at)
        kept = measured if isinstance(measured, Candidates) else Candidates(at.row, measured)
        seen.append((self, kept.row, kept))
        return measured

    return type(detector.__name__, (detector,), {"measure": measure, "__module__": detector.__module__})
