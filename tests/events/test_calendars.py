"""Calendars: sessions of exchanges and own hours, through half days, holidays and changes of the clock."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.calendar import AFTER_CLOSE, Session, day_number, days_of_week, iso, seconds_of
from surveillance.events.calendar_library import LibraryCalendar, known_calendars
from surveillance.events.calendars import Calendars
from surveillance.events.dictionary import Dictionary
from surveillance.events.reference import read_reference

SECOND = 10**9
HOURS = "calendar,zone,day,phase,open,close,valid_from,valid_to\n"


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * SECOND


def clock(time):
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=time // SECOND)).strftime("%m-%d %H:%M")


def day(text):
    return day_number(datetime.fromisoformat(text).date())


def folder(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def own(tmp_path, *lines):
    """Return the calendar OTC of these lines."""
    text = HOURS + "".join(f"OTC,{line}\n" for line in lines)
    return read_reference(folder(tmp_path, venues="venue,calendar\nV,OTC\n", calendars=text)).calendars["OTC"]


def sessions(calendar, first, last):
    found, _ = calendar.trading_days(day(first), day(last))
    return [(iso(one.day), one.number, clock(one.opens), clock(one.closes)) for one in found]


class Placed:
    """Events of one calendar in their sessions."""

    def __init__(self, calendar, *times):
        names = Dictionary()
        self.calendars = Calendars({calendar.name: calendar}, names)
        self.code = names.code(calendar.name)
        self.days = np.zeros(len(times), np.int32)
        moments = np.array([utc(time) for time in times], np.int64)
        self.sessions = self.calendars.place(np.full(len(times), self.code, np.int32), moments, self.days)

    @property
    def where(self):
        return [(iso(one), int(session) % 8) for one, session in zip(self.days, self.sessions, strict=True)]

    @property
    def outside(self):
        return int(self.calendars.outside[self.code])


def test_an_exchange_has_holidays_half_days_and_a_clock_that_changes():
    """New York: winter time from 2026-11-01 on, Thanksgiving on 11-26, until 13:00 on the day after."""
    assert sessions(LibraryCalendar("XNYS"), "2026-10-30", "2026-11-02") == [
        ("2026-10-30", 0, "10-30 13:30", "10-30 20:00"),
        ("2026-11-02", 0, "11-02 14:30", "11-02 21:00"),
    ]
    assert sessions(LibraryCalendar("XNYS"), "2026-11-25", "2026-11-29") == [
        ("2026-11-25", 0, "11-25 14:30", "11-25 21:00"),
        ("2026-11-27", 0, "11-27 14:30", "11-27 18:00"),
    ]


def test_a_lunch_break_parts_two_sessions():
    [morning, afternoon] = sessions(LibraryCalendar("XHKG"), "2026-11-25", "2026-11-25")
    assert morning == ("2026-11-25", 0, "11-25 01:30", "11-25 04:00")
    assert afternoon == ("2026-11-25", 1, "11-25 05:00", "11-25 08:00")


def test_days_without_a_session_have_none():
    assert sessions(LibraryCalendar("XNYS"), "2026-11-28", "2026-11-29") == []


def test_what_comes_between_sessions_belongs_to_the_next_and_is_counted():
    placed = Placed(
        LibraryCalendar("XNYS"),
        "2026-11-25T14:29:59",  # before the opening
        "2026-11-25T14:30:00",
        "2026-11-25T21:00:00",  # the close itself
        "2026-11-25T21:15:00",  # the closing auction is still of the day
        "2026-11-25T21:15:01",
        "2026-11-26T15:00:00",  # Thanksgiving
        "2026-11-27T18:15:00",
        "2026-11-27T18:15:01",
        "2026-11-29T10:00:00",  # Sunday
    )
    days = ["2026-11-25"] * 4 + ["2026-11-27"] * 3 + ["2026-11-30"] * 2
    assert placed.where == [(one, 0) for one in days]
    assert placed.outside == 5


def test_a_lunch_break_belongs_to_the_afternoon():
    placed = Placed(LibraryCalendar("XHKG"), "2026-11-25T04:00:00", "2026-11-25T04:15:01", "2026-11-25T05:00:00")
    assert placed.where == [("2026-11-25", 0), ("2026-11-25", 1), ("2026-11-25", 1)]
    assert placed.outside == 1


def test_the_day_of_a_future_begins_on_the_evening_before():
    """Globex never closes on weekdays: the moment at which a day ends is the first of the next."""
    calendar = LibraryCalendar("CMES")
    [(_, _, opens, closes)] = sessions(calendar, "2026-11-04", "2026-11-04")
    assert opens == "11-03 23:00"
    placed = Placed(calendar, "2026-11-03T22:59:59", "2026-11-03T23:00:00", "2026-11-01T23:00:00")
    assert [one for one, _ in placed.where][1:] == ["2026-11-04", "2026-11-02"]
    assert placed.outside == (0 if closes == "11-04 23:00" else 1)


def test_own_hours_by_weekday_with_exceptions(tmp_path):
    calendar = own(
        tmp_path,
        "Europe/London,monday-friday,,08:00,16:35,,",
        "Europe/London,2026-12-24,,08:00,12:35,,",
        "Europe/London,2026-12-25,,,,,",
        "Europe/London,2026-12-26,,10:00,11:00,,",
    )
    assert sessions(calendar, "2026-12-23", "2026-12-28") == [
        ("2026-12-23", 0, "12-23 08:00", "12-23 16:35"),
        ("2026-12-24", 0, "12-24 08:00", "12-24 12:35"),
        ("2026-12-26", 0, "12-26 10:00", "12-26 11:00"),
        ("2026-12-28", 0, "12-28 08:00", "12-28 16:35"),
    ]
    assert sessions(calendar, "2026-07-01", "2026-07-01") == [("2026-07-01", 0, "07-01 07:00", "07-01 15:35")]


def test_own_hours_that_begin_on_the_evening_before_and_round_the_clock(tmp_path):
    calendar = own(tmp_path, "America/Chicago,monday-friday,,17:00,16:00,,")
    assert sessions(calendar, "2026-11-02", "2026-11-02") == [("2026-11-02", 0, "11-01 23:00", "11-02 22:00")]
    placed = Placed(calendar, "2026-11-02T22:00:00", "2026-11-02T22:30:00", "2026-11-06T23:00:00")
    assert [one for one, _ in placed.where] == ["2026-11-02", "2026-11-03", "2026-11-09"]
    assert placed.outside == 2
    always = own(tmp_path, "UTC,monday-sunday,,00:00,24:00,,")
    assert Placed(always, "2026-11-07T23:59:59", "2026-11-08T00:00:00").where == [
        ("2026-11-07", 0),
        ("2026-11-08", 0),
    ]


def test_own_hours_change_from_a_day_on(tmp_path):
    calendar = own(tmp_path, "UTC,monday-friday,,08:00,16:00,,2026-03-02", "UTC,monday-friday,,07:00,17:00,2026-03-02,")
    assert [opens for _, _, opens, _ in sessions(calendar, "2026-02-27", "2026-03-02")] == [
        "02-27 08:00",
        "03-02 07:00",
    ]


def test_an_hour_that_the_clock_skips_is_as_much_later(tmp_path):
    """In New York the clock goes from 02:00 to 03:00 on 2026-03-08, a Sunday."""
    calendar = own(tmp_path, "America/New_York,sunday,,02:30,05:00,,")
    assert sessions(calendar, "2026-03-08", "2026-03-08") == [("2026-03-08", 0, "03-08 07:30", "03-08 09:00")]


def test_auctions_belong_to_their_session_also_before_and_after_it(tmp_path):
    calendar = own(
        tmp_path,
        "Europe/London,monday-friday,,08:00,16:30,,",
        "Europe/London,monday-friday,auction,07:50,08:00,,",
        "Europe/London,monday-friday,auction,16:30,16:35,,",
    )
    placed = Placed(
        calendar,
        "2026-11-25T07:49:59",
        "2026-11-25T07:50:00",
        "2026-11-25T16:35:00",
        "2026-11-25T16:35:01",
    )
    assert [one for one, _ in placed.where] == ["2026-11-25"] * 3 + ["2026-11-26"]
    assert placed.outside == 2


def test_data_beyond_a_calendar_is_an_error_with_the_days(tmp_path):
    ended = own(tmp_path, "UTC,monday-friday,,08:00,16:00,,2026-03-02")
    Placed(ended, "2026-02-27T16:00:00")
    for time in ("2026-02-27T16:00:01", "2027-01-04T10:00:00"):
        with pytest.raises(
            InputError, match=r"calendar OTC does not cover the events of .*: it has (no s|sessions until)"
        ):
            Placed(ended, time)
    begun = own(tmp_path, "UTC,monday-friday,,08:00,16:00,2026-03-02,")
    with pytest.raises(InputError, match="no session in that time"):
        Placed(begun, "2025-06-02T10:00:00")
    with pytest.raises(InputError, match=r"sessions from 2026-03-02 on"):
        Placed(begun, "2025-06-02T10:00:00", "2026-03-03T10:00:00")
    with pytest.raises(InputError, match=r"XKRX does not cover .* back to the year 1956"):
        Placed(LibraryCalendar("XKRX"), "1950-01-04T10:00:00")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["UTC,mon,,08:00,16:00,,"], r"calendars.csv:2:9: day 'mon' is neither a weekday nor(?s:.*)monday-friday"),
        (["UTC,2026-02-30,,08:00,16:00,,"], "day '2026-02-30' is neither"),
        (["UTC,monday,,8:00,16:00,,"], r"csv:2:17: open '8:00' is not a time of the day(?s:.*)Write it as 09:30"),
        (["UTC,monday,,24:00,16:00,,"], "open '24:00' is not a time"),
        (["Mars/Base,monday,,08:00,16:00,,"], r"csv:2:5: 'Mars/Base' is not a time zone"),
        (["UTC,monday,brake,08:00,16:00,,"], r"'brake' is not a value of phase: session, auction"),
        (["UTC,monday,,08:00,,,"], "needs both open and close"),
        (["UTC,monday,,,,,"], "needs both open and close(?s:.*)of weekdays without trading write no line"),
        ([",monday,,08:00,16:00,,"], "zone is empty"),
        (["UTC,monday,,08:00,16:00,,", "Asia/Tokyo,tuesday,,08:00,16:00,,"], "is in the zone UTC above, and in Asia"),
        (
            ["UTC,monday,,08:00,16:00,,", "UTC,monday-friday,,12:00,18:00,,"],
            r"csv:3: the session of .* begins before the one ahead of it is over",
        ),
        (["UTC,monday-friday,,17:00,18:00,,", "UTC,2026-12-24,,16:30,08:00,,"], "begins before the one ahead"),
        ([f"UTC,monday,,{hour:02d}:00,{hour:02d}:30,," for hour in range(9)], "has more than 8 sessions"),
    ],
)
def test_what_is_wrong_with_own_hours_is_told_with_its_place(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        own(tmp_path, *lines)


def test_a_calendar_that_nobody_knows_is_told_where_it_is_named(tmp_path):
    wrong = folder(tmp_path, venues="venue,calendar\nXNYS,XNYX\n")
    with pytest.raises(InputError, match=r"venues.csv:2:6: exchange_calendars has no calendar 'XNYX'(?s:.*)XNYS"):
        read_reference(wrong)
    both = folder(tmp_path, venues="venue\nXNYS\n", instruments="instrument,calendar\nI,OTC\nJ,OTC\n")
    with pytest.raises(InputError, match=r"instruments.csv:2:3: exchange_calendars has no calendar 'OTC'") as caught:
        read_reference(both)
    assert len(caught.value.problems) == 1


def test_without_the_library_one_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    known_calendars.cache_clear()
    with pytest.raises(InputError, match=r"needs the library(?s:.*)pip install 'trade-surveillance\[calendars\]'"):
        read_reference(folder(tmp_path, venues="venue,calendar\nXNYS,XNYS\n"))
    hours = HOURS + "XNYS,UTC,monday,,08:00,16:00,,\n"
    own_one = read_reference(folder(tmp_path, venues="venue,calendar\nXNYS,XNYS\n", calendars=hours))
    assert own_one.calendars["XNYS"].origin == "calendars"


def test_words_and_hours():
    assert days_of_week("friday-monday") == [4, 5, 6, 0]
    assert days_of_week("sunday") == [6]
    assert [days_of_week(text) for text in ("", "Monday", "monday-", "monday-x", "2026-01-01")] == [None] * 5
    assert seconds_of("09:30:15") == 34_215
    assert [seconds_of(text) for text in ("24:00:01", "25:00", "9:30", "09:60", "", "٠٩:٣٠")] == [None] * 6


@given(
    minutes=st.lists(st.integers(0, 40 * 1440), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"]),
    hours=st.sampled_from([("09:30", "16:00"), ("17:00", "16:00"), ("00:00", "24:00"), ("18:00", "18:00")]),
)
def test_events_are_placed_as_by_looking_at_every_session_however_they_are_cut(
    tmp_path_factory, minutes, cuts, zone, hours
):
    calendar = own(tmp_path_factory.mktemp("own"), f"{zone},monday-friday,,{hours[0]},{hours[1]},,")
    start = utc("2026-10-10T00:00:00")
    times = np.array([start + minute * 60 * SECOND for minute in minutes], np.int64)
    names = Dictionary()
    calendars = Calendars({"OTC": calendar}, names)
    codes = np.full(len(times), names.code("OTC"), np.int32)
    days = np.zeros(len(times), np.int32)
    for part in np.split(np.arange(len(times)), sorted(min(cut, len(times)) for cut in cuts)):
        piece = np.zeros(len(part), np.int32)
        calendars.place(codes[part], times[part], piece)
        days[part] = piece
    every, _ = calendar.trading_days(day("2026-09-01"), day("2027-01-31"))
    closed_by = [min(one.closes, after.opens - 1) for one, after in pairwise(every)]
    expected = [next(one.day for one, end in zip(every, closed_by, strict=False) if end >= time) for time in times]
    assert days.tolist() == expected
    outside = sum(
        all(not one.opens <= time <= end for one, end in zip(every, closed_by, strict=False)) for time in times
    )
    assert int(calendars.outside[1]) == outside
    assert int(calendars.events[1]) == len(times)
    assert (int(calendars.first[1]), int(calendars.last[1])) == (times.min(), times.max())


def test_sessions_of_many_calendars_are_told_apart():
    names = Dictionary()
    known = {name: LibraryCalendar(name) for name in ("XNYS", "XTKS")}
    calendars = Calendars(known, names)
    codes = np.array([names.code("XTKS"), 0, names.code("XNYS")] * 2, np.int32)
    times = np.array([utc("2026-11-25T22:00:00")] * 6, np.int64)
    days = np.full(6, 7, np.int32)
    sessions_of = calendars.place(codes, times, days)
    assert [iso(one) for one in days.tolist()] == ["2026-11-26", "1970-01-08", "2026-11-27"] * 2
    assert sessions_of.tolist()[:3] == [day("2026-11-26") * 8, 0, day("2026-11-27") * 8]
    assert [name for _, name in calendars.used()] == ["XNYS", "XTKS"]


def test_a_session_has_an_ordinal_that_grows_with_time():
    assert Session(10, 1, 0, 1).ordinal < Session(10, 2, 2, 3).ordinal < Session(11, 0, 4, 5).ordinal
    assert AFTER_CLOSE == 900 * SECOND
