"""Tests that pass whatever the thresholds of their rule are, and expectations that every finding meets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import inspect

from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Unit
from surveillance.errors import Problem, SurveillanceError
from surveillance.events.dictionary import Dictionaries
from surveillance.rules import Expected, Rule, Rulebook, Threshold
from surveillance.rules.limits import widens
from surveillance.testing.playing import Detectors, play, watching
from surveillance.testing.rule_tests import Prepared

LONGER: Final = 100
"""Durations are made so many times as long where parameters are loosened."""

_NEVER_NEGATIVE: Final = (Unit.COUNT, Unit.DURATION)


def never_failing(
    prepared: Iterable[Prepared], book: Rulebook, detectors: Detectors, dictionaries: Dictionaries
) -> Iterator[Problem]:
    """Yield the tests that expect nothing and whose tapes give the detector nothing to judge.

    Parameters
    ----------
    prepared : iterable of Prepared
        Tests with their tapes.
    book : Rulebook
        The rulebook.
    detectors : mapping of str to type
        Detector classes by id.
    dictionaries : Dictionaries
        With which the tapes were read.

    Notes
    -----
    A tape without a candidate is often a good test of a parameter or of the detector itself. Only one that is also
    shorter than half of every tape on which the rule finds something, and gives no candidate with looser parameters
    either, is told of.
    """
    of_rules: dict[str, list[Prepared]] = {}
    for one in prepared:
        if one.batch is not None and not one.problems:
            of_rules.setdefault(one.rule.id, []).append(one)
    for tests in of_rules.values():
        lengths = [_read(one, detectors) for one in tests if one.test.expect]
        for one in tests:
            length = 0 if one.test.expect or not lengths else _read(one, detectors)
            if length and 2 * length < min(lengths) and not _measured(one, book, detectors, dictionaries):
                message = (
                    f"no threshold could make this test fail: on its tape {one.rule.detector} has nothing to judge"
                )
                hint = f"it reads {length} of its events, and at least {min(lengths)} where the rule finds something"
                yield Problem("never-failing-test", message, one.test.place, hint)


def idle_expectations(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield what tests expect that every finding of their rule meets."""
    for rule in rules:
        for test in rule.tests:
            for expected in test.expect:
                yield from _idle(rule, expected)


def _idle(rule: Rule, expected: Expected) -> Iterator[Problem]:
    for one in expected.measures:
        own = [_of(found, one.measure) for found in rule.thresholds.values()]
        implied = all(each is not None and widens(each, one) for each in own)
        if implied or (one.unit in _NEVER_NEGATIVE and _is_floor(one)):
            message = f"every finding of the rule has {one.measure} {one.text}"
            hint = "expect the value that the tape gives, or leave the measure out"
            yield Problem("idle-expectation", message, one.origin, hint)
    if expected.strength is not None and _is_floor(expected.strength):
        message = f"every finding has a strength of {expected.strength.text}"
        yield Problem("idle-expectation", message, expected.strength.origin, "expect the strength that the tape gives")
    said = (expected.at, expected.strength, expected.hits, expected.events)
    if set(expected.key) <= {"asset_class"} and not expected.measures and said == (None,) * 4:
        hint = f"name its {' and '.join(rule.key)}, or when it is found"
        yield Problem("idle-expectation", "this says neither whose finding it is nor when", expected.place, hint)


def _of(found: Sequence[Threshold], measure: str) -> Threshold | None:
    return next((one for one in found if one.measure == measure), None)


def _is_floor(one: Threshold) -> bool:
    return one.op == "at_least" and one.amounts[0].value <= 0


def _read(one: Prepared, detectors: Detectors) -> int:
    """Return how many events of a tape the detector reads."""
    assert one.batch is not None
    kinds = [int(kind) for kind in detectors[one.rule.detector](one.rule.params(None)).needs.kinds]
    return int(np.count_nonzero(np.isin(one.batch.columns["kind"], kinds)))


def _measured(one: Prepared, book: Rulebook, detectors: Detectors, dictionaries: Dictionaries) -> bool:
    """Tell whether there is a candidate on a tape, as the rule is or with looser parameters."""
    assert one.batch is not None
    for loosen in (None, (_shorter,), (_longer,), (_shorter, _longer)):
        rule = one.rule if loosen is None else _loosened(one.rule, loosen)
        seen: list[tuple[Detector, Any, Any]] = []
        watched = {**detectors, rule.detector: watching(detectors[rule.detector], seen)}
        try:
            play(rule, book, watched, one.batch, dictionaries)
        except (ValueError, SurveillanceError):  # the detector does not take these parameters
            continue
        if any(len(rows) for _, rows, _ in seen):
            return True
    return False


Loosen = Callable[[inspect.Type, Any], Any]


def _loosened(rule: Rule, loosen: Sequence[Loosen]) -> Rule:
    parameters = {}
    for member, params in rule.parameters.items():
        changed: dict[str, Any] = {}
        described = inspect.type_info(type(params))
        assert isinstance(described, inspect.StructType)
        for field in described.fields:
            before = value = getattr(params, field.name)
            for change in loosen:
                value = change(field.type, value)
            if value is not before:
                changed[field.name] = value
        parameters[member] = msgspec.structs.replace(params, **changed)
    return replace(rule, parameters=parameters)


def _longer(kind: inspect.Type, value: Any) -> Any:
    """Lengthen a duration."""
    told = kind.extra_json_schema or {} if isinstance(kind, inspect.Metadata) else {}
    return value * LONGER if told.get("unit") == Unit.DURATION.value and isinstance(value, int) else value


def _shorter(kind: inspect.Type, value: Any) -> Any:
    """Ask for one where more are asked for."""
    return 1 if isinstance(kind, inspect.IntType) and isinstance(value, int) and value > 1 else value
