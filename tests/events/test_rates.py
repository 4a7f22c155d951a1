"""Money into the base currency: the newest rate published before the event, exact, and null rather than wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.conversion import Converter
from surveillance.events.dictionary import Dictionary
from surveillance.events.rates import Rates, read_rates
from surveillance.events.schema import NULL, NULL_DAY

EPOCH = date(1970, 1, 1)
DAY = 86_400_000_000_000
MONDAY = date(2026, 3, 16)


def number(day):
    return (day - EPOCH).days


def rates_of(tmp_path, text, base="USD", name="rates.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_rates([path], base)


def plain(*rows):
    return "date,base,quote,rate\n" + "".join(f"{row}\n" for row in rows)


def ecb(days, header="Date,USD,JPY,"):
    return header + "\n" + "".join(f"{day},{line},\n" for day, line in days.items())


def based(rates, *money, base="USD"):
    """Convert (amount, currency, day, ns of the day) and return pairs of money and day of the rate."""
    currencies = Dictionary()
    converter = Converter(rates, currencies, base)
    amounts = np.array([amount for amount, *_ in money], np.int64)
    codes = np.array([currencies.code(currency) for _, currency, *_ in money], np.int32)
    times = np.array([number(day) * DAY + sum(rest) for _, _, day, *rest in money], np.int64)
    found, days, large = converter.convert(amounts, codes, times)
    shown = [None if day == NULL_DAY else EPOCH + timedelta(days=day) for day in days.tolist()]
    assert large is None or not large.any()
    return list(zip([None if one == NULL else one for one in found.tolist()], shown, strict=True))


def test_an_event_uses_the_newest_rate_of_an_earlier_day(tmp_path):
    rates = rates_of(tmp_path, plain("2026-03-17,EUR,USD,1.2", "2026-03-16,EUR,USD,1.1"))
    day = date(2026, 3, 17)
    assert based(rates, (10_000, "EUR", day)) == [(11_000, MONDAY)]
    assert based(rates, (10_000, "EUR", day, DAY - 1)) == [(11_000, MONDAY)], "its own day's rate may not be out yet"
    assert based(rates, (10_000, "EUR", day + timedelta(1))) == [(12_000, day)]
    assert based(rates, (10_000, "EUR", MONDAY, DAY - 1)) == [(None, None)], "there was none before"


@pytest.mark.parametrize(
    ("rate_day", "last_day"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),  # Monday: Tue, Wed, Thu, Fri, Mon
        (date(2026, 3, 5), date(2026, 3, 12)),
        (date(2026, 3, 6), date(2026, 3, 15)),  # Friday: Mon to Fri, and the weekend after them
        (date(2026, 3, 7), date(2026, 3, 15)),  # Saturday, as crypto has
        (date(2026, 3, 8), date(2026, 3, 15)),
    ],
)
def test_a_rate_may_be_five_business_days_old_and_no_older(tmp_path, rate_day, last_day):
    rates = rates_of(tmp_path, plain(f"{rate_day},EUR,USD,1.5"))
    assert based(rates, (2, "EUR", last_day, DAY - 1)) == [(3, rate_day)]
    assert based(rates, (2, "EUR", last_day + timedelta(1))) == [(None, None)]


def test_weekends_and_holidays_are_bridged_by_the_rate_before_them(tmp_path):
    rates = rates_of(tmp_path, ecb({"2026-04-02": "1.1,160", "2026-04-07": "1.2,160"}))
    friday, thursday = date(2026, 4, 3), date(2026, 4, 2)  # Good Friday to Easter Monday
    for days in range(5):
        assert based(rates, (10, "EUR", friday + timedelta(days))) == [(11, thursday)]
    assert based(rates, (10, "EUR", date(2026, 4, 8))) == [(12, date(2026, 4, 7))]


def test_a_gap_of_one_currency_is_bridged_for_that_currency_alone(tmp_path):
    rates = rates_of(tmp_path, ecb({"2026-03-17": "2,N/A", "2026-03-16": "2,100"}))
    event = date(2026, 3, 18)
    assert based(rates, (1, "EUR", event), (100, "JPY", event)) == [(2, date(2026, 3, 17)), (2, MONDAY)]


def test_the_base_currency_needs_no_rate_and_an_unknown_one_has_none(tmp_path):
    rates = rates_of(tmp_path, plain("2026-03-13,EUR,USD,1.1"))
    found = based(rates, (5, "USD", MONDAY), (5, "XTS", MONDAY), (5, None, MONDAY), (NULL, "EUR", MONDAY))
    assert found == [(5, None), (None, None), (None, None), (None, None)]


def test_inverse_and_cross_rates_are_exact_and_rounded_half_even(tmp_path):
    rates = rates_of(tmp_path, ecb({"2026-03-13": "1.25,160"}))
    friday = date(2026, 3, 13)
    assert [money for money, _ in based(rates, *((n, "JPY", MONDAY) for n in (64, 192, 320, 448)))] == [0, 2, 2, 4]
    assert based(rates, (5, "USD", MONDAY), base="EUR") == [(4, friday)]
    assert based(rates, (-192, "JPY", MONDAY)) == [(-2, friday)]
    third = rates_of(tmp_path, plain("2026-03-13,USD,ABC,3"))
    assert based(third, (10**18, "ABC", MONDAY)) == [(333_333_333_333_333_333, friday)]


def test_coins_are_currencies_and_files_join(tmp_path):
    (tmp_path / "ecb.csv").write_text(ecb({"2026-03-13": "1.25,160"}))
    (tmp_path / "coins.csv").write_text(plain("2026-03-13,BTC,USD,80000", "2026-03-15,BTC,USD,90000"))
    rates = read_rates([tmp_path / "ecb.csv", tmp_path / "coins.csv"], "EUR")
    assert rates.series("BTC", "USD") == {number(date(2026, 3, 13)): 80_000, number(date(2026, 3, 15)): 90_000}
    assert rates.series("BTC", "JPY") == {number(date(2026, 3, 13)): 80_000 / Fraction("1.25") * 160}
    assert rates.series("BTC", "XTS") == {}


def test_a_direct_quote_comes_before_its_inverse_and_that_before_a_cross(tmp_path):
    rows = [f"2026-03-{day},EUR,USD,1.1\n2026-03-{day},EUR,GBP,0.8" for day in (11, 12, 13)]
    rows += ["2026-03-12,GBP,USD,1.5", "2026-03-13,USD,GBP,0.5"]
    rates = rates_of(tmp_path, plain(*rows))
    assert list(rates.series("GBP", "USD").values()) == [Fraction(11, 8), Fraction(3, 2), 2]
    assert rates.series("USD", "GBP") == {day: 1 / rate for day, rate in rates.series("GBP", "USD").items()}


DAYS = st.integers(0, 40).map(lambda days: MONDAY + timedelta(days))
RATE = st.decimals("0.000001", "999999", places=6)


@given(
    st.dictionaries(DAYS, st.tuples(st.none() | RATE, st.none() | RATE), min_size=1),
    st.lists(
        st.tuples(
            st.integers(-(10**12), 10**12),
            st.sampled_from(["EUR", "USD", "JPY"]),
            DAYS,
            st.sampled_from([0, 1, DAY - 1]),
        ),
        min_size=1,
    ),
)
def test_money_equals_the_rule_told_day_by_day(quoted, events):
    quotes = {("EUR", "USD"): {}, ("EUR", "JPY"): {}}
    for day, pair in quoted.items():
        for by_day, rate in zip(quotes.values(), pair, strict=True):
            if rate is not None:
                by_day[number(day)] = str(rate)
    assert based(Rates(quotes), *events) == [told(quoted, *event[:3]) for event in events]


def told(quoted, amount, currency, day):
    """Return the money in USD and the day of the rate, by walking back from the event one day at a time."""
    if currency == "USD":
        return amount, None
    business, at = 0, day
    while True:
        business += at.weekday() < 5
        at -= timedelta(1)
        if business > 5:
            return None, None
        dollars, yen = quoted.get(at, (None, None))
        if dollars is not None and (currency == "EUR" or yen is not None):
            break
        if at < MONDAY:
            return None, None
    with localcontext() as context:
        context.prec = 200
        return round(Fraction(amount) * Fraction(dollars) / (1 if currency == "EUR" else Fraction(yen))), at


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(1, 10**30), st.integers(1, 10**30))
def test_money_of_any_size_is_exact_or_said_not_to_fit(amount, numerator, denominator):
    currencies = Dictionary()

    class OneRate(Rates):
        def series(self, currency, base):  # noqa: ARG002
            return {number(MONDAY): Fraction(numerator, denominator)}

    converter = Converter(OneRate({}), currencies, "USD")
    code = np.array([currencies.code("EUR")], np.int32)
    found, _, large = converter.convert(np.array([amount]), code, np.array([(number(MONDAY) + 1) * DAY]))
    with localcontext() as context:
        context.prec = 200
        exact = int((Decimal(amount) * numerator / denominator).quantize(Decimal(1), ROUND_HALF_EVEN))
    if abs(exact) < 2**63:
        assert found.tolist() == [exact]
        assert large is None or not large[0]
    else:
        assert found.tolist() == [NULL]
        assert large[0]


def test_currencies_that_come_later_are_known_as_well(tmp_path):
    rates = rates_of(tmp_path, ecb({"2026-03-13": "1.25,160"}))
    currencies = Dictionary()
    converter = Converter(rates, currencies, "USD")
    times = np.array([number(MONDAY) * DAY])
    for currency, expected in (("XTS", NULL), ("EUR", 125), ("JPY", 1), ("EUR", 125)):
        code = np.array([currencies.code(currency)], np.int32)
        assert converter.convert(np.array([100]), code, times)[0].tolist() == [expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"rates.csv: is empty"),
        ("day,rate\n", r"rates.csv:1: the header 'day,rate' is of no known form"),
        ("date,base,quote,rate\n", r"rates.csv: there is no rate of the base currency USD"),
        (plain("2026-03-13,EUR,GBP,1"), "There are rates of: EUR, GBP"),
        (plain("2026-02-30,EUR,USD,1"), r"rates.csv:2:1: '2026-02-30' is not a day"),
        (plain("13.03.2026,EUR,USD,1"), r"rates.csv:2:1: '13.03.2026' is not a day"),
        (plain("2026-03-13,eur,USD,1"), r"rates.csv:2:12: 'eur' is not a currency"),
        (plain("2026-03-13,USD,USD,1"), r"rates.csv:2:16: USD is quoted in itself"),
        (plain("2026-03-13,EUR,USD,0.00"), r"rates.csv:2:20: '0.00' is not a number above 0"),
        (plain("2026-03-13,EUR,USD,N/A"), r"rates.csv:2:20: 'N/A' is not a number above 0"),
        (plain("2026-03-13,EUR,USD,1e3"), "is not a number above 0"),
        (plain("2026-03-13,EUR,USD"), r"rates.csv:2: has 3 fields; the header has 4"),
        (plain("2026-03-13,EUR,USD,1", "2026-03-13,EUR,USD,1"), r"3:20: EUR/USD of this day is given twice, .* line 2"),
        ("Date,USD,usd\n2026-03-13,1,1\n", r"rates.csv:1:10: 'usd' is not a currency"),
        ("Date,USD,USD\n2026-03-13,1,1\n", r"rates.csv:1:10: column 'USD' cannot be there"),
        ("Date,USD,EUR\n2026-03-13,1,1\n", r"rates.csv:1:10: column 'EUR' cannot be there"),
        ("Date,USD\n2026-03-13,-1\n", r"rates.csv:2:12: '-1' is not a number above 0"),
        ('date,base,quote,rate\n"2026', "rates.csv:2: cannot be read"),
    ],
)
def test_what_is_wrong_with_rates_is_told_with_its_place(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        rates_of(tmp_path, text)


def test_all_that_is_wrong_with_all_files_of_rates_is_told_at_once(tmp_path):
    (tmp_path / "a.csv").write_text(plain("x,EUR,USD,1", "2026-03-13,EUR,USD,y"))
    with pytest.raises(InputError) as raised:
        read_rates([tmp_path / "a.csv", tmp_path / "missing.csv"], "USD")
    assert [problem.code for problem in raised.value.problems] == ["bad-date", "bad-rate", "unreadable-file"]


def test_the_digest_is_that_of_the_files_in_any_order(tmp_path):
    (tmp_path / "a.csv").write_text(plain("2026-03-13,EUR,USD,1"))
    (tmp_path / "b.csv").write_text(plain("2026-03-14,EUR,USD,1"))
    both, other = [tmp_path / "a.csv", tmp_path / "b.csv"], [tmp_path / "b.csv", tmp_path / "a.csv"]
    assert read_rates(both, "USD").digest == read_rates(other, "USD").digest
    assert read_rates(both, "USD").digest != read_rates(both[:1], "USD").digest
    assert read_rates(both, "USD").days == (number(date(2026, 3, 13)), number(date(2026, 3, 14)))
