"""Cents times whole shares have fewer decimals than money: they are multiplied by the kernel like all others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveillance.events.arithmetic import multiply_rows

PLAIN = st.tuples(st.integers(1, 10**7), st.integers(1, 10**5), st.sampled_from([10**6, 100 * 10**6, 25 * 10**4]))


@given(rows=st.lists(PLAIN, min_size=1), decimals=st.integers(6, 10))
def test_ordinary_prices_and_quantities_at_few_decimals_need_no_slow_path_and_are_exact(rows, decimals):
    prices, quantities, multipliers = (np.array(one, np.int64) for one in zip(*rows, strict=True))
    money, states = np.empty(len(rows), np.int64), np.empty(len(rows), np.uint8)
    scales = np.full(len(rows), decimals, np.int8)
    slow = multiply_rows(prices, quantities, multipliers, scales, money, states)
    assert slow == 0
    for (price, quantity, multiplier), found in zip(rows, money.tolist(), strict=True):
        exact = price * quantity * multiplier * 10**4
        assert abs(2 * (found * 10**decimals - exact)) <= 10**decimals
