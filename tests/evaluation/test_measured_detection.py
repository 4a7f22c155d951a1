"""What an evaluation counts: episodes found, claims that are right, and how long it took."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.evaluation import Claim, Episode, evaluate
from surveillance.evaluation.matching import match
from surveillance.evaluation.measures import share

S = 1_000_000_000


def claim(start, end, *, who="A1", where="IBM", score=50.0, rule="layering", level="high", name=None):
    people = frozenset(who.split()) if who else frozenset()
    places = frozenset(where.split()) if where else frozenset()
    return Claim(name or f"{start}-{end}", (rule,), level, score, people, places, start * S, end * S, end * S)


def episode(start, end, *, who="A1", where="IBM", typology="layering", is_abuse=True, **params):
    people, places = frozenset(who.split()), frozenset(where.split())
    return Episode(f"E{start}", typology, is_abuse, places, people, frozenset(), start * S, end * S, params)


RULES = {"layering": frozenset({"layering"})}


def test_a_claim_is_about_an_episode_of_the_same_people_instrument_and_time():
    labels = [episode(100, 200)]
    for one, same in [
        (claim(150, 160), True),
        (claim(50, 100), True),
        (claim(200, 300), True),
        (claim(50, 99), False),
        (claim(201, 300), False),
        (claim(150, 160, who="A2"), False),
        (claim(150, 160, who="A2 A1"), True),
        (claim(150, 160, where="MSFT"), False),
        (claim(150, 160, where=""), True),
        (claim(150, 160, who=""), True),
    ]:
        assert bool(match([one], labels).of_claims[0]) == same, one


def test_labels_that_name_no_account_are_met_by_instrument_and_time():
    assert match([claim(1, 2)], [episode(0, 9, who="")]).of_claims == ((0,),)


def test_a_tolerance_lets_a_claim_come_late():
    assert match([claim(205, 206)], [episode(100, 200)], 5 * S).of_claims == ((0,),)
    assert match([claim(206, 207)], [episode(100, 200)], 5 * S).of_claims == ((),)


def test_recall_precision_delay_and_lookalikes_are_counted_by_hand():
    labels = [
        episode(100, 200),
        episode(300, 400, who="A2"),
        episode(500, 600, who="A3", typology="wash.churn"),
        episode(700, 800, who="M1", typology="market_making", is_abuse=False),
        episode(900, 950, who="M2", typology="market_making", is_abuse=False),
    ]
    claims = [claim(110, 130), claim(140, 150), claim(310, 320, who="A2"), claim(710, 720, who="M1"), claim(1, 2)]
    found = evaluate(claims, claims, labels, RULES)
    alerts = found.alerts
    assert (alerts.recall.hits, alerts.recall.of) == (2, 3)
    assert (alerts.precision.hits, alerts.precision.of) == (3, 5)
    assert math.isclose(alerts.f1, 2 * (2 / 3) * 0.6 / (2 / 3 + 0.6))
    assert alerts.per_episode == 1.5
    assert alerts.delay["median_s"] == 25.0
    assert (alerts.lookalikes["market_making"].hits, alerts.lookalikes["market_making"].of) == (1, 2)
    assert (found.by_rule["layering"].recall.hits, found.by_rule["layering"].recall.of) == (2, 2)
    assert [one.id for one in found.missed] == ["E500"]
    assert found.by_typology["wash.churn"].value == 0


def test_a_rule_that_found_nothing_has_recall_zero_on_what_it_is_for():
    found = evaluate([], [], [episode(1, 2)], RULES)
    assert found.by_rule["layering"].recall.value == 0
    assert found.by_rule["layering"].precision.value is None
    assert found.alerts.f1 is None


def test_severity_and_density_of_labels_make_groups():
    labels = [
        episode(100, 200, severity=0.1, density=3),
        episode(300, 400, who="A2", severity=0.9, density=240),
        episode(500, 600, who="A3", severity=0.9, density=251),
    ]
    found = evaluate([claim(310, 320, who="A2")], [], labels, RULES)
    assert {name: one.value for name, one in found.by_severity.items()} == {"0.1": 0.0, "0.9": 0.5}
    assert {name: one.value for name, one in found.by_density.items()} == {
        "up to   3 orders/s": 0.0,
        "up to 250 orders/s": 1.0,
        "above 250 orders/s": 0.0,
    }


times = st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda t: (t[0], t[0] + t[1]))
who = st.sampled_from(["A1", "A2", "A3", ""])
claims_ = st.lists(
    st.builds(lambda t, w, s: claim(*t, who=w, score=float(s)), times, who, st.integers(0, 9)), max_size=9
)
episodes_ = st.lists(st.builds(lambda t, w, a: episode(*t, who=w, is_abuse=a), times, who, st.booleans()), max_size=9)


@given(claims_, episodes_)
def test_the_curve_ends_where_all_claims_count_and_recall_never_falls(claims, episodes):
    found = evaluate(claims, claims, episodes, RULES)
    recalls = [point.recall for point in found.curve]
    assert recalls == sorted(recalls)
    assert [point.threshold for point in found.curve] == sorted(
        {point.threshold for point in found.curve}, reverse=True
    )
    if found.curve:
        assert found.curve[-1].recall == pytest.approx(found.alerts.recall.value)
        assert found.curve[-1].precision == pytest.approx(found.alerts.precision.value)


@given(claims_, episodes_)
def test_the_figures_do_not_depend_on_the_order_of_anything(claims, episodes):
    one, other = (
        evaluate(claims, claims, episodes, RULES),
        evaluate(claims[::-1], claims[::-1], episodes[::-1], RULES),
    )
    for figures in (one, other):
        assert figures.alerts.recall.hits + len(figures.missed) == figures.alerts.recall.of
    assert one.alerts.recall.hits == other.alerts.recall.hits
    assert one.alerts.precision.hits == other.alerts.precision.hits
    assert one.alerts.per_episode == other.alerts.per_episode
    assert one.curve == other.curve


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_an_interval_holds_its_share_and_is_the_same_each_time(cases):
    found = share(cases)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert share(cases) == found


def test_an_interval_is_as_wide_as_theory_says():
    found = share([True] * 50 + [False] * 50)
    assert abs(found.low - 0.402) < 0.02  # normal approximation: 0.5 +- 1.96 * sqrt(0.25 / 100)
    assert abs(found.high - 0.598) < 0.02
