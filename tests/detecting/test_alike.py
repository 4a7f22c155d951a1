"""Rows that agree in all columns have one number, in the order of the columns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surveillance_detectors.alike import alike


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 3), st.integers(-(2**62), 2**62)), max_size=30))
def test_numbers_and_counts_are_what_a_sort_of_whole_tuples_says(rows):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    numbers, counts = alike(*columns)
    distinct = sorted(set(rows))
    assert numbers.tolist() == [distinct.index(row) for row in rows]
    assert counts.tolist() == [rows.count(row) for row in distinct]
