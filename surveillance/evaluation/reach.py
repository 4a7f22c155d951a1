"""Thresholds that nothing on a tape could reach: not even one account that traded all there was of an instrument.

What nobody reached is no fault: most days have no abuse. Told of is only a limit above everything that could have been
measured on the tape, of quantities, money and counts, which the whole of an instrument's events bounds. Shares, prices,
multiples and durations have no such bound.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from surveillance.alerts.values import in_words
from surveillance.detecting.candidates import Candidates
from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import UNIT_SCALE, Unit
from surveillance.engine.engine import Engine
from surveillance.engine.run import detect
from surveillance.engine.station import Station
from surveillance.errors import Problem
from surveillance.evaluation.whole import Scope, Whole
from surveillance.events.schema import NULL, AssetClass, Band, Kind
from surveillance.rules import Rule, Threshold
from surveillance.tape.tape import BASELINE_FIELDS, BOOK_FIELDS, ORDER_FIELDS

MANY: Final = 100
"""Candidates of an asset class and band, of which fewer say nothing."""

_BOUNDED: Final = (Unit.QUANTITY, Unit.MONEY, Unit.COUNT)
_FLOORS: Final = ("at_least", "above", "between")


@dataclass(slots=True)
class Seen:
    """What one rule's detector measured of an asset class and band.

    Parameters
    ----------
    count : int
        Candidates.
    highest : dict of str to Fraction
        Greatest value of each measure, in natural units; of those never known nothing.
    most : Mapping
        By unit the most that could have been measured, and the instrument or whatever that would be of; absent where
        that is not known.
    """

    count: int = 0
    highest: dict[str, Fraction] = field(default_factory=dict)
    most: Mapping[Unit, tuple[Fraction, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a tape reached.

    Parameters
    ----------
    seen : Mapping
        By rule, and asset class and band, what was measured.
    events : int
        Events of the tape.
    too_short : frozenset of str
        Rules that look back farther than the tape goes: nothing can be said of them.
    currency : str
        Base currency of the rulebook.
    """

    seen: Mapping[tuple[str, Scope], Seen]
    events: int
    too_short: frozenset[str]
    currency: str

    def problems(self, rules: Iterable[Rule]) -> list[Problem]:
        """Return the limits of some rules that nothing could reach."""
        return [problem for rule in rules for problem in self._of_rule(rule)]

    def as_dict(self) -> dict[str, Any]:
        """Return what was measured as plain values, with a sentence for the reader."""
        judged = [one for (rule, _), one in self.seen.items() if one.count >= MANY and rule not in self.too_short]
        few = len(self.seen) - len(judged)
        said = f"tape of {self.events:,} events: limits were compared with what it could reach in {len(judged)} of "
        said += f"{len(self.seen)} combinations of rule, asset class and band"
        said += f"; of the other {few} it says too little" if few else ""
        measured = [
            {
                "rule": rule,
                "asset_class": member.name.lower() if member else None,
                "band": band.name.lower() if band else None,
                "candidates": one.count,
                "highest": {name: float(value) for name, value in sorted(one.highest.items())},
            }
            for (rule, (member, band)), one in self.seen.items()
        ]
        return {"said": said, "events": self.events, "seen": measured}

    def _of_rule(self, rule: Rule) -> Iterator[Problem]:
        if rule.id in self.too_short:
            return
        for (name, (member, band)), one in self.seen.items():
            if name != rule.id or one.count < MANY:
                continue
            for threshold in rule.effective(member, band) or ():
                most = one.most.get(threshold.unit)
                if threshold.op in _FLOORS and threshold.unit in _BOUNDED and most is not None:
                    limit = threshold.amounts[0].value
                    if max(one.highest.get(threshold.measure, Fraction(0)), most[0]) < limit:
                        yield self._problem(threshold, (member, band), one, most)

    def _problem(self, threshold: Threshold, scope: Scope, one: Seen, most: tuple[Fraction, str]) -> Problem:
        member, band = scope
        whose = f"{member.name.lower().replace('_', ' ') if member else 'instrument of no known class'}"
        whose += f" of the band {band.name.lower()}" if band else " without a band"
        highest = one.highest.get(threshold.measure)
        shown = self._words(highest, threshold.unit, member) if highest is not None else "nothing"
        whole = self._words(most[0], threshold.unit, member)
        message = (
            f"no {whose} on this tape could have {threshold.measure} {threshold.text}: the highest of {one.count:,} "
            f"candidates is {shown}, and all that it reads of {most[1]} comes to {whole}"
        )
        hint = "give the band a threshold of its own, or check against a tape of more days"
        return Problem("unreachable-threshold", message, threshold.origin, hint)

    def _words(self, value: Fraction, unit: Unit, member: AssetClass | None) -> str:
        scale = UNIT_SCALE[unit] or 10**6
        return in_words(int(value * scale), scale, unit, int(member or 0), self.currency)


