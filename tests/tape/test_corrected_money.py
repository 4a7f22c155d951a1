"""Money of corrected trades follows what was corrected, by the terms of the trade and the rate of that time."""

from __future__ import annotations

import datetime as dt

import pytest
from tape_helpers import DAY, Bench, cut, make_batch, make_dictionaries

from surveillance.events.conversion import Exchange
from surveillance.events.rates import read_rates
from surveillance.events.schema import NULL, AssetClass, Kind, NotionalBasis

CORRECT, TRADE, BUST = Kind.CORRECT, Kind.TRADE, Kind.BUST
COMPUTED, REPORTED = NotionalBasis.COMPUTED, NotionalBasis.REPORTED
MONEY = 10_000
SIZES = pytest.mark.parametrize("size", [1, 2, None])


@pytest.fixture
def rates(tmp_path):
    path = tmp_path / "rates.csv"
    path.write_text("date,base,quote,rate\n2026-03-12,EUR,USD,1.1\n2026-03-13,EUR,USD,1.2\n")
    return read_rates([path], "USD")


def run(size, kind, *, trade="T1", time=None, rates=None, terms=0, **columns):
    """Put a trade and what revises it on a tape; return the tape."""
    dictionaries = make_dictionaries()
    exchange = Exchange(dictionaries["currency"], "USD", rates)
    bench = Bench(dictionaries, exchange=exchange)
    codes = [terms] * len(kind) if isinstance(terms, int) else terms
    known = dictionaries.terms
    columns["terms"] = [known.code(*code) if isinstance(code, tuple) else code for code in codes]
    if "currency" in columns:
        texts = columns["currency"]
        listed = [texts] * len(kind) if isinstance(texts, str) else texts
        columns["currency"] = [dictionaries["currency"].code(text) for text in listed]
    flow = make_batch(
        time or range(1, len(kind) + 1), kind=kind, trade=[trade] * len(kind), **{"account": 1, "side": 1} | columns
    )
    for piece in cut(flow, size):
        bench.push(piece, NULL)
    assert bench.revisions.unmatched == 0
    return bench.tape


def notionals(tape):
    return [None if value == NULL else value / MONEY for value in tape["notional"][: tape.end].tolist()]


def money(*amounts):
    return [None if amount is None else round(amount * MONEY) for amount in amounts]


@SIZES
def test_a_corrected_price_changes_the_notional_that_was_computed(size):
    tape = run(
        size, [TRADE, CORRECT], price=[10_00, 11_00], quantity=[7, None], notional=money(70, None),
        notional_basis=[COMPUTED, None],
    )  # fmt: skip
    assert notionals(tape) == [70, 77]
    assert tape["notional_basis"][:2].tolist() == [COMPUTED, COMPUTED]


@SIZES
def test_a_corrected_quantity_does_too_and_each_correction_goes_on_from_the_one_before(size):
    tape = run(
        size, [TRADE, CORRECT, CORRECT, CORRECT], price=[10_00, None, 9_99, None], quantity=[7, 8, None, None],
        notional=money(70, None, None, None), notional_basis=[COMPUTED, None, None, None], counterparty=[1, 0, 0, 2],
    )  # fmt: skip
    assert notionals(tape) == [70, 80, 79.92, 79.92]


@SIZES
def test_a_reported_notional_stands_until_another_is_reported(size):
    tape = run(
        size, [TRADE, CORRECT, CORRECT], price=[10_00, 11_00, None], quantity=[7, None, None],
        notional=money(71, None, 76.5), notional_basis=[REPORTED, None, REPORTED], currency="USD",
        base_notional=money(71, None, 76.5),
    )  # fmt: skip
    assert notionals(tape) == [71, 71, 76.5]
    assert tape["base_notional"][:3].tolist() == money(71, 71, 76.5)


@SIZES
def test_a_trade_that_had_no_price_gets_its_money_with_it(size):
    tape = run(size, [TRADE, CORRECT], price=[None, 2_50], quantity=[4, None], notional=None, notional_basis=0)
    assert notionals(tape) == [None, 10]


