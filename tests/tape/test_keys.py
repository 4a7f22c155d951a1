"""Pair codes are exact, dense and bounded by what is in use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.tape.keys import PairCoder

WORD = 2**64
HIGHEST = 2**31 - 1
code = st.one_of(st.integers(0, 4), st.integers(0, HIGHEST), st.just(HIGHEST))
pairs = st.lists(st.tuples(code, code), max_size=80)


def code_all(coder, wanted, first_row=0):
    sides = np.array(wanted, dtype=np.int32).reshape(-1, 2)
    out = np.full(len(sides), -7, dtype=np.int32)
    coder.codes(sides[:, 0], sides[:, 1], out, first_row)
    return out.tolist()


class Reference:
    """The same by dictionaries."""

    def __init__(self):
        self.code_of = {}
        self.last = {}

    def forget(self, before):
        gone = {pair for pair, row in self.last.items() if row < before}
        freed = sorted(self.code_of.pop(pair) for pair in gone)
        for pair in gone:
            del self.last[pair]
        return freed

    def check(self, coder, wanted, codes, first_row):
        for row, (pair, got) in enumerate(zip(wanted, codes, strict=True), first_row):
            if 0 in pair:
                assert got == 0
                continue
            if pair in self.code_of:
                assert got == self.code_of[pair]
            else:
                assert got > 0
                assert got not in self.code_of.values()
                self.code_of[pair] = got
            self.last[pair] = row
        assert len(coder) == len(self.code_of)
        assert coder.size > max(self.code_of.values(), default=0)
        left, right, last = coder.left_of, coder.right_of, coder.last_row
        assert len(left) == len(right) == len(last) == coder.size
        for pair, known in self.code_of.items():
            assert coder.pair(known) == pair == (left[known], right[known])
            assert coder.find(*pair) == known
            assert last[known] == self.last[pair]


@given(st.lists(st.tuples(pairs, st.integers(0, 100)), max_size=6))
def test_codes_equal_those_of_a_dictionary_while_pairs_come_and_go(steps):
    coder, reference, row = PairCoder(), Reference(), 0
    for wanted, back in steps:
        reference.check(coder, wanted, code_all(coder, wanted, row), row)
        row += len(wanted)
        assert coder.forget(row - back).tolist() == reference.forget(row - back)
        reference.check(coder, [], [], row)


@given(pairs, st.integers(1, 9))
def test_codes_do_not_depend_on_the_batches(wanted, step):
    whole, pieces = PairCoder(), PairCoder()
    codes = code_all(whole, wanted)
    assert codes == [one for at in range(0, len(wanted), step) for one in code_all(pieces, wanted[at : at + step], at)]
    assert whole.last_row.tolist() == pieces.last_row.tolist()


def unmix(mixed):
    """Inverse of the table's hash."""
    for multiplier, shift in ((0x94D049BB133111EB, 31), (0xBF58476D1CE4E5B9, 27), (1, 30)):
        undone = mixed
        for _ in range(3):
            undone = mixed ^ (undone >> shift)
        mixed = undone * pow(multiplier, -1, WORD) % WORD
    return mixed


def test_pairs_whose_hash_bits_are_equal_get_different_codes():
    hashes = [(0xABCD1234 << 32) | (middle << 16) | 17 for middle in range(1, 400)]
    split = [divmod(unmix(mixed), 2**32) for mixed in hashes]
    wanted = [pair for pair in split if 0 < pair[0] <= HIGHEST and 0 < pair[1] <= HIGHEST]
    assert len(wanted) > 50
    coder = PairCoder()
    assert code_all(coder, wanted * 2) == list(range(1, len(wanted) + 1)) * 2
    assert [coder.find(*pair) for pair in wanted] == list(range(1, len(wanted) + 1))


def test_a_pair_with_a_null_side_has_code_0():
    coder = PairCoder()
    assert code_all(coder, [(0, 5), (5, 0), (0, 0), (5, 5)]) == [0, 0, 0, 1]
    assert coder.find(0, 5) == coder.find(9, 9) == 0
    assert coder.pair(0) == (0, 0)
    with pytest.raises(KeyError):
        coder.pair(2)


def test_sides_are_not_interchangeable():
    assert code_all(PairCoder(), [(1, 2), (2, 1), (1, 2)]) == [1, 2, 1]


def test_a_forgotten_pair_is_unknown_and_its_code_goes_to_the_next_new_pair():
    coder = PairCoder()
    code_all(coder, [(1, 1), (2, 2), (3, 3)])
    code_all(coder, [(1, 1), (3, 3)], 3)
    assert coder.forget(3).tolist() == [2]
    assert coder.find(2, 2) == 0
    assert coder.left_of[2] == 0
    with pytest.raises(KeyError):
        coder.pair(2)
    assert code_all(coder, [(4, 4), (2, 2)], 5) == [2, 4]


def test_many_pairs_are_all_found_again_after_growth():
    left = np.repeat(np.arange(1, 301, dtype=np.int32), 200)
    right = np.tile(np.arange(1, 201, dtype=np.int32), 300)
    coder, out = PairCoder(), np.zeros(60_000, dtype=np.int32)
    coder.codes(left, right, out, 0)
    np.testing.assert_array_equal(out, np.arange(1, 60_001))
    again = np.zeros_like(out)
    coder.codes(left[::-1], right[::-1], again, 60_000)
    np.testing.assert_array_equal(again, out[::-1])
    np.testing.assert_array_equal(coder.left_of[1:], left)
    assert coder.nbytes <= 64 * 60_000


@given(st.integers(1, 300), st.integers(50, 400))
def test_memory_stays_bounded_when_keys_churn_for_ever(fresh, kept):
    coder = PairCoder()
    out = np.zeros(fresh, dtype=np.int32)
    most = 0
    for step in range(60):
        numbers = np.arange(step * fresh + 1, (step + 1) * fresh + 1, dtype=np.int32)
        coder.codes(numbers, numbers, out, step * fresh)
        most = max(most, coder.size)
        coder.forget((step + 1) * fresh - kept)
    assert most <= fresh + kept + 1
    assert coder.nbytes <= 4_000 + 100 * (fresh + kept)


def test_memory_is_given_back_after_a_burst_of_keys():
    coder = PairCoder()
    many = np.arange(1, 100_001, dtype=np.int32)
    coder.codes(many, many, np.zeros_like(many), 0)
    coder.forget(100_000)
    assert len(coder) == coder.size - 1 == 0
    assert coder.nbytes < 4_000


def test_read_only_and_strided_columns_are_taken():
    column = np.array([1, 9, 2, 9, 1, 9], dtype=np.int32)
    column.flags.writeable = False
    out = np.zeros(6, dtype=np.int32)
    PairCoder().codes(column[::2], column[::2], out[::2], 0)
    assert out.tolist() == [1, 0, 2, 0, 1, 0]


def test_columns_of_different_lengths_are_refused():
    one, two = np.ones(1, dtype=np.int32), np.ones(2, dtype=np.int32)
    with pytest.raises(ValueError, match="1 left codes, 2 right codes and 1 places"):
        PairCoder().codes(one, two, one, 0)
