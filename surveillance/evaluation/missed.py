"""What came nearest to finding an episode that no alert is about: the best candidate, and the conditions it failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.engine.engine import Engine
from surveillance.engine.station import Station
from surveillance.evaluation.truth import Episode
from surveillance.testing.nearest import Nearest, describe_candidate

NEAR_ENOUGH = 40
"""Candidates of one step and episode that are looked at: those that failed fewest conditions by eye."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule's nearest candidate for an episode.

    Parameters
    ----------
    rule : str
        Id of the rule.
    candidate : Nearest
        With how each condition went.
    """

    rule: str
    candidate: Nearest

    @property
    def order(self) -> tuple[int, float]:
        """What is nearer comes first: conditions that failed, then by how much."""
        return self.candidate.failed, sum(one.short for one in self.candidate.margins)


class NearestMisses:
    """Looks at everything that is measured while a run is repeated, for what could have found the missed episodes.

    Parameters
    ----------
    missed : sequence of Episode
        Episodes of abuse.
    rules : Mapping
        Each rule and the typologies that it is for, by name.
    currency : str
        The base currency.
    """

    def __init__(self, missed: Sequence[Episode], rules: Mapping[str, frozenset[str]], currency: str) -> None:
        self._missed, self._rules, self._currency = missed, rules, currency
        self.found: dict[str, Miss] = {}

    def watch(self, engine: Engine) -> Callable[[Station, Candidates], None]:
        """Return what looks at the candidates of an engine; what another engine measured before is forgotten."""
        self.found = {}

        def look(station: Station, candidates: Candidates) -> None:
            for judged, episodes in enumerate(station.episodes):
                rule = episodes.judge.rule.id
                for one in self._missed:
                    if one.typology in self._rules.get(rule, frozenset()):
                        self._look(engine, station, judged, candidates, one, rule)

        return look

    def _look(
        self, engine: Engine, station: Station, judged: int, candidates: Candidates, episode: Episode, rule: str
    ) -> None:
        rows = candidates.row
        times = engine.tape["time"][rows]
        during = np.flatnonzero((times >= episode.start) & (times <= episode.end + station.horizon))
        if not len(during):
            return
        codes = station.key.array[rows[during]]
        fits = {int(code): _fits(station.key.texts(int(code)), episode) for code in np.unique(codes)}
        places = during[np.array([fits[int(code)] for code in codes])]
        for place in most_promising(station, judged, candidates, places, engine).tolist():
            described = describe_candidate(engine, station, judged, candidates, place, self._currency)
            miss = Miss(rule, described)
            known = self.found.get(episode.id)
            if described.applies and described.margins and (known is None or miss.order < known.order):
                self.found[episode.id] = miss


def _fits(key: Mapping[str, str], episode: Episode) -> bool:
    """Tell whether a key is about an episode: its account or trader, and its instrument, where both name one."""
    people = [key[name] for name in ("account", "trader") if key.get(name)]
    if people and episode.actors and not episode.actors.intersection(people):
        return False
    instrument = key.get("instrument")
    return not instrument or not episode.instruments or instrument in episode.instruments


def most_promising(
    station: Station, judged: int, candidates: Candidates, places: NDArray[Any], engine: Engine
) -> NDArray[Any]:
    """Return the places at which fewest conditions fail, at most `NEAR_ENOUGH` of them."""
    if len(places) <= NEAR_ENOUGH:
        return places
    judge = station.episodes[judged].judge
    terms = engine.tape["terms"][candidates.row[places]]
    short = np.full(len(places), np.inf)
    for code in np.unique(terms).tolist():
        if not judge.applies(code):
            continue
        same = np.flatnonzero(terms == code)
        short[same] = 0
        for one in judge.conditions(code):
            values = candidates.measures[one.measure][places[same]].astype(np.float64)
            limit = float(one.low if one.op in ("at_least", "above", "between") else one.high)
            away = np.maximum(one.low - values, values - one.high)
            short[same] += np.where(away > 0, 1 + np.minimum(away / max(abs(limit), 1.0), 0.9), 0)
    chosen: NDArray[Any] = places[np.argsort(short, kind="stable")[:NEAR_ENOUGH]]
    return chosen