@SIZES
@pytest.mark.parametrize(
    ("terms", "before", "after"),
    [
        ((AssetClass.FIXED_INCOME, 0, 2, 0), 7 * 0.99, 7 * 1.01),
        ((AssetClass.DERIVATIVE, 0, 2, 0, 0, 50 * 10**6), 99 * 7 * 50, 101 * 7 * 50),
        ((AssetClass.DERIVATIVE, 0, 2, 0, 0, 0), None, None),
        ((AssetClass.EQUITY, 0, 2, 0), 99 * 7, 101 * 7),
    ],
)
def test_a_correction_that_names_no_instrument_counts_by_the_class_and_scales_of_its_trade(size, terms, before, after):
    own = (0, 0, 6, 6)  # what the door knows of a row without an instrument
    tape = run(
        size, [TRADE, CORRECT], terms=[terms, own], price=[99_00, 101_000_000], quantity=[7, 7_000_000],
        notional=money(before, 707), notional_basis=[0 if before is None else COMPUTED, COMPUTED],
    )  # fmt: skip
    assert (tape["price"][1], tape["quantity"][1]) == (101_00, 7)
    assert notionals(tape) == [before, after]


def test_a_price_finer_than_the_instrument_allows_is_rounded_half_even():
    tape = run(None, [TRADE, CORRECT], terms=[(1, 0, 2, 0), (0, 0, 6, 6)], price=[1_00, 1_005_000], quantity=[1, None])
    assert tape["price"][1] == 1_00


def test_a_price_that_cannot_be_held_at_the_scale_of_the_instrument_keeps_its_value():
    tape = run(None, [TRADE, CORRECT], terms=[(1, 0, 12, 0), (0, 0, 0, 0)], price=[7, 10**8], quantity=[1, None])
    assert tape["price"][1] == 7


@SIZES
def test_what_changed_is_converted_at_the_rate_of_the_correction_and_what_did_not_keeps_its_rate(size, rates):
    friday = dt.date(2026, 3, 13).toordinal() - dt.date(1970, 1, 1).toordinal()
    time = [friday * DAY + 1, (friday + 3) * DAY + 1, (friday + 3) * DAY + 2]
    tape = run(
        size, [TRADE, CORRECT, CORRECT], time=time, rates=rates, price=[10_00, None, 11_00], quantity=[7, None, None],
        notional=money(70, None, None), notional_basis=[COMPUTED, None, None], currency=["EUR", None, None],
        base_notional=money(77, None, None), fx_day=[friday - 1, None, None], counterparty=[1, 2, 0],
    )  # fmt: skip
    assert tape["base_notional"][:3].tolist() == money(77, 77, 92.4)
    assert tape["fx_day"][:3].tolist() == [friday - 1, friday - 1, friday]


def test_a_notional_that_is_reported_without_a_currency_is_in_that_of_the_trade(rates):
    friday = dt.date(2026, 3, 13).toordinal() - dt.date(1970, 1, 1).toordinal()
    tape = run(
        None, [TRADE, CORRECT], time=[friday * DAY, friday * DAY + 1], rates=rates, notional=money(70, 80),
        price=None, quantity=None, notional_basis=REPORTED, currency=["EUR", None], base_notional=money(77, None),
    )  # fmt: skip
    assert tape["base_notional"][1] == 88 * MONEY


def test_another_currency_changes_the_base_notional_alone():
    tape = run(
        None, [TRADE, CORRECT], price=[10_00, None], quantity=[7, None], notional=money(70, None),
        notional_basis=[COMPUTED, None], currency=["USD", "XXX"], base_notional=money(70, None),
    )  # fmt: skip
    assert notionals(tape) == [70, 70]
    assert tape["base_notional"][:2].tolist() == [70 * MONEY, NULL]


@SIZES
def test_a_bust_has_the_money_of_what_it_busts(size):
    tape = run(
        size, [TRADE, CORRECT, BUST], price=[10_00, 11_00, None], quantity=[7, None, None],
        notional=money(70, None, None), notional_basis=[COMPUTED, None, None],
    )  # fmt: skip
    assert notionals(tape) == [70, 77, 77]


def test_money_that_no_longer_fits_is_not_known():
    tape = run(
        None, [TRADE, CORRECT], price=[1_00, 9 * 10**18], quantity=[7, 9 * 10**18], notional=money(7, None),
        notional_basis=[COMPUTED, None], terms=[(1, 0, 2, 0), (1, 1, 2, 0)],
    )  # fmt: skip
    assert notionals(tape) == [7, None]


def test_a_tape_without_the_columns_of_money_keeps_none():
    bench = Bench(fields={"price", "quantity", "account", "instrument"})
    bench.push(make_batch([1, 2], kind=[TRADE, CORRECT], trade=["T1", "T1"], price=[5, 6], quantity=[1, None]), NULL)
    assert bench.tape["price"][:2].tolist() == [5, 6]
