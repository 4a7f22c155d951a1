"""Amounts: exact, with the unit of what is measured, and never bare where it matters."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detecting.measure import Unit
from surveillance.events.schema import AssetClass
from surveillance.rules.units import (
    DURATIONS,
    QUANTITIES,
    Amount,
    UnitError,
    fits,
    in_whole,
    read_amount,
    show_duration,
)


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("30m", Unit.DURATION, 1_800 * 10**9),
        ("500ms", Unit.DURATION, 500 * 10**6),
        ("2h", Unit.DURATION, 7_200 * 10**9),
        ("1d", Unit.DURATION, 86_400 * 10**9),
        ("1.5s", Unit.DURATION, 1_500_000_000),
        ("0s", Unit.DURATION, 0),
        ("250us", Unit.DURATION, 250_000),
        ("60%", Unit.SHARE, Fraction(3, 5)),
        ("33.3%", Unit.SHARE, Fraction(333, 1000)),
        ("-2%", Unit.SHARE, Fraction(-1, 50)),
        ("25bp", Unit.SHARE, Fraction(1, 400)),
        ("10_000 shares", Unit.QUANTITY, 10_000),
        ("1 share", Unit.QUANTITY, 1),
        ("200 contracts", Unit.QUANTITY, 200),
        ("5_000_000 face", Unit.QUANTITY, 5_000_000),
        ("0.5 coins", Unit.QUANTITY, Fraction(1, 2)),
        ("1_000_000 units", Unit.QUANTITY, 1_000_000),
        ("0.25 points", Unit.PRICE, Fraction(1, 4)),
        ("3 ticks", Unit.PRICE, 3),
        ("1 tick", Unit.PRICE, 1),
        ("1_000_000 USD", Unit.MONEY, 1_000_000),
        ("0.10 USD", Unit.MONEY, Fraction(1, 10)),
        (3, Unit.COUNT, 3),
        (Decimal("3.0"), Unit.COUNT, 3),
        (3, Unit.MULTIPLE, 3),
        (Decimal("2.5"), Unit.MULTIPLE, Fraction(5, 2)),
    ],
)
def test_an_amount_is_read_exactly(written, unit, value):
    assert read_amount(written, unit, "USD").value == value


@pytest.mark.parametrize(
    ("written", "unit", "hint"),
    [
        (30, Unit.DURATION, "write 30s or 30m"),
        (Decimal("0.6"), Unit.SHARE, "write 60% or 0.6%"),
        (60, Unit.SHARE, "write 60%"),
        (10_000, Unit.QUANTITY, "write 10_000 and shares"),
        (1_000_000, Unit.MONEY, "write 1_000_000 USD"),
        (3, Unit.PRICE, "write 3 points"),
    ],
)
def test_a_bare_number_is_an_error_where_a_unit_matters(written, unit, hint):
    with pytest.raises(UnitError, match="has no unit") as error:
        read_amount(written, unit, "USD")
    assert error.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("written", "unit", "message"),
    [
        ("3 pips", Unit.PRICE, "is not a unit of price"),
        ("1 EUR", Unit.MONEY, "EUR is not the base currency"),
        ("1 dollars", Unit.MONEY, "'dollars' is not a currency"),
        ("5 apples", Unit.QUANTITY, "'apples' is not a unit of quantity"),
        ("5 shares", Unit.DURATION, "'shares' is not a unit of time"),
        ("5 shares", Unit.MONEY, "'shares' is not a currency"),
        ("60%", Unit.COUNT, "'%' is not a unit of a count"),
        ("3x", Unit.MULTIPLE, "'x' is not a unit of a multiple"),
        ("3 points", Unit.QUANTITY, "'points' is not a unit of quantity"),
        ("30m", Unit.SHARE, "'m' is not a unit of a share"),
        ("1h30m", Unit.DURATION, "'h30m' is not a unit of time"),
        ("1.5ns", Unit.DURATION, "not a whole number of nanoseconds"),
        ("-5s", Unit.DURATION, "is negative"),
        ("30 m", Unit.DURATION, "usual form"),
        ("10_000shares", Unit.QUANTITY, "usual form"),
        ("10_000  shares", Unit.QUANTITY, "usual form"),
        ("010 shares", Unit.QUANTITY, "leading zero"),
        ("+5 shares", Unit.QUANTITY, "has a plus sign"),
        ("1__0 shares", Unit.QUANTITY, "underscore"),
        (".5%", Unit.SHARE, "not a plain decimal"),
        ("9" * 50 + "%", Unit.SHARE, "more than 40 digits"),
        (Decimal("2.5"), Unit.COUNT, "not a whole number"),
        ("3", Unit.COUNT, "'3' is not a whole number"),
        ("many", Unit.COUNT, "'many' is not a whole number"),
        (True, Unit.COUNT, "true is not"),
        (None, Unit.SHARE, "nothing is not a share"),
        ([1], Unit.SHARE, "a list is not"),
        ({}, Unit.MONEY, "a mapping is not"),
        ("", Unit.DURATION, "'' is not a duration"),
    ],
)
def test_what_does_not_fit_the_measure_is_refused_with_a_hint(written, unit, message):
    with pytest.raises(UnitError, match=message) as error:
        read_amount(written, unit, "USD")
    assert error.value.hint


@pytest.mark.parametrize("asset_class", AssetClass)
def test_every_asset_class_counts_in_a_word_of_its_own(asset_class):
    word = QUANTITIES[asset_class][0]
    assert fits(word, asset_class)
    assert read_amount(f"7 {word}", Unit.QUANTITY, "USD") == Amount(Fraction(7), word)
    assert fits("shares", asset_class) == (asset_class is AssetClass.EQUITY)


@given(st.integers(0, 10**12), st.sampled_from(sorted(DURATIONS)))
def test_a_duration_is_its_number_times_its_unit(number, suffix):
    assert read_amount(f"{number}{suffix}", Unit.DURATION, "USD").value == number * DURATIONS[suffix]


@given(st.integers(0, 10**18))
def test_a_shown_duration_is_read_back(nanoseconds):
    assert read_amount(show_duration(nanoseconds), Unit.DURATION, "USD").value == nanoseconds


@given(st.integers(-(10**12), 10**12))
def test_a_hundred_basis_points_are_one_percent(number):
    points, percent = (read_amount(text, Unit.SHARE, "USD").value for text in (f"{number}bp", f"{number}%"))
    assert points * 100 == percent


@given(st.decimals(-(10**12), 10**12, places=6))
def test_underscores_and_zeros_after_the_point_change_nothing(number):
    plain = read_amount(f"{number:f} USD", Unit.MONEY, "USD")
    whole, _, part = f"{number:f}".partition(".")
    sign = "-" if whole.startswith("-") else ""
    grouped = read_amount(f"{sign}{abs(int(whole)):_}.{part}0 USD", Unit.MONEY, "USD")
    assert plain == grouped
    assert plain.value == Fraction(number)


@given(
    st.text(max_size=20)
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.none()
    | st.booleans(),
    st.sampled_from(Unit),
)
def test_nothing_but_a_unit_error_comes_of_nonsense(written, unit):
    try:
        found = read_amount(written, unit, "USD").value
    except UnitError as error:
        found = error
    assert isinstance(found, Fraction) or (found.message and found.hint)


def test_an_amount_finer_or_larger_than_64_bits_of_its_scale_is_refused():
    cent = read_amount("0.01 USD", Unit.MONEY, "USD")
    assert in_whole(cent, 10_000, "0.01 USD") == 100
    with pytest.raises(UnitError, match="finer"):
        in_whole(cent, 10, "0.01 USD")
    with pytest.raises(UnitError, match="more than"):
        in_whole(cent, 10**30, "0.01 USD")
