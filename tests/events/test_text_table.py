"""Distinct texts keep their numbers from block to block."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from surveillance.events.text import text_of_arrow
from surveillance.events.text_table import TextTable

blocks = st.lists(st.lists(st.text(max_size=6) | st.none(), max_size=40), max_size=6)


@given(blocks)
def test_numbers_are_those_of_a_dictionary_that_remembers(given_blocks):
    table, known = TextTable(), {}
    for block in given_blocks:
        expected = [known.setdefault(text, len(known) + 1) if text else 0 for text in block]
        assert table.numbers(text_of_arrow(pa.array(block, pa.string()))).tolist() == expected
    assert [table.bytes_of(number).decode() for number in range(1, len(table) + 1)] == list(known)


def test_a_hundred_thousand_texts_of_all_lengths_are_told_apart():
    texts = [f"{'x' * (place % 50)}{place}" for place in range(100_000)]
    table = TextTable()
    first = table.numbers(text_of_arrow(pa.array(texts)))
    assert np.array_equal(first, np.arange(1, 100_001))
    assert np.array_equal(table.numbers(text_of_arrow(pa.array(texts[::-1]))), first[::-1])
