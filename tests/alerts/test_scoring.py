"""The laws of the score: order, growth, repetition, and where single findings land."""

from functools import reduce
from itertools import pairwise

import pytest
from alert_helpers import SCORING
from hypothesis import given
from hypothesis import strategies as st

from surveillance.alerts.scoring import Evidence, level_of, score, weight
from surveillance.rules.rulebook import SEVERITIES

STRENGTHS = st.integers(0, 10_000)
RULES = {f"{severity}-{number}": severity for severity in SEVERITIES for number in range(3)}


@st.composite
def evidence(draw, severities=SEVERITIES):
    rule = draw(st.sampled_from(sorted(name for name, severity in RULES.items() if severity in severities)))
    family = draw(st.sampled_from(["wash", "spoofing", "notional"]))
    return Evidence(rule, f"{family}-{rule}" if draw(st.booleans()) else family, RULES[rule], draw(STRENGTHS))


ALERTS = st.lists(evidence(), max_size=8)


@given(ALERTS, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found, random):
    other = list(found)
    random.shuffle(other)
    assert score(SCORING, other) == score(SCORING, found)


@given(ALERTS, evidence())
def test_a_finding_more_never_lowers_the_score(found, more):
    assert score(SCORING, [*found, more]).value >= score(SCORING, found).value


@given(ALERTS, evidence(), STRENGTHS)
def test_a_finding_that_grows_never_lowers_the_score(found, one, strength):
    grown = Evidence(one.rule, one.family, one.severity, max(one.strength, strength))
    assert score(SCORING, [*found, grown]).value >= score(SCORING, [*found, one]).value


@given(ALERTS)
def test_saying_it_again_changes_nothing(found):
    assert score(SCORING, found * 2) == score(SCORING, found)


@given(st.lists(evidence(), min_size=1, max_size=8))
def test_the_level_is_at_most_one_above_the_gravest_severity(found):
    gravest = max(SEVERITIES.index(one.severity) for one in found)
    scored = score(SCORING, found)
    assert gravest <= SEVERITIES.index(scored.level) <= gravest + 1
    assert scored.level == level_of(SCORING, scored.value)
    assert 0 < scored.value <= scored.uncapped < 10_000


@given(st.lists(evidence(severities=("low",)), max_size=30))
def test_low_findings_alone_never_make_a_high_alert(found):
    assert score(SCORING, found).level in ("low", "medium")


@given(st.lists(st.tuples(st.sampled_from(SEVERITIES), STRENGTHS), min_size=1, max_size=12))
def test_the_score_is_the_exact_product_rounded_down_once(parts):
    found = [Evidence(f"r{n}", f"f{n}", severity, strength) for n, (severity, strength) in enumerate(parts)]
    weights = [weight(SCORING, severity, strength) for severity, strength in parts]
    rest = reduce(lambda product, one: product * (10_000 - one), weights, 1)
    exact = 10_000 - rest / 10_000 ** (len(parts) - 1) if len(parts) < 4 else None
    uncapped = score(SCORING, found).uncapped
    assert 10_000 ** (len(parts) - 1) * (10_000 - uncapped) - rest in range(10_000 ** (len(parts) - 1))
    if exact is not None:
        assert uncapped == pytest.approx(exact, abs=1)


@pytest.mark.parametrize(("severity", "points"), [("low", 20), ("medium", 46), ("high", 72), ("critical", 92)])
def test_one_finding_at_its_threshold_lands_in_the_level_of_its_rule(severity, points):
    scored = score(SCORING, [Evidence("r", "f", severity, 0)])
    assert (scored.value, scored.level) == (points * 100, severity)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_one_finding_however_strong_stays_in_the_level_of_its_rule(severity):
    assert score(SCORING, [Evidence("r", "f", severity, 10_000)]).level == severity


def test_two_high_ones_of_two_families_are_critical_and_of_one_family_are_not():
    two = [Evidence("a", "wash", "high", 0), Evidence("b", "spoofing", "high", 0)]
    assert (score(SCORING, two).value, score(SCORING, two).level) == (9216, "critical")
    same = [Evidence("a", "wash", "high", 0), Evidence("b", "wash", "high", 0)]
    assert score(SCORING, same).value == 7200
    assert score(SCORING, same).counted == {"wash": "a"}


def test_of_a_family_the_weightiest_rule_counts():
    scored = score(SCORING, [Evidence("a", "wash", "high", 100), Evidence("b", "wash", "high", 900)])
    assert scored.counted == {"wash": "b"}
    assert scored.value == weight(SCORING, "high", 900)


def test_nothing_scores_nothing():
    assert (score(SCORING, []).value, score(SCORING, []).level) == (0, "low")


def test_weights_grow_with_strength_from_base_to_top():
    weights = [weight(SCORING, "high", strength) for strength in range(0, 10_001, 100)]
    assert (weights[0], weights[-1]) == (7200, 8300)
    assert all(low <= high for low, high in pairwise(weights))
