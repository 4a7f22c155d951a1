"""Exchange rates of a simulated day: those of business days before it, and of its currencies only."""

import csv
from datetime import date

import pytest

from surveillance.events.rates import read_rates
from surveillance.simulator.rates import DAYS, write_rates


def rows(path, day=date(2026, 3, 16), seed=1, currencies=("USD", "EUR", "EUR")):
    write_rates(day, seed, currencies, path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("day", "newest"),
    [
        (date(2026, 3, 16), "2026-03-13"),  # Monday
        (date(2026, 3, 17), "2026-03-16"),
        (date(2026, 3, 14), "2026-03-13"),  # Saturday
        (date(2026, 3, 15), "2026-03-13"),
    ],
)
def test_the_newest_rate_is_that_of_the_business_day_before(tmp_path, day, newest):
    written = rows(tmp_path / "rates.csv", day)
    assert len(written) == DAYS
    assert written[0]["date"] == newest
    assert [row["date"] for row in written] == sorted({row["date"] for row in written}, reverse=True)
    assert all(date.fromisoformat(row["date"]).weekday() < 5 for row in written)
    assert {(row["base"], row["quote"]) for row in written} == {("EUR", "USD")}


def test_the_seed_and_nothing_else_makes_the_rates(tmp_path):
    one = rows(tmp_path / "one.csv")
    assert rows(tmp_path / "same.csv") == one
    assert rows(tmp_path / "other.csv", seed=2) != one


def test_rates_are_read_as_they_were_written(tmp_path):
    written = rows(tmp_path / "rates.csv")
    series = read_rates([tmp_path / "rates.csv"], "USD").series("EUR", "USD")
    assert [float(rate) for rate in reversed(series.values())] == [float(row["rate"]) for row in written]


def test_a_day_in_dollars_alone_has_no_rates(tmp_path):
    assert rows(tmp_path / "rates.csv", currencies=("USD",)) == []