class Reaching:
    """Keeps the greatest of what is measured while a run goes over a tape; give `watch` to `detect`."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, Scope], Seen] = {}
        self._stations: dict[str, list[Station]] = {}
        self._whole = Whole()
        self._engine: Engine | None = None

    def watch(self, engine: Engine) -> Callable[[Station, Candidates], None]:
        """Return what looks at the candidates of an engine; what another one measured before is forgotten."""
        self._seen, self._whole, self._engine, self._stations = {}, Whole(), engine, {}
        engine.tape.on_append(self._whole.add)
        for station in engine.stations:
            for episodes in station.episodes:
                self._stations.setdefault(episodes.judge.rule.id, []).append(station)
        return self._look

    def reach(self, currency: str) -> Reach:
        """Return what was reached, after the run."""
        assert self._engine is not None
        terms = self._engine.tape.dictionaries
        short = {
            rule
            for rule, stations in self._stations.items()
            if any(one.detector.look_back() + one.horizon > self._whole.span for one in stations)
        }
        seen = {}
        for (rule, scope), one in self._seen.items():
            detector = self._stations[rule][0].detector
            kinds, each = _measured_kinds(detector), "instrument" in detector.key
            days_before = not detector.reads.isdisjoint(BASELINE_FIELDS)  # of which the tape knows nothing
            seen[rule, scope] = (
                one if days_before else replace(one, most=self._whole.most(scope, kinds, terms, each=each))
            )
        return Reach(seen, self._whole.events, frozenset(short), currency)

    def _look(self, station: Station, candidates: Candidates) -> None:
        tape = station.plant.tape
        of_row = tape["terms"][candidates.row]
        for code in np.unique(of_row).tolist():
            terms = tape.dictionaries.terms.rows[code]
            rows = np.flatnonzero(of_row == code)
            scope: Scope = (
                AssetClass(terms.asset_class) if terms.asset_class else None,
                Band(terms.band) if terms.band else None,
            )
            for episodes in station.episodes:
                judge = episodes.judge
                if judge.applies(code):
                    one = self._seen.setdefault((judge.rule.id, scope), Seen())
                    one.count += len(rows)
                    for condition in judge.conditions(code):
                        values = candidates.measures[condition.measure][rows]
                        scale = station.detector.scale(condition.measure)
                        if scale is None:
                            scale = 10 ** (terms.price_scale if condition.unit is Unit.PRICE else terms.quantity_scale)
                        _keep(one.highest, condition.measure, values, scale)


def _measured_kinds(detector: Detector) -> set[Kind]:
    """Return the kinds of events whose quantities a detector may add up: of all that made the orders it asks about."""
    kinds = {*detector.needs.kinds, Kind.CORRECT}
    return (
        kinds if detector.reads.isdisjoint((*ORDER_FIELDS, *BOOK_FIELDS)) else {*Kind} - {Kind.QUOTE, Kind.MARK} | kinds
    )


def _keep(highest: dict[str, Fraction], measure: str, values: Any, scale: int) -> None:
    greatest = int(values.max())
    if greatest != NULL:
        highest[measure] = max(Fraction(greatest, scale), highest.get(measure, Fraction(greatest, scale)))


def reach_of(
    sources: Sequence[Path], rules: Path, currency: str, *, feed: str, reference: Path, rates: Sequence[Path] = ()
) -> Reach:
    """Run a rulebook over a tape and return how far its measures went.

    Parameters
    ----------
    sources : sequence of Path
        Files of events.
    rules : Path
        Folder of the rulebook.
    currency : str
        Its base currency.
    feed : str
        Name or file of the feed profile.
    reference : Path
        Folder of reference data: asset classes and bands.
    rates : sequence of Path
        Files of exchange rates.

    Raises
    ------
    InputError
        Something cannot be read.
    RulesError, PluginError
        The rulebook or a plugin is not valid.
    """
    reaching = Reaching()
    with tempfile.TemporaryDirectory(prefix="surveil-reach-") as out:
        detect(
            sources, feed=feed, rules=rules, reference=reference, rates=rates, learn=False, out=Path(out),
            watch=reaching.watch,
        )  # fmt: skip
    return reaching.reach(currency)
