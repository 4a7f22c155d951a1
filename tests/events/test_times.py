# ruff: noqa: DTZ001 - wall clocks without a zone are what is tested
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.decimals import ABSENT, BAD, OK, RANGE
from surveillance.events.schema import NULL
from surveillance.events.times import NO_ZONE, SKIPPED_TIME, days_of, to_time
from surveillance.events.zone import Zone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NAMES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Tokyo", "Africa/Casablanca", "UTC"]
moments = st.datetimes(datetime(1980, 1, 1), datetime(2040, 1, 1))
offsets = st.integers(-23 * 60, 23 * 60)


def ns(moment: datetime) -> int:
    return ((moment - EPOCH) // timedelta(microseconds=1)) * 1000


def read(column, *, unit=None, zone=None, local=False):
    values, states = to_time(column, unit=unit, zone=zone and Zone(zone), local_epoch=local)
    return values.tolist(), states.tolist()


@given(st.lists(st.tuples(moments, offsets, st.integers(0, 999_999_999)), min_size=1), st.sampled_from("T t"))
def test_iso_times_read_as_datetime_reads_them(rows, between):
    texts, wanted = [], []
    for moment, minutes, fraction in rows:
        then = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
        hours, rest = divmod(abs(minutes), 60)
        offset = f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}" if minutes else "Z"
        texts.append(f"{then:%Y-%m-%d}{between}{then:%H:%M:%S}.{fraction:09d}{offset}")
        wanted.append(ns(then) + fraction)
    assert read(pa.array(texts)) == (wanted, [OK] * len(rows))


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("2025-10-27T09:30:00Z", 0),
        ("2025-10-27 09:30:00.5z", 500_000_000),
        ("2025-10-27T09:30:00,25Z", 250_000_000),
        ("2025-10-27T11:30:00+0200", 0),
        ("2025-10-27T11:30:00+02", 0),
        ("2025-10-27T04:00:00.000000001-05:30", 1),
        ("2025-10-27T09:30:00.12345678900000Z", 123_456_789),
        ("1761557400000000007", 7),
    ],
)
def test_every_way_to_write_a_time_is_read(text, fraction):
    assert read(pa.array([text])) == ([1_761_557_400_000_000_000 + fraction], [OK])


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2025-04-31T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-10-27T24:00:00Z",
        "2025-10-27T09:60:00Z",
        "2025-10-27T09:30:60Z",
        "2025-10-27",
        "2025-10-27T09:30Z",
        "27.10.2025 09:30:00",
        "2025-10-27T09:30:00.Z",
        "2025-10-27T09:30:00.1234567891Z",
        "2025-10-27T09:30:00+24:00",
        "2025-10-27T09:30:00+0:00",
        "2025-10-27T09:30:00Zebra",
        " 2025-10-27T09:30:00Z",
        "now",
    ],
)
def test_what_is_not_a_time_is_told_apart(text):
    assert read(pa.array([text])) == ([NULL], [BAD])


def test_leap_days_are_days():
    texts = ["2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z"]
    assert read(pa.array(texts))[1] == [OK, OK]


def test_times_that_ns_cannot_hold_are_out_of_range():
    assert read(pa.array(["0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])) == ([NULL, NULL], [RANGE, RANGE])
    assert read(pa.array([10**12]), unit="s") == ([NULL], [RANGE])
    assert read(pa.array([9_210_000_000]), unit="s") == ([NULL], [RANGE])


def test_a_local_time_without_a_zone_is_told_apart():
    assert read(pa.array(["2025-10-27T09:30:00"]))[1] == [NO_ZONE]
    assert read(pa.array([datetime(2025, 10, 27)], pa.timestamp("us")))[1] == [NO_ZONE]


def test_an_offset_wins_over_the_zone_of_the_profile():
    values, _ = read(pa.array(["2025-10-27T09:30:00Z", "2025-10-27T09:30:00"]), zone="America/New_York")
    assert [value - values[0] for value in values] == [0, 4 * 3600 * 10**9]


@given(st.lists(moments, min_size=1), st.sampled_from(NAMES))
@example([datetime(2025, 11, 2, 1, 30), datetime(2025, 3, 9, 2, 30), datetime(2025, 3, 9, 3, 0)], "America/New_York")
@example([datetime(2025, 11, 2, 0, 59, 59), datetime(2025, 11, 2, 2, 0)], "America/New_York")
@example([datetime(2025, 4, 6, 1, 45), datetime(2025, 10, 5, 2, 15)], "Australia/Lord_Howe")
def test_wall_clocks_are_placed_as_zoneinfo_places_them(clocks, name):
    zone = ZoneInfo(name)
    values, states = read(pa.array(clocks, pa.timestamp("us")), zone=name)
    for clock, value, state in zip(clocks, values, states, strict=True):
        first = clock.replace(tzinfo=zone, fold=0)  # an ambiguous time is the first of the two
        there_and_back = first.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None)
        if there_and_back != clock:
            assert (value, state) == (NULL, SKIPPED_TIME)
        else:
            assert (value, state) == (ns(first.astimezone(timezone.utc)), OK)


@given(st.lists(moments, min_size=1), st.sampled_from(NAMES))
def test_the_day_is_the_date_on_the_zones_clock(clocks, name):
    times = np.array([ns(clock.replace(tzinfo=timezone.utc)) for clock in clocks])
    days = days_of(times, Zone(name)).tolist()
    dates = [clock.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(name)).date() for clock in clocks]
    assert days == [(date - EPOCH.date()).days for date in dates]


def test_days_before_1970_are_negative():
    assert days_of(np.array([-1, 0]), None).tolist() == [-1, 0]


@pytest.mark.parametrize(("unit", "count"), [("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1)])
def test_counts_have_a_unit(unit, count):
    for column in (pa.array([5]), pa.array(["5"]), pa.array([5.0])):
        assert read(column, unit=unit) == ([5 * count], [OK])


def test_a_local_epoch_is_the_wall_clock_counted_as_if_it_were_utc():
    clock = ns(datetime(2021, 2, 5, 9, 30, tzinfo=timezone.utc))
    assert read(pa.array([clock]), unit="ns", zone="America/New_York", local=True)[0] == [clock + 5 * 3600 * 10**9]
    assert read(pa.array([clock]), unit="ns", zone="America/New_York")[0] == [clock]


def test_missing_times_are_absent():
    column = pa.array(["", None, "2025-10-27T09:30:00Z"])
    assert read(column)[1] == [ABSENT, ABSENT, OK]
    assert read(pa.array([None, 5]), unit="s")[1] == [ABSENT, OK]


def test_a_column_that_cannot_hold_times_is_an_error():
    with pytest.raises(InputError, match="cannot hold times"):
        read(pa.array([True]))


def test_an_unknown_zone_is_an_error():
    with pytest.raises(InputError, match="is not a time zone"):
        Zone("Mars/Olympus")
