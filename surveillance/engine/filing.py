"""Findings are filed for alerts: whom each is about, in which instruments, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from surveillance.alerts.filed import Filed, subject_of
from surveillance.alerts.near import NearMiss, nearest, people_of, span_of
from surveillance.alerts.values import exact, in_words, iso_day, iso_time
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode, Episodes
from surveillance.engine.findings import names_of
from surveillance.engine.near import SCALE, SPACE
from surveillance.engine.near import NearMiss as Candidate
from surveillance.events.reference import Reference
from surveillance.events.schema import NULL_DAY
from surveillance.rules import Rulebook

_NS_OF_DAY: Final = 86_400_000_000_000


class Filing:
    """Files the findings of one run.

    Parameters
    ----------
    engine : Engine
        Whose findings they are.
    sources : sequence of str
        Names of the sources by ordinal.
    book : Rulebook
        Whose findings they are; the engine may judge by other rules too.
    reference : Reference or None
        Says which instruments belong together.
    """

    def __init__(self, engine: Engine, sources: Sequence[str], book: Rulebook, reference: Reference | None) -> None:
        self._engine, self._sources, self._currency, self._reference = (
            engine,
            list(sources),
            book.base_currency,
            reference,
        )
        self._mine = frozenset(map(id, book.rules))
        self._groups: dict[str, str] = {}

    def file(self, episode: Episode, finding: dict[str, Any]) -> Filed:
        """Return a finding as the alerts take it.

        Parameters
        ----------
        episode : Episode
            Complete.
        finding : dict
            What was written of it.
        """
        tape, trail, evidence = self._engine.tape, episode.trail, episode.evidence
        instruments = evidence.instruments(tape)
        day = trail.trading_day if trail.trading_day != NULL_DAY else trail.first_time // _NS_OF_DAY
        prices = evidence.prices.bars()
        return Filed(
            finding=finding,
            subject=subject_of(evidence.shared(tape), episode.names, episode.judge.rule.subject),
            groups=frozenset(self._group(one) for one in instruments),
            instruments=tuple(instruments),
            accounts=tuple(evidence.accounts(tape)),
            traders=tuple(evidence.traders(tape)),
            start=trail.first_time,
            end=trail.last_time,
            day=iso_day(day) or "",
            event_time=episode.held,
            events=evidence.events(self._sources),
            prices={episode.names["instrument"]: prices} if prices else {},
            terms=tape.dictionaries.terms.rows[episode.terms]._asdict(),
            names={**names_of(evidence.facts()), **episode.names},
        )

    def _group(self, instrument: str) -> str:
        """Return the group of an instrument; one that has none is a group of its own."""
        found = self._groups.get(instrument)
        if found is None:
            records = () if self._reference is None else self._reference.history("instruments", instrument)
            named = [one.fields["instrument_group"] for one in records if "instrument_group" in one.fields]
            found = self._groups[instrument] = named[-1] if named else instrument
        return found

    def near_misses(self, members: Sequence[Filed]) -> list[NearMiss]:
        """Return the nearest misses of the people in an alert, about the time of it.

        Only intervals that are over when an alert closes are looked at, so that no batch shows.
        """
        since, until = span_of(members)
        people = people_of(members)
        found = [
            self._near_miss(episodes, one)
            for episodes in self._engine.every_rule()
            if id(episodes.judge.rule) in self._mine
            for one in episodes.near.of(people)
            if since <= one.time and (one.time // SPACE + 1) * SPACE <= until
        ]
        return nearest(found, members)

    def _near_miss(self, episodes: Episodes, one: Candidate) -> dict[str, Any]:
        judge = episodes.judge
        failed = judge.conditions(one.terms)
        measure = judge.measures[one.failed]
        condition = next(each for each in failed if each.measure == measure)
        terms = self._engine.tape.dictionaries.terms.rows[one.terms]
        scale = judge.detector.scale(measure) or 10 ** (terms[2] if condition.unit.value == "price" else terms[3])
        value = one.measures[measure]
        said = in_words(value, scale, condition.unit, terms[0], self._currency)
        return {
            "rule": judge.rule.id,
            "rule_version": judge.rule.version,
            "status": judge.rule.status,
            "key": one.key,
            "time": iso_time(one.time),
            "failed": measure,
            "value": exact(value, scale),
            "value_text": said,
            "text": condition.text,
            "shortfall": exact(one.distance, SCALE),
        }
