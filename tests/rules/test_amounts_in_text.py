"""Amounts in sentences: what is a percentage, a duration or money, and what only looks like one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detecting.measure import Unit
from surveillance.rules.amounts_in_text import amounts_in
from surveillance.rules.units import DURATIONS, show_duration

MINUTE = DURATIONS["m"]


@pytest.mark.parametrize(
    ("sentence", "unit", "value"),
    [
        ("more than 60% of it", Unit.SHARE, Fraction(3, 5)),
        ("more than 60 % of it", Unit.SHARE, Fraction(3, 5)),
        ("2.5 percent", Unit.SHARE, Fraction(1, 40)),
        ("25bp of it", Unit.SHARE, Fraction(1, 400)),
        ("25 basis points", Unit.SHARE, Fraction(1, 400)),
        ("within 30 minutes", Unit.DURATION, 30 * MINUTE),
        ("a 30-minute window", Unit.DURATION, 30 * MINUTE),
        ("within half an hour", Unit.DURATION, 30 * MINUTE),
        ("the last half hour", Unit.DURATION, 30 * MINUTE),
        ("Two seconds later", Unit.DURATION, 2 * DURATIONS["s"]),
        ("within a minute", Unit.DURATION, MINUTE),
        ("no longer than 500ms", Unit.DURATION, 500 * DURATIONS["ms"]),
        ("over 5m", Unit.DURATION, 5 * MINUTE),
        ("in 15 min", Unit.DURATION, 15 * MINUTE),
        ("within five days", Unit.DURATION, 5 * DURATIONS["d"]),
        ("1_000_000 USD", Unit.MONEY, Fraction(1_000_000)),
        ("1,500.50 USD", Unit.MONEY, Fraction(3001, 2)),
        ("USD 2m", Unit.MONEY, Fraction(2_000_000)),
        ("$2 million", Unit.MONEY, Fraction(2_000_000)),
        ("2 million USD", Unit.MONEY, Fraction(2_000_000)),
        ("5m USD", Unit.MONEY, Fraction(5_000_000)),
    ],
)
def test_an_amount_is_read(sentence, unit, value):
    assert [(one.unit, one.value) for one in amounts_in(sentence, "USD")] == [(unit, value)]


@pytest.mark.parametrize(
    "sentence",
    [
        "250 orders a second",
        "an hour and a half",
        "half an hour and a half",
        "at 16:00 New York time",
        "3, 30 and 250 orders",
        "six simulated days",
        "two days of a market",
        "half of them, a third, a quarter",
        "once in 10 to the 9",
        "rule 5210.03(1)",
        "MAR Annex I A(d)",
        "2016/522",
        "version-2s",
        "the 5th",
        "1_000_000 EUR",
        "last seconds before the close",
        "Five of them on one side",
    ],
)
def test_what_is_no_amount_is_left(sentence):
    assert list(amounts_in(sentence, "USD")) == []


def test_several_amounts_are_read_each_in_its_unit():
    found = amounts_in("At least 5% within 10 minutes or 2h, for 1_000 USD.", "USD")
    assert {(one.unit, one.text) for one in found} == {
        (Unit.SHARE, "5%"),
        (Unit.DURATION, "10 minutes"),
        (Unit.DURATION, "2h"),
        (Unit.MONEY, "1_000 USD"),
    }


@given(st.integers(1, 10**18))
def test_a_duration_as_a_rule_writes_it_is_read_back(nanoseconds):
    (found,) = amounts_in(f"It is within {show_duration(nanoseconds)}.", "USD")
    assert (found.unit, found.value) == (Unit.DURATION, nanoseconds)


@given(st.integers(0, 10**6))
def test_a_share_as_a_rule_writes_it_is_read_back(parts):
    (found,) = amounts_in(f"At least {parts // 100}.{parts % 100:02}% of it.", "USD")
    assert found.value == Fraction(parts, 10_000)
