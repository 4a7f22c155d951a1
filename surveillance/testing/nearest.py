"""Why a finding did not come: the candidate that came nearest to it, and by how much each condition missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.detector import Detector
from surveillance.engine.engine import Engine
from surveillance.engine.station import Station
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL
from surveillance.rules import Condition, Rule, Rulebook
from surveillance.testing.playing import Detectors, class_of, play, value_of, watching


@dataclass(frozen=True, slots=True)
class Margin:
    """One condition at one candidate.

    Parameters
    ----------
    measure : str
        Name of the measure.
    value, asked : str
        What was measured, and what the rule asks for.
    met : bool
        Whether it held.
    margin : str
        By how much it held or failed; empty when the value is not known.
    short : float
        By how much it failed, of the limit; 0 when it held.
    """

    measure: str
    value: str
    asked: str
    met: bool
    margin: str
    short: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "measure": self.measure,
            "value": self.value,
            "asked": self.asked,
            "met": self.met,
            "margin": self.margin,
        }


@dataclass(frozen=True, slots=True)
class Nearest:
    """A candidate, and how its conditions went.

    Parameters
    ----------
    key : dict of str to str
        Key as text.
    asset_class : str
        Of its anchor; empty when not known.
    at : int
        Time of its last event as far as the detector says which that is, otherwise of its anchor; ns.
    margins : tuple of Margin
        One a condition; empty where the rule does not apply to the asset class.
    applies : bool
        Whether the rule applies to the asset class.
    """

    key: dict[str, str]
    asset_class: str
    at: int
    margins: tuple[Margin, ...]
    applies: bool

    @property
    def failed(self) -> int:
        """Conditions that did not hold."""
        return sum(not one.met for one in self.margins)


def candidates_of(
    rule: Rule, book: Rulebook, detectors: Detectors, batch: EventBatch, dictionaries: Dictionaries
) -> list[Nearest]:
    """Return all that the detector measured on a tape, the nearest to a finding first."""
    seen: list[tuple[Detector, Any, Candidates]] = []
    watched = {**detectors, rule.detector: watching(detectors[rule.detector], seen)}
    engine = play(rule, book, watched, batch, dictionaries).engine
    stations = {id(station.detector): station for station in engine.stations}
    found = [
        describe_candidate(engine, stations[id(detector)], 0, candidates, place, book.base_currency)
        for detector, rows, candidates in seen
        for place in range(len(rows))
    ]
    return sorted(found, key=lambda one: (not one.applies, one.failed, sum(part.short for part in one.margins), one.at))


def nearest_to(key: Mapping[str, str], at: int | None, candidates: list[Nearest]) -> Nearest | None:
    """Return the candidate of a key that came nearest, at the expected time if there is one; None without any."""
    same = [
        one
        for one in candidates
        if all({**one.key, "asset_class": one.asset_class}.get(n) == t for n, t in key.items())
    ]
    then = [one for one in same if one.at == at and one.applies]
    return next(iter(then or same), None)


def at_time(candidate: Nearest | None, time: int | None) -> Nearest | None:
    """Return a candidate if it is of that time (ns)."""
    return candidate if candidate is not None and candidate.at == time else None


def describe_candidate(
    engine: Engine, station: Station, judged: int, candidates: Candidates, place: int, currency: str
) -> Nearest:
    """Say how the conditions of a rule went at one candidate.

    Parameters
    ----------
    engine, station : Engine, Station
        Where it was measured.
    judged : int
        Place of the rule among those that judge at the station.
    candidates : Candidates
        What was measured in one step.
    place : int
        Its place among them.
    currency : str
        The base currency.
    """
    tape, row = engine.tape, int(candidates.row[place])
    terms = int(tape["terms"][row])
    last = row if candidates.last is None else int(candidates.last[place])
    try:
        conditions = station.episodes[judged].judge.conditions(terms)
    except LookupError:
        conditions, applies = (), False
    else:
        applies = True
    margins = tuple(
        _margin(engine, station.detector, one, int(candidates.measures[one.measure][place]), terms, currency)
        for one in conditions
    )
    key = station.key.texts(int(station.key.array[row]))
    return Nearest(key, class_of(engine, terms), int(tape["time"][last]), margins, applies)


def _margin(engine: Engine, detector: Detector, one: Condition, number: int, terms: int, currency: str) -> Margin:
    def words(amount: int) -> str:
        return value_of(detector, one.measure, amount, engine, terms, currency).words

    if number == NULL:
        return Margin(one.measure, words(number), one.text, met=False, margin="", short=1e9)
    short = max(one.low - number, number - one.high, 0)
    met = short == 0
    limits = [one.low, one.high] if one.op == "between" else [one.threshold]
    limit = min(limits, key=lambda bound: abs(number - bound))
    apart = abs(number - limit)
    if not apart:
        margin = "exactly the limit"
    elif one.op == "between" and met:
        margin = f"{words(apart)} inside"
    else:
        margin = f"{words(apart)} {'above' if number > limit else 'below'} the limit"
    return Margin(one.measure, words(number), one.text, met, margin, short / max(abs(limit), 1))
