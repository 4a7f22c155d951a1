"""Interned ids are exact, and memory follows the ids that live."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.tape.interner import Interner

TYPES = [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()]
text = st.one_of(
    st.sampled_from(["", "a", "b", "é", "ORDER-00000001", "ORDER-00000002", "12345678", "1234567", "x" * 40]),
    st.text(max_size=20),
)
rows = st.lists(st.one_of(st.none(), text), max_size=40)


def interner_with(hash_mask):
    interner = Interner()
    interner._hash_mask = np.uint64(hash_mask)
    return interner


def array_of(texts, kind=pa.string(), cut=0):  # noqa: B008 - types are values that never change
    """Make an array that is a slice of a longer one, as blocks of a file are."""
    whole = ["cut", None][:cut] + list(texts) + ["cut", None][:cut]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        whole = [None if one is None else one.encode() for one in whole]
    return pa.array(whole, type=kind).slice(cut, len(texts))


class Reference:
    """The same by a dictionary."""

    def __init__(self):
        self.code_of = {}

    def check(self, interner, texts, codes):
        for one, code in zip(texts, codes, strict=True):
            if one is None:
                assert code == 0
            elif one in self.code_of:
                assert code == self.code_of[one]
            else:
                assert code > 0
                assert code not in self.code_of.values()
                self.code_of[one] = code
        assert len(interner) == len(self.code_of)
        assert interner.size > max(self.code_of.values(), default=0)
        for one, code in self.code_of.items():
            assert interner.find(one) == code
            assert interner.text(code) == one
        codes = np.array(list(self.code_of.values()), dtype=np.int32)
        assert interner.texts(codes) == list(self.code_of)


hash_masks = st.sampled_from([2**64 - 1, 0, 2**32 - 1, 1 << 32, 7 << 40, 2**64 - 2**34])
steps = st.lists(
    st.tuples(rows, st.sampled_from(TYPES), st.integers(0, 2), st.randoms(use_true_random=False)), max_size=6
)


@given(steps, hash_masks)
def test_codes_equal_those_of_a_dictionary_even_if_hashes_collide(steps, hash_mask):
    interner, reference = interner_with(hash_mask), Reference()
    for texts, kind, cut, random in steps:
        reference.check(interner, texts, interner.codes(array_of(texts, kind, cut)).tolist())
        released = random.sample(sorted(reference.code_of), random.randint(0, len(reference.code_of)))
        codes = [reference.code_of.pop(one) for one in released]
        interner.release(np.array([0, *codes], dtype=np.int32))
        assert all(interner.find(one) == 0 for one in released)
        reference.check(interner, [], [])


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_the_empty_text_is_a_text_and_null_is_none(kind):
    interner = Interner()
    assert interner.codes(array_of(["", None, "", "a"], kind, 1)).tolist() == [1, 0, 1, 2]
    assert interner.text(1) == ""
    assert interner.text(0) is None
    assert interner.texts(np.array([2, 0, 1], dtype=np.int32)) == ["a", None, ""]
    assert interner.find("") == 1


def test_an_array_without_rows_or_without_texts_gives_nulls():
    interner = Interner()
    assert interner.codes(pa.array([], type=pa.string())).tolist() == []
    assert interner.codes(pa.nulls(3)).tolist() == [0, 0, 0]
    assert interner.codes(pa.nulls(3, pa.string())).tolist() == [0, 0, 0]
    assert interner.codes(pa.array(["", ""])).tolist() == [1, 1]
    assert Interner().find("") == 0


def test_text_that_cannot_be_utf_8_is_not_found():
    assert Interner().find("\ud800") == 0


def test_texts_that_differ_in_one_byte_anywhere_get_different_codes():
    texts = [("-" * at + "x" + "-" * (length - at - 1)) for length in range(1, 34) for at in range(length)]
    interner = interner_with(0)
    assert interner.codes(pa.array(texts)).tolist() == list(range(1, len(texts) + 1))
    assert interner.codes(pa.array(texts[::-1])).tolist() == list(range(len(texts), 0, -1))


def test_a_text_that_begins_another_is_not_the_other():
    interner = interner_with(0)
    assert interner.codes(pa.array(["12345678", "1234567", "123456789", "1234567\0"])).tolist() == [1, 2, 3, 4]


def test_many_ids_are_all_found_again_after_growth():
    array = pa.array([f"ORD{number:09d}" for number in range(50_000)])
    interner = Interner()
    whole = np.concatenate([interner.codes(array.slice(at, 7_001)) for at in range(0, 50_000, 7_001)])
    np.testing.assert_array_equal(whole, np.arange(1, 50_001))
    np.testing.assert_array_equal(interner.codes(array.take(pa.array(np.arange(50_000)[::-1]))), whole[::-1])
    assert interner.text(31_001) == "ORD000031000"


def test_a_text_longer_than_the_arena_is_taken():
    interner = Interner()
    long = "ä" * 100_000
    assert interner.codes(pa.array(["a", long, "b", long])).tolist() == [1, 2, 3, 2]
    assert interner.text(2) == long


def test_released_codes_go_to_new_texts():
    interner = Interner()
    interner.codes(pa.array(["a", "b", "c"]))
    interner.release(np.array([2], dtype=np.int32))
    assert interner.find("b") == 0
    with pytest.raises(KeyError):
        interner.text(2)
    assert interner.codes(pa.array(["d", "b", "a"])).tolist() == [2, 4, 1]


@pytest.mark.parametrize("codes", [[9], [-1], [1, 1]])
def test_releasing_a_code_that_no_text_has_is_an_error(codes):
    interner = Interner()
    interner.codes(pa.array(["a"]))
    with pytest.raises(KeyError, match=str(codes[-1])):
        interner.release(np.array(codes, dtype=np.int32))


def test_ids_of_another_type_are_refused():
    with pytest.raises(TypeError, match="Ids were int64; they must be string or binary"):
        Interner().codes(pa.array([1]))


def test_memory_follows_the_ids_that_live_and_not_those_of_the_day():
    interner, live, most = Interner(), [], 0
    for start in range(0, 200_000, 500):
        live.append(interner.codes(pa.array([f"ORD{number:09d}" for number in range(start, start + 500)])))
        if len(live) > 4:
            interner.release(live.pop(0))
        most = max(most, interner.nbytes)
    assert len(interner) == 2_000
    assert interner.size <= 2_501
    assert most <= 2_500 * (3 * 12 + 90)
    assert interner.texts(live[0][:1]) == ["ORD000198000"]


def test_memory_is_given_back_after_a_burst_of_ids():
    interner = Interner()
    kept = interner.codes(pa.array(["kept", "too"]))
    interner.release(interner.codes(pa.array([str(number) for number in range(100_000)])))
    assert interner.nbytes < 8_000
    assert interner.texts(kept) == ["kept", "too"]
    assert interner.size == 3
