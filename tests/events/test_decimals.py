from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surveillance.events.decimals import ABSENT, BAD, OK, RANGE, TOO_MANY, to_fixed
from surveillance.events.schema import NULL

EXACT = Context(prec=500, rounding=ROUND_HALF_EVEN)
scales = st.integers(0, 12)
shifts = st.sampled_from([0, 0, 0, 1, 2, 4, 8])


def expected(number: Decimal, places: int, *, rounding: bool) -> tuple[int, int]:
    scaled = EXACT.scaleb(number, places)
    whole = int(scaled.to_integral_value(ROUND_HALF_EVEN, EXACT))
    if whole != scaled and not rounding:
        # A number that is too large as well may be called either; the door rejects it both ways.
        return NULL, TOO_MANY
    return (whole, OK) if abs(whole) < 2**63 else (NULL, RANGE)


def read(texts, scale, **options):
    values, states = to_fixed(pa.array(texts, pa.string()), scale, **options)
    return values.tolist(), states.tolist()


plain = st.from_regex(r"[+-]?([0-9]{1,21}(\.[0-9]{0,14})?|\.[0-9]{1,14})", fullmatch=True)
powers = st.from_regex(r"[+-]?[0-9]{1,6}(\.[0-9]{0,4})?[eE][+-]?[0-9]{1,2}", fullmatch=True)


@given(st.lists(plain | powers, min_size=1), scales, shifts, st.booleans())
@example(["9223372036854775807", "9223372036854775808", "-9223372036854775808"], 0, 0, False)
@example(["0.5", "1.5", "2.5", "0.50000001", "-0.5", "-1.5"], 0, 0, True)
@example(["9223372036854775807.5", "9223372036854775806.5"], 0, 0, True)
@example(["00000000000000000000000000000000001.10"], 1, 0, False)
@example(["12345"], 0, 8, False)
@example(["10000000000000000000", "-92233720368547758080", "92233720368547758070", "92233720368547758080"], 0, 1, False)
def test_numbers_read_as_decimal_reads_them(texts, scale, shift, rounding):
    values, states = read(texts, scale, shift=shift, rounding=rounding)
    for text, value, state in zip(texts, values, states, strict=True):
        wanted = expected(Decimal(text), scale - shift, rounding=rounding)
        if wanted[1] == TOO_MANY:
            assert (value, state) in ((NULL, TOO_MANY), (NULL, RANGE)), text
        else:
            assert (value, state) == wanted, text


@given(st.text(max_size=12))
def test_a_text_is_a_number_or_is_told_to_be_none(text):
    ((value,), (state,)) = read([text], 6)
    looks_right = text.isascii() and "_" not in text and text.strip() == text
    try:
        number = Decimal(text) if looks_right else None
    except ArithmeticError:
        number = None
    if not text:
        assert state == ABSENT
    elif number is None or not number.is_finite():
        assert (value, state) == (NULL, BAD)
    else:
        assert state != BAD


@pytest.mark.parametrize("text", ["1e999999999", "-1e999999999", "9e400"])
def test_a_huge_power_is_out_of_range_and_costs_nothing(text):
    assert read([text], 6) == ([NULL], [RANGE])


def test_a_tiny_power_rounds_to_zero_or_has_too_many_decimals():
    assert read(["1e-999999999"], 6, rounding=True) == ([0], [OK])
    assert read(["1e-999999999"], 6) == ([NULL], [TOO_MANY])


@given(st.lists(st.floats() | st.floats(-1e6, 1e6), min_size=1), scales)
@example([0.1 + 0.2, 2.675, 1.005, 0.5, 1.5, 2.5, 1e22, 4503599627370497.5], 0)
@example([1.0000005, 1.0000015, 0.0000005], 6)
def test_a_float_is_rounded_half_even_from_its_shortest_decimal(numbers, scale):
    values, states = to_fixed(pa.array(numbers, pa.float64()), scale)
    for number, value, state in zip(numbers, values.tolist(), states.tolist(), strict=True):
        if np.isnan(number):
            assert state == ABSENT
        elif np.isinf(number):
            assert state == BAD
        else:
            assert (value, state) == expected(Decimal(repr(number)), scale, rounding=True)


def test_a_single_precision_float_is_the_decimal_that_it_shows():
    values, _ = to_fixed(pa.array([0.1, 101.3], pa.float32()), 6)
    assert values.tolist() == [100_000, 101_300_000]


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1), scales, shifts)
def test_whole_numbers_scale_exactly_or_are_told_apart(numbers, scale, shift):
    values, states = to_fixed(pa.array(numbers, pa.int64()), scale, shift=shift)
    for number, value, state in zip(numbers, values.tolist(), states.tolist(), strict=True):
        if number is None:
            assert state == ABSENT
        elif number == NULL:
            assert state == RANGE
        else:
            assert (value, state) == expected(Decimal(number), scale - shift, rounding=False)


decimals = st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**28), max_value=10**28)


@given(st.lists(st.none() | decimals, min_size=1), scales, st.booleans())
def test_decimal_columns_scale_exactly(numbers, scale, rounding):
    column = pa.array([None, *numbers], pa.decimal128(38, 9)).slice(1)
    values, states = to_fixed(column, scale, rounding=rounding)
    for number, value, state in zip(numbers, values.tolist(), states.tolist(), strict=True):
        if number is None:
            assert (value, state) == (NULL, ABSENT)
            continue
        wanted = expected(number, scale, rounding=rounding)
        assert (value, state) == wanted or {state, wanted[1]} == {TOO_MANY, RANGE}


def test_each_row_has_its_own_scale():
    values, states = to_fixed(pa.array(["1.25", "1.25", "1.25"]), np.array([2, 4, 1], np.int8))
    assert values.tolist() == [125, 12500, NULL]
    assert states.tolist() == [OK, OK, TOO_MANY]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([7, None], pa.int8()),
        pa.array([7, None], pa.uint64()),
        pa.array(["7", None]).dictionary_encode(),
        pa.array([b"7", None], pa.binary()),
        pa.array(["7", ""], pa.large_string()),
        pa.array([7, None], pa.decimal256(40, 0)),
    ],
    ids=lambda column: str(column.type),
)
def test_every_type_that_can_hold_numbers_is_read(column):
    values, states = to_fixed(column, 2)
    assert values.tolist() == [700, NULL]
    assert states.tolist() == [OK, ABSENT]
