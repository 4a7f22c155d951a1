"""Thresholds as whole numbers: a value below, at and above a limit is judged as exact arithmetic judges it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detecting.measure import Unit
from surveillance.rules.conditions import HIGHEST, LOWEST, Threshold, can_be_graded
from surveillance.rules.units import Amount

JUDGE = {
    "at_least": lambda value, first, _: value >= first,
    "above": lambda value, first, _: value > first,
    "at_most": lambda value, first, _: value <= first,
    "below": lambda value, first, _: value < first,
    "between": lambda value, first, last: first <= value <= last,
}


def condition(op, *limits, scale=1):
    amounts = tuple(Amount(Fraction(limit)) for limit in limits)
    return Threshold("orders", Unit.COUNT, op, amounts, "as written", graded=True).condition(scale)


@pytest.mark.parametrize(
    ("op", "limits", "low", "high", "threshold"),
    [
        ("at_least", [3], 3, HIGHEST, 3),
        ("above", [3], 4, HIGHEST, 3),
        ("at_most", [3], LOWEST, 3, 3),
        ("below", [3], LOWEST, 2, 3),
        ("between", [3, 5], 3, 5, 3),
        ("between", [3, 3], 3, 3, 3),
        ("at_least", [Fraction(5, 2)], 3, HIGHEST, 3),
        ("above", [Fraction(5, 2)], 3, HIGHEST, 2),
        ("at_most", [Fraction(5, 2)], LOWEST, 2, 2),
        ("below", [Fraction(5, 2)], LOWEST, 2, 3),
        ("at_least", [-3], -3, HIGHEST, -3),
        ("below", [Fraction(-5, 2)], LOWEST, -3, -2),
    ],
)
def test_every_operator_becomes_bounds_that_are_both_included(op, limits, low, high, threshold):
    found = condition(op, *limits)
    assert (found.low, found.high, found.threshold) == (low, high, threshold)


limits = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**7)


@given(st.sampled_from(sorted(JUDGE)), limits, limits, st.sampled_from([1, 100, 10**6, 10**9]), st.integers(-3, 3))
def test_below_at_and_above_are_judged_exactly(op, one, other, scale, step):
    first, last = sorted((one, other)) if op == "between" else (one, one)
    found = condition(op, *((first, last) if op == "between" else (first,)), scale=scale)
    for limit in (first, last):
        value = round(limit * scale) + step  # a whole number just below, at or just above the limit
        assert (found.low <= value <= found.high) == JUDGE[op](Fraction(value, scale), first, last)


@pytest.mark.parametrize("op", ["at_least", "above"])
def test_a_limit_that_no_value_can_reach_holds_for_none(op):
    found = condition(op, 10**30)
    assert (found.low, found.high, found.threshold) == (HIGHEST, LOWEST, HIGHEST)


@pytest.mark.parametrize("op", ["at_most", "below"])
def test_a_limit_that_every_value_meets_holds_for_all_but_null(op):
    found = condition(op, 10**30)
    assert (found.low, found.high) == (LOWEST, HIGHEST)


def test_null_meets_no_threshold():
    assert condition("at_least", -(10**30)).low == LOWEST
    assert LOWEST - 1 == -(2**63)


def test_what_cannot_be_exceeded_by_degrees_is_not_graded():
    assert can_be_graded("at_least", Unit.COUNT, Fraction(3))
    assert can_be_graded("above", Unit.SHARE, Fraction(99, 100))
    assert can_be_graded("above", Unit.MULTIPLE, Fraction(3))
    assert not can_be_graded("at_least", Unit.SHARE, Fraction(1))
    assert not can_be_graded("at_least", Unit.COUNT, Fraction(0))
    assert not can_be_graded("below", Unit.COUNT, Fraction(3))
    assert not can_be_graded("between", Unit.COUNT, Fraction(3))
