"""Looks over a run's shoulder at one rule and key: what came nearest at a time, and what suppressions held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveillance.alerts.values import iso_time
from surveillance.detecting.candidates import Candidates
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode
from surveillance.engine.station import Station
from surveillance.evaluation.asking import Asked
from surveillance.evaluation.missed import most_promising
from surveillance.rules import Suppression
from surveillance.testing.nearest import Nearest, describe_candidate


@dataclass(frozen=True, slots=True)
class Hidden:
    """A finding that a suppression held back.

    Parameters
    ----------
    suppression : str
        Its id.
    start, end : str
        Of the finding, ISO 8601.
    """

    suppression: str
    start: str
    end: str


class Looking:
    """What a run shows to somebody who asks; give `watch` and `hide` to `surveillance.engine.run.detect`.

    Parameters
    ----------
    asked : Asked
        Rule, key and time.
    currency : str
        The base currency.
    """

    def __init__(self, asked: Asked, currency: str) -> None:
        self._asked, self._currency = asked, currency
        self._engine: Engine | None = None
        self.nearest: Nearest | None = None
        self.hidden: list[Hidden] = []

    @property
    def engine(self) -> Engine:
        """The engine of the last pass."""
        assert self._engine is not None
        return self._engine

    def watch(self, engine: Engine) -> Callable[[Station, Candidates], None]:
        """Return what looks at the candidates of an engine; what another one measured before is forgotten."""
        self._engine, self.nearest, self.hidden = engine, None, []
        return self._look

    def hide(self, suppression: Suppression, episode: Episode) -> None:
        """Note a finding that is held back."""
        if episode.judge.rule.id == self._asked.rule and self.about(episode.names):
            start, end = iso_time(episode.trail.first_time), iso_time(episode.trail.last_time)
            self.hidden.append(Hidden(suppression.id, start, end))

    def about(self, key: Mapping[str, str]) -> bool:
        """Tell whether a finding's key is about whom and what was asked; ids may be given as pseudonyms."""
        return all(key.get(name) in (text, self._shown(name, text)) for name, text in self._asked.key.items())

    def unknown(self) -> list[tuple[str, str]]:
        """Return the columns and ids asked about that no event has."""
        return [one for one in self._asked.key.items() if not self._known(*one)]

    def _known(self, name: str, text: str) -> bool:
        texts = self.engine.tape.dictionaries[name]
        return bool(texts.find(text)) or any(texts.text(code) == text for code in range(1, len(texts)))

    def _shown(self, name: str, text: str) -> str | None:
        """Return what stands for an id in what a run writes."""
        texts = self.engine.tape.dictionaries[name]
        return texts.text(texts.find(text))

    def _look(self, station: Station, candidates: Candidates) -> None:
        for judged, episodes in enumerate(station.episodes):
            if episodes.judge.rule.id == self._asked.rule:
                self._look_at(station, judged, candidates)

    def _look_at(self, station: Station, judged: int, candidates: Candidates) -> None:
        asked, times = self._asked, self.engine.tape["time"][candidates.row]
        around = (times >= asked.at - asked.within) & (times <= asked.at + asked.within + station.horizon)
        during = np.flatnonzero(around)
        codes = station.key.array[candidates.row[during]]
        fits = {code: self.about(station.key.texts(code)) for code in np.unique(codes).tolist()}
        places = during[np.array([fits[code] for code in codes.tolist()], dtype=bool)]
        for place in most_promising(station, judged, candidates, places, self.engine).tolist():
            found = describe_candidate(self.engine, station, judged, candidates, place, self._currency)
            if self.nearest is None or self._order(found) < self._order(self.nearest):
                self.nearest = found

    def _order(self, one: Nearest) -> tuple[Any, ...]:
        """Order candidates by the conditions that failed, then by how much, then by how far away in time."""
        short = sum(part.short for part in one.margins)
        return not one.applies, one.failed, short, abs(one.at - self._asked.at)
