"""Ratios are exact: rounded half even from the true fraction, however large the numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.detecting.candidates import ratio, share
from surveillance.events.schema import NULL, PPM

GREATEST = 2**63 - 1
numbers = st.integers(0, 100) | st.integers(0, GREATEST) | st.sampled_from([GREATEST, 2**62, 10**12, 10**18])


def by_definition(part, whole, scale):
    if whole <= 0 or part == NULL:
        return NULL
    return min(round(Fraction(part, whole) * scale), GREATEST)  # Python rounds fractions half even


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(numbers | st.just(NULL), numbers | st.integers(-5, 0)), max_size=6),
    st.sampled_from([1, 2, 100, PPM, 10**9, 10**14]),
)
def test_a_ratio_is_the_fraction_rounded_half_even(pairs, scale):
    part, whole = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    assert ratio(part, whole, scale).tolist() == [by_definition(one, other, scale) for one, other in pairs]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_in_parts_per_million(part, whole):
    assert share(np.array([part]), np.array([whole])).tolist() == [by_definition(part, whole, PPM)]


@pytest.mark.parametrize(("part", "rounded"), [(1, 0), (3, 2), (5, 2), (7, 4)])
def test_halves_are_rounded_to_even(part, rounded):
    assert ratio(np.array([part]), np.array([2]), 1).tolist() == [rounded]


def test_a_share_of_nothing_and_a_share_of_what_is_not_known_are_null():
    assert share(np.array([1, 1, NULL, 1]), np.array([0, -1, 5, NULL])).tolist() == [NULL] * 4


def test_one_number_is_divided_by_many():
    assert share(np.int64(1), np.array([1, 4])).tolist() == [PPM, PPM // 4]


def test_no_rows_have_no_ratios():
    assert len(share(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))) == 0


def test_a_ratio_that_does_not_fit_is_the_greatest_number_and_meets_every_lower_limit():
    assert ratio(np.array([GREATEST]), np.array([1])).tolist() == [GREATEST]
