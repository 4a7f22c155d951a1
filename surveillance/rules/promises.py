"""Texts that promise another threshold than the rule has: amounts in its sentences that are none of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.documents.document import Document, Path
from surveillance.errors import Problem
from surveillance.rules.amounts_in_text import Named, amounts_in
from surveillance.rules.contract import MeasuringDetector
from surveillance.rules.params import amounts_of
from surveillance.rules.rule import Rule
from surveillance.rules.units import show_duration

_PROMISED: Final = (("title",), ("explain",), ("rationale", "why"))

_OF_OTHERS = re.compile(
    r"publish|describ|\bcases?\b|\bcourt|order against|regulator|guid(?:e|ance)|\bpapers?\b|stud(?:y|ies)|\barticle|"
    r"report|simulat|ordinar|usual|average|typical|median|normal|\bexample|e\.g\.|such as|\bchance|\bwas\b|\bwere\b",
    re.IGNORECASE,
)
"""Words of sentences that quote a number or describe a market rather than say what the rule asks for."""

_LIMIT = re.compile(
    r"(?:at least|at most|than|within|above|below|over|under|up to|exceed\w*|reach\w*|least|most|last|limit of|between)"
    r"\W+(?:(?:the|of|a|about|its|last)\W+)*$",
    re.IGNORECASE,
)
"""What stands before an amount that is a limit: a rationale tells of many others."""


def promises(rule: Rule, document: Document, detector: type[MeasuringDetector], currency: str) -> Iterator[Problem]:
    """Yield the amounts in a rule's title, explanation and rationale that are none of its thresholds or parameters.

    Parameters
    ----------
    rule : Rule
        A valid one.
    document : Document
        Its file.
    detector : type
        Its detector.
    currency : str
        Base currency of the rulebook.

    Notes
    -----
    An amount may be that of any asset class and band, what is left of a share (15% filled are 85% unfilled), a
    multiple (0.5 are 50%), or part of what a measure means (orders taken back within two seconds).
    """
    own: dict[Unit, set[Fraction]] | None = None
    for path in _PROMISED:
        text = _text(rule, path)
        for sentence in re.split(r"(?<=[.;:!?])\s+", text):
            for named in amounts_in(sentence, currency):
                if path[0] == "rationale" and not _is_limit(named, sentence):
                    continue
                own = _own(rule, detector, currency) if own is None else own
                if named.value not in own[named.unit]:
                    yield _problem(named, own[named.unit], path, document, currency)


def _text(rule: Rule, path: Path) -> str:
    if path[0] == "rationale":
        return rule.rationale.why if rule.rationale else ""
    return rule.title if path[0] == "title" else re.sub(r"\{[^}]*\}", "…", rule.explain)


def _is_limit(named: Named, sentence: str) -> bool:
    before = sentence[: sentence.find(named.text)]
    return _LIMIT.search(before) is not None and _OF_OTHERS.search(sentence) is None


def _own(rule: Rule, detector: type[MeasuringDetector], currency: str) -> dict[Unit, set[Fraction]]:
    """Return the amounts that a rule decides with, in natural units."""
    own: dict[Unit, set[Fraction]] = {Unit.SHARE: set(), Unit.DURATION: set(), Unit.MONEY: set()}
    found = [(one.unit, amount.value) for table in rule.thresholds.values() for one in table for amount in one.amounts]
    for member in (None, *rule.asset_classes):
        found += amounts_of(rule.params(member))
        for measure in detector.measures_of(rule.params(member)).values():
            found += [(named.unit, named.value) for named in amounts_in(measure.meaning, currency)]
    found += [(Unit.DURATION, Fraction(rule.gap))] if rule.gap is not None else []
    for unit, value in found:
        if unit in {Unit.SHARE, Unit.MULTIPLE}:
            own[Unit.SHARE] |= {value, 1 - value}
        elif unit in own:
            own[unit].add(value)
    return own


def _problem(named: Named, own: set[Fraction], path: Path, document: Document, currency: str) -> Problem:
    message = f"the text says {named.text!r}, which is no threshold or parameter of the rule"
    shown = ", ".join(_shown(value, named.unit, currency) for value in sorted(own) if value > 0)
    noun = {Unit.SHARE: "shares", Unit.DURATION: "durations", Unit.MONEY: "amounts of money"}[named.unit]
    return document.problem("text-of-other-threshold", message, path, f"its {noun} are {shown or 'none'}")


def _shown(value: Fraction, unit: Unit, currency: str) -> str:
    if unit is Unit.DURATION:
        return show_duration(int(value))
    return f"{float(value * 100):g}%" if unit is Unit.SHARE else f"{float(value):,.12g} {currency}"
