from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from surveillance.events.arithmetic import multiply_money
from surveillance.events.schema import NULL

sizes = st.one_of(st.integers(1, 10**6), st.integers(1, 10**12), st.integers(1, 2**63 - 1))
signed = st.builds(lambda size, sign: size * sign, sizes, st.sampled_from([1, -1]))
ones = st.just(10**6) | st.sampled_from([50 * 10**6, 1000 * 10**6, 12_500_000, 1]) | st.integers(1, 10**12)


@given(st.lists(st.tuples(signed, sizes, ones, st.integers(6, 32)), min_size=1))
@example([(5, 1, 10**6, 11), (15, 1, 10**6, 11), (25, 1, 10**6, 11)])
@example([(2**63 - 1, 1, 10**6, 10), (2**63 - 1, 2, 10**6, 10)])
@example([(10**15 - 1, 10**15 + 1, 10**6, 10 + 14)])
@example([(2**62, 10**14 * 2 + 1, 10**6, 10 + 14)])
def test_money_is_exact_and_half_even(rows):
    prices, quantities, multipliers, decimals = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    money, too_large = multiply_money(prices, quantities, multipliers, decimals.astype(np.int8))
    for row, (price, quantity, multiplier, places) in enumerate(rows):
        wanted = round(Fraction(abs(price) * quantity * multiplier * 10**4, 10**places))
        if wanted >= 2**63:
            assert too_large[row]
            assert money[row] == NULL
        else:
            assert not too_large[row]
            assert money[row] == wanted


def test_without_a_factor_there_is_no_money():
    prices, quantities = np.array([NULL, 5, 5]), np.array([5, NULL, 5])
    multipliers, decimals = np.array([10**6, 10**6, NULL]), np.full(3, 6, np.int8)
    money, too_large = multiply_money(prices, quantities, multipliers, decimals)
    assert money.tolist() == [NULL] * 3
    assert not too_large.any()
