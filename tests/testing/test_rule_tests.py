"""Tests inside rules: what passes, what fails and why, and which tests mean nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from surveillance.api import Detector
from surveillance.detecting.measure import Unit
from surveillance.detecting.plugins import load_detectors
from surveillance.rules import load_rulebook
from surveillance.testing.rule_tests import run_tests
from surveillance.testing.telling import explain, outcome_dict

SHIPPED = Path(__file__).parents[2] / "rules"
RULE = """
format: 1
id: churn
version: 1
title: Churn
status: draft
severity: high
family: wash
owner: desk
detector: wash.churn
params: {window: 10m}
when: {buys: {at_least: 2}, volume: {at_least: 400 shares}}
asset_classes: {equity: {}, fixed_income: {when: {volume: {at_least: 5_000 face}}}}
explain: "{account}"
"""
HIT = """
      +0m trade A1 IBM buy 200 @ 10
      +1m trade A1 IBM buy 200 @ 10
"""


@pytest.fixture(scope="module")
def detectors():
    return load_detectors(["trade-surveillance"])


@pytest.fixture
def outcomes(tmp_path, detectors):
    """Run the tests of the churn rule above, or of one that differs."""

    def run(tests, rule=RULE, using=None):
        shutil.copy(SHIPPED / "rulebook.yaml", tmp_path)
        indented = "\n".join(f"  {line}" for line in tests.strip("\n").splitlines())
        (tmp_path / "churn.yaml").write_text(f"{rule.strip()}\ntests:\n{indented}\n", encoding="utf-8")
        book = load_rulebook(tmp_path, using or detectors)
        return run_tests(book.rules, book, using or detectors)

    return run


def test_of(tape, expect):
    lines = "\n".join(f"    {line.strip()}" for line in tape.strip().splitlines())
    return f"- name: it\n  tape: |\n{lines}\n  expect: {expect}"


test_of.__test__ = False


def told(outcome):
    return [" ".join(line.split()) for line in explain(outcome)]


@pytest.mark.parametrize(
    "expect",
    [
        "[{account: A1}]",
        "[{account: A1, instrument: IBM, at: +1m}]",
        "[{instrument: IBM, at: '09:31:00', hits: 1, events: 2, strength: 0%}]",
        "[{account: A1, measures: {buys: 2, volume: 400 shares, alternation: 0%, sells: {below: 1}}}]",
        "[{asset_class: equity, measures: {volume: {between: [10 shares, 400 shares]}}}]",
        "[{account: A1, strength: {at_most: 10%}}]",
    ],
)
def test_what_was_expected_was_found(outcomes, expect):
    (outcome,) = outcomes(test_of(HIT, expect))
    assert outcome.passed, told(outcome)


@pytest.mark.parametrize(
    ("expect", "because"),
    [
        ("[{account: A1, at: +2m}]", "at is +1m, not +2m"),
        ("[{account: A1, measures: {buys: 3}}]", "buys is 2, not 3"),
        ("[{account: A1, measures: {volume: {above: 400 shares}}}]", "volume is 400 shares, not above 400 shares"),
        ("[{account: A1, measures: {volume: 400 face}}]", "volume is counted in shares, not face"),
        ("[{account: A1, strength: {above: 0%}}]", "strength is 0%, not above 0%"),
        ("[{account: A1, hits: 2}]", "hits are 1, not 2"),
        ("[{account: A1, events: 1}]", "events are 2, not 1"),
    ],
)
def test_a_difference_is_told_beside_what_was_found(outcomes, expect, because):
    (outcome,) = outcomes(test_of(HIT, expect))
    assert not outcome.passed
    assert f"because {because}" in told(outcome)


def test_a_missing_finding_comes_with_the_margins_of_the_nearest_candidate(outcomes):
    tape = "+0m trade A1 IBM buy 200 @ 10\n+1m trade A1 IBM buy 199 @ 10"
    (outcome,) = outcomes(test_of(tape, "[{account: A1, at: +1m}]"))
    assert told(outcome) == [
        "- expected account A1 at +1m",
        "+ found nothing",
        "nearest account A1, instrument IBM at +1m fails 1 of 2 conditions:",
        "FAIL volume 399 shares at least 400 shares 1 shares below the limit",
        "ok buys 2 at least 2 exactly the limit",
    ]


def test_an_unexpected_finding_shows_by_how_much_each_condition_held(outcomes):
    (outcome,) = outcomes(test_of(HIT, "[]"))
    assert told(outcome) == [
        "- expected nothing",
        "+ found account A1, instrument IBM at +1m, strength 0%, 1 hit",
        "measured",
        "ok buys 2 at least 2 exactly the limit",
        "ok volume 400 shares at least 400 shares exactly the limit",
    ]


def test_a_key_of_which_nothing_was_measured_is_told_as_such(outcomes):
    (outcome,) = outcomes(test_of(HIT, "[{account: A2}]"))
    assert "nearest the detector measured nothing of this key" in told(outcome)
    assert "- expected nothing more" in told(outcome)


def test_an_asset_class_to_which_the_rule_does_not_apply_is_told_as_such(outcomes):
    (outcome,) = outcomes(test_of(HIT.replace("@ 10", "@ 10 class=crypto"), "[{account: A1}]"))
    assert any("the rule does not apply to crypto" in line for line in told(outcome))


def test_a_hit_that_joined_another_finding_is_told_as_such(outcomes):
    tape = f"{HIT}\n+2m trade A1 IBM buy 200 @ 10"
    (outcome,) = outcomes(test_of(tape, "[{account: A1, at: +1m}, {account: A1, at: +2m}]"))
    assert any("belongs to another finding of its key" in line for line in told(outcome))


def test_the_time_of_a_finding_is_that_of_its_first_hit(outcomes):
    tape = f"{HIT}\n+2m trade A1 IBM buy 900 @ 10\n+15m trade A1 IBM buy 1 @ 10\n+30m trade A1 IBM buy 1 @ 10"
    (outcome,) = outcomes(test_of(tape, "[{account: A1, at: +1m, hits: 2, measures: {volume: 1_300 shares}}]"))
    assert outcome.passed, told(outcome)


def test_expected_findings_are_paired_so_that_as_many_as_possible_match(outcomes):
    tape = HIT + HIT.replace("+0m", "+30m").replace("+1m", "+31m")
    (outcome,) = outcomes(test_of(tape, "[{account: A1}, {account: A1, at: +1m}]"))
    assert outcome.passed, told(outcome)


@pytest.mark.parametrize(
    ("tape", "expect", "message"),
    [
        ("# nothing", "[]", "the tape has no event"),
        ("+0m order A1 IBM buy 1", "[]", "has no event that wash.churn reads"),
        ("+0m order A1 IBM buy 1", "[{account: A1}]", "has no event that wash.churn reads"),
        ("+0m trade - IBM buy 1 @ 1", "[]", "no event of the tape says its account"),
    ],
)
def test_a_test_that_can_never_fail_is_an_error(outcomes, tape, expect, message):
    (outcome,) = outcomes(test_of(tape, expect))
    assert not outcome.passed
    assert message in outcome.problems[0].message
    assert outcome.problems[0].code == "idle-test"


def test_a_fault_in_a_tape_stands_at_its_line_in_the_rule_file(outcomes, tmp_path):
    (outcome,) = outcomes(test_of("+0m trade A1 IBM buy 1 @ 1\n+1m trade A1 IBM bye 1 @ 1", "[]"))
    place = outcome.problems[0].location
    written = (tmp_path / "churn.yaml").read_text().splitlines()[place.line - 1]
    assert written[place.column - 1 :].startswith("bye")


def test_a_detector_that_raises_fails_the_test_with_its_reason(outcomes, detectors):
    class Broken(detectors["wash.churn"]):
        def measure(self, _at):
            raise ZeroDivisionError("no")

    assert issubclass(Broken, Detector)
    (outcome,) = outcomes(test_of(HIT, "[]"), using={**detectors, "wash.churn": Broken})
    assert not outcome.passed
    assert "raised ZeroDivisionError: no" in outcome.problems[0].message


def test_an_outcome_is_plain_values(outcomes):
    import json

    for expect in ("[]", "[{account: A1, hits: 3}]", "[{account: A2, at: +1m}]"):
        (outcome,) = outcomes(test_of(HIT, expect))
        told_ = json.loads(json.dumps(outcome_dict(outcome)))
        assert (told_["rule"], told_["passed"]) == ("churn", False)
        assert told_["found"][0]["measures"]["volume"] == "400 shares"


@pytest.fixture(scope="module")
def shipped(detectors):
    return load_rulebook(SHIPPED, detectors)


def test_the_shipped_rules_pass_their_tests(shipped, detectors):
    outcomes = run_tests(shipped.rules, shipped, detectors)
    assert len(outcomes) >= 3 * len(shipped.rules)
    assert {(one.rule.id, one.test.name): told(one) for one in outcomes if not one.passed} == {}


def nudged(rule, origin, factor, step):
    """Return a rule of which the threshold written at one place is another."""

    def other(threshold):
        if threshold.origin != origin:
            return threshold
        amounts = tuple(replace(one, value=one.value * factor + step) for one in threshold.amounts)
        return replace(threshold, amounts=amounts)

    table = {terms: tuple(map(other, thresholds)) for terms, thresholds in rule.thresholds.items()}
    return replace(rule, thresholds=table)


IMPLIED = {
    ("layering", "cancelled_share"),
    ("wash-self", "crossings"),
    ("ping-orders", "recent"),
    ("quote-spoofing-habit", "quotes"),
    ("momentum-ignition", "reversing"),
    ("marking-close", "to_close"),
    ("marking-close-attempt", "to_close"),
    ("marking-close-seconds", "to_close"),
}
"""Whoever cancels three orders has a last layer of three, all cancelled: with the count the share is met. And an owner
who did not trade with himself is no candidate. Counts of 1 and 2 are no others when they are a third less, and beyond
the window nobody knows when the close comes."""


ROUGH = {("price-anomaly", "deviations")}
"""Deviations are roots of sums: a tape that lands within a millionth of one is not readable, so a third has to do."""


def test_every_threshold_of_the_shipped_rules_is_held_by_a_test_on_both_sides(shipped, detectors):
    """Tighter by a hair, or looser by a third, a threshold must make some test fail."""
    idle = []
    for rule in shipped.rules:
        origins = {one.origin: one for thresholds in rule.thresholds.values() for one in thresholds}
        for origin, threshold in origins.items():
            name = (rule.id, threshold.measure)
            whole = threshold.unit in (Unit.COUNT, Unit.QUANTITY, Unit.DURATION)
            hair = Fraction(1) if whole else Fraction(1, 10**6)
            upper = threshold.op in ("at_most", "below")
            looser, tighter = (Fraction(3, 2), Fraction(2, 3)) if upper else (Fraction(2, 3), Fraction(3, 2))
            away = Fraction(1) if upper and not threshold.amounts[0].value else Fraction(0)
            tight = (tighter, Fraction(0)) if name in ROUGH else (Fraction(1), -hair if upper else hair)
            for factor, step in (tight, (looser, away)):
                if factor == looser and name in IMPLIED:
                    continue
                outcomes = run_tests([nudged(rule, origin, factor, step)], shipped, detectors)
                if all(one.passed for one in outcomes):
                    idle.append((*name, str(origin), "looser" if factor == looser else "tighter"))
    assert idle == []
