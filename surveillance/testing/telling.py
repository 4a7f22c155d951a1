"""Findings of tests in words and as plain values: what was expected, what was found, and what came nearest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from surveillance.engine.judge import STRENGTH_SCALE
from surveillance.rules import Expected
from surveillance.rules.clock import show_moment
from surveillance.testing.matching import Matched, show_strength
from surveillance.testing.nearest import Margin, Nearest
from surveillance.testing.playing import Found
from surveillance.testing.rule_tests import Outcome


def explain(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that tell why a test failed: a diff of expected (-) and found (+), and what came nearest."""
    for problem in outcome.problems:
        yield from str(problem).splitlines()
    matched = outcome.matched
    if matched is None:
        return
    for expected in matched.missing:
        yield f"- expected  {_expected(expected)}"
        yield "+ found     nothing of this key" if outcome.found else "+ found     nothing"
        yield from _nearest(expected, outcome)
    for expected, found, what in matched.different:
        yield f"- expected  {_expected(expected)}"
        yield f"+ found     {_found(found)}"
        yield from (f"  because   {one}" for one in what)
        yield from _nearest(expected, outcome)
    for found in matched.surplus:
        yield f"- expected  nothing{' more' if outcome.test.expect else ''}"
        yield f"+ found     {_found(found)}"
        yield from _nearest(found, outcome)


def _nearest(one: Expected | Found, outcome: Outcome) -> Iterator[str]:
    """Tell of the candidate that is nearest to what is missing, or that a finding is made of."""
    for other, near in outcome.nearest:
        if other is not one:
            continue
        if near is None:
            yield "  nearest   the detector measured nothing of this key"
            continue
        who = f"{_key(near.key)} at {show_moment(near.at)}"
        if not near.applies:
            yield f"  nearest   {who}; the rule does not apply to {near.asset_class or 'an unknown asset class'}"
        elif near.failed:
            yield f"  nearest   {who} fails {near.failed} of {len(near.margins)} conditions:"
        elif isinstance(one, Expected):
            yield f"  nearest   {who} meets every condition, but belongs to another finding of its key:"
        else:
            yield "  measured"
        yield from (f"            {_margin(part, near)}" for part in sorted(near.margins, key=lambda part: part.met))


def _margin(one: Margin, near: Nearest) -> str:
    name, value, asked = (
        max(len(getattr(other, part)) for other in near.margins) for part in ("measure", "value", "asked")
    )
    mark = "ok  " if one.met else "FAIL"
    return f"{mark} {one.measure:<{name}}  {one.value:>{value}}  {one.asked:<{asked}}  {one.margin}".rstrip()


def _key(key: dict[str, str]) -> str:
    return ", ".join(f"{name} {text}" for name, text in key.items())


def _expected(expected: Expected) -> str:
    at = "" if expected.at is None else f" at {expected.at_text}"
    beside = [f"{one.measure} {one.text}" for one in expected.measures]
    beside += [f"strength {expected.strength.text}"] if expected.strength else []
    beside += [f"{name} {count}" for name, count in (("hits", expected.hits), ("events", expected.events)) if count]
    return f"{_key(dict(expected.key)) or 'a finding'}{at}" + (f" with {', '.join(beside)}" if beside else "")


def _found(found: Found) -> str:
    hits = "1 hit" if found.hits == 1 else f"{found.hits} hits"
    return f"{_key(found.key)} at {show_moment(found.at)}, strength {show_strength(found.strength)}, {hits}"


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as plain values for JSON."""
    place = outcome.test.place
    matched = outcome.matched or Matched([], [], [])
    return {
        "rule": outcome.rule.id,
        "name": outcome.test.name,
        "file": place.file,
        "line": place.line,
        "passed": outcome.passed,
        "found": [found_dict(one) for one in outcome.found],
        "missing": [expected_dict(one) for one in matched.missing],
        "unexpected": [found_dict(one) for one in matched.surplus],
        "different": [
            {"expected": expected_dict(one), "found": found_dict(other), "differences": what}
            for one, other, what in matched.different
        ],
        "nearest": [
            {
                ("expected" if isinstance(one, Expected) else "found"): (
                    expected_dict(one) if isinstance(one, Expected) else found_dict(one)
                ),
                "candidate": None if near is None else nearest_dict(near),
            }
            for one, near in outcome.nearest
        ],
        "problems": [problem.as_dict() for problem in outcome.problems],
    }


def expected_dict(expected: Expected) -> dict[str, Any]:
    """Return an expected finding as plain values."""
    return {
        **expected.key,
        **({} if expected.at is None else {"at": expected.at_text}),
        **({"measures": {one.measure: one.text for one in expected.measures}} if expected.measures else {}),
        **({"strength": expected.strength.text} if expected.strength else {}),
        **{name: count for name, count in (("hits", expected.hits), ("events", expected.events)) if count},
    }


def found_dict(found: Found) -> dict[str, Any]:
    """Return a finding as plain values."""
    return {
        "key": found.key,
        "asset_class": found.asset_class or None,
        "at": show_moment(found.at),
        "measures": {name: value.words for name, value in found.measures.items()},
        "strength": found.strength / STRENGTH_SCALE,
        "hits": found.hits,
        "events": found.events,
    }


def nearest_dict(near: Nearest) -> dict[str, Any]:
    """Return a candidate as plain values."""
    return {
        "key": near.key,
        "asset_class": near.asset_class or None,
        "at": show_moment(near.at),
        "applies": near.applies,
        "conditions": [one.as_dict() for one in near.margins],
    }
