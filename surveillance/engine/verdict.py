"""What a rule says of what was measured: conditions with their margins, how strong, and every step in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

from surveillance.alerts.values import exact, in_words
from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Unit
from surveillance.engine.judge import STRENGTH_SCALE
from surveillance.events.dictionary import Terms
from surveillance.events.schema import AssetClass
from surveillance.rules import Condition, Rule

NOT_KNOWN: Final = "not known"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured, and of whom.

    Parameters
    ----------
    terms : Terms
        Of the instrument.
    measures : Mapping
        In their own whole-number units, at the strongest hit.
    names : Mapping
        What an explanation may call by name.
    count, hits : int
        Events that it rests on, and how many of them met the conditions.
    start, end : str
        Times of the first and last event, ISO 8601.
    """

    terms: Terms
    measures: Mapping[str, int]
    names: Mapping[str, str]
    count: int
    hits: int
    start: str
    end: str


def verdict(
    rule: Rule, detector: Detector, seen: Seen, conditions: Sequence[Condition], strength: int, currency: str
) -> dict[str, Any]:
    """Return the fields of a finding that its rule decides.

    Parameters
    ----------
    rule : Rule
        Who judges.
    detector : Detector
        Who measured, under the rule's parameters.
    seen : Seen
        What was measured.
    conditions : sequence of Condition
        Those that hold for the instrument.
    strength : int
        1/10,000.
    currency : str
        The base currency.
    """
    units, terms = detector.measures_of(detector.p), seen.terms
    scales = {name: scale_of(detector, terms, name) for name in seen.measures}
    said = {
        name: in_words(value, scales[name], units[name].unit, terms.asset_class, currency)
        for name, value in seen.measures.items()
    }
    return {
        "rule": rule.id,
        "rule_version": rule.version,
        "title": rule.title,
        "status": rule.status,
        "detector": rule.detector,
        "detector_version": detector.version,
        "severity": rule.severity,
        "family": rule.family,
        "asset_class": AssetClass(terms.asset_class).name.lower() if terms.asset_class else None,
        "measures": {name: exact(value, scales[name]) for name, value in seen.measures.items()},
        "conditions": [_condition(seen.measures[one.measure], one, scales[one.measure]) for one in conditions],
        "strength": exact(max(strength, 0), STRENGTH_SCALE),
        "explanation": _explanation(rule, seen, conditions, said),
    }


def scale_of(detector: Detector, terms: Terms, measure: str) -> int:
    """Return how many whole-number units of a measure make one, for an instrument."""
    scale = detector.scale(measure)
    if scale is not None:
        return int(scale)
    unit = detector.measures_of(detector.p)[measure].unit
    return int(10 ** (terms.price_scale if unit is Unit.PRICE else terms.quantity_scale))


def _condition(value: int, one: Condition, scale: int) -> dict[str, Any]:
    threshold: Any = exact(one.threshold, scale)
    margin = one.threshold - value if one.op in ("at_most", "below") else value - one.threshold
    if one.op == "between":
        threshold = [exact(one.low, scale), exact(one.high, scale)]
        margin = min(value - one.low, one.high - value)
    return {
        "measure": one.measure,
        "value": exact(value, scale),
        "op": one.op,
        "threshold": threshold,
        "margin": exact(margin, scale),
        "unit": one.unit.value,
        "text": one.text,
    }


def _explanation(rule: Rule, seen: Seen, conditions: Sequence[Condition], said: Mapping[str, str]) -> list[str]:
    asset_class = seen.terms.asset_class
    known = {
        "asset_class": AssetClass(asset_class).name.lower().replace("_", " ") if asset_class else NOT_KNOWN,
        "start": _clock(seen.start),
        "end": _clock(seen.end),
        "events": f"{seen.count:,}",
        **seen.names,
        **said,
    }
    steps = [_fill(rule.explain, known)]
    steps += [
        f"{one.measure.replace('_', ' ').capitalize()} is {said[one.measure]}; the rule asks for {one.text}."
        for one in conditions
    ]
    start, end = _clock(seen.start), _clock(seen.end)
    times = f"between {start} and {end} UTC" if seen.start != seen.end else f"at {start} UTC"
    again = f"; the conditions held at {seen.hits:,} of them" if seen.hits > 1 else ""
    noun = "event" if seen.count == 1 else "events"
    return [*steps, f"It rests on {seen.count:,} {noun} {times}{again}."]


def _fill(template: str, known: dict[str, str]) -> str:
    return "".join(text + (known[name] if name else "") for text, name, _, _ in Formatter().parse(template))


def _clock(iso: str) -> str:
    """Shorten a time to milliseconds, as a person would compare it."""
    return iso[:23].replace("T", " ")
