"""Marks of calendars lie among the events in the same place, however the events come."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.engine.marks import CalendarMarks
from surveillance.events.batch import EventBatch
from surveillance.events.calendar_library import LibraryCalendar
from surveillance.events.calendars import Calendars
from surveillance.events.dictionary import Dictionaries
from surveillance.events.reference import read_reference
from surveillance.events.schema import Kind, Mark
from surveillance.tape.order import END

HOUR = 3_600 * 10**9


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 10**9


def clock(time):
    return datetime.fromtimestamp(time // 10**9, timezone.utc).strftime("%m-%d %H:%M")


def through(known, events, size, *, ahead=0):
    """Run events (time, calendar) in batches of some size; return all rows in the order of the tape.

    `ahead` batches are read at the door before the one that goes on the tape.
    """
    dictionaries = Dictionaries()
    calendars = Calendars(known, dictionaries["calendar"])
    codes = np.array([dictionaries["calendar"].code(name) for _, name in events], np.int32)
    times = np.array([time for time, _ in events], np.int64)
    marks = CalendarMarks(calendars, dictionaries, 1)
    rows, placed = [], 0
    cuts = [*range(size, len(times), size), len(times)]
    for place, high in enumerate(cuts):
        low = cuts[place - 1] if place else 0
        door = cuts[min(place + ahead + 1, len(cuts) - 1)]
        if door > placed:
            calendars.place(codes[placed:door], times[placed:door], np.zeros(door - placed, np.int32))
            placed = door
        batch = EventBatch(
            {
                "time": times[low:high],
                "source": np.zeros(high - low, np.int32),
                "position": np.arange(low, high),
                "kind": np.full(high - low, Kind.TRADE, np.int8),
                "calendar": codes[low:high],
                "terms": np.zeros(high - low, np.int32),
            }
        )
        watermark = END if high == len(times) else int(times[high])
        out = marks.among(batch, watermark)
        if out is not None:
            names = ("time", "kind", "mark", "calendar", "position", "session", "trading_day")
            rows += zip(*(out.column(name).tolist() for name in names), strict=True)
    texts = dictionaries["calendar"].text
    return [(time, kind, mark, texts(code), *rest) for time, kind, mark, code, *rest in rows], marks


def marks_of(rows):
    return [(clock(time), Mark(mark).name.lower(), name) for time, kind, mark, name, *_ in rows if kind == Kind.MARK]


NEW_YORK = {"XNYS": LibraryCalendar("XNYS")}
BOTH = {**NEW_YORK, "XTKS": LibraryCalendar("XTKS")}


@pytest.mark.parametrize("size", [1, 2, 99])
def test_a_half_day_and_a_holiday_have_their_marks(size):
    times = ["2026-11-25T20:00:00", "2026-11-26T12:00:00", "2026-11-27T17:00:00"]
    rows, marks = through(NEW_YORK, [(utc(time), "XNYS") for time in times], size)
    assert marks_of(rows) == [
        ("11-25 21:00", "session_close", "XNYS"),
        ("11-27 14:30", "session_open", "XNYS"),
        ("11-27 18:00", "session_close", "XNYS"),
    ]
    assert [kind for _, kind, *_ in rows] == [Kind.TRADE, Kind.MARK, Kind.TRADE, Kind.MARK, Kind.TRADE, Kind.MARK]
    assert marks.count == 3


def test_an_event_at_the_close_comes_before_the_mark():
    rows, _ = through(NEW_YORK, [(utc("2026-11-27T18:00:00"), "XNYS")], 1)
    assert [kind for _, kind, *_ in rows] == [Kind.TRADE, Kind.MARK]


def test_a_calendar_goes_on_while_events_of_others_come_and_before_its_first_it_has_no_marks():
    events = [(utc("2026-11-25T20:00:00"), "XNYS"), (utc("2026-11-27T03:00:00"), "XTKS")]
    expected = [
        ("11-25 21:00", "session_close", "XNYS"),
        ("11-27 06:30", "session_close", "XTKS"),
    ]
    for size in (1, 2):
        told = marks_of(through(BOTH, events, size)[0])
        assert [one for one in told if one[2] == "XNYS"] == expected[:1]
        assert expected[1] in told


def test_auctions_and_round_the_clock_have_marks_in_their_order(tmp_path):
    (tmp_path / "venues.csv").write_text("venue,calendar\nV,OTC\n")
    (tmp_path / "calendars.csv").write_text(
        "calendar,zone,day,phase,open,close\nOTC,UTC,monday-sunday,,00:00,24:00\n"
        "OTC,UTC,monday-sunday,auction,23:50,24:00\nOTC,UTC,monday-sunday,auction,12:00,12:05\n"
    )
    known = read_reference(tmp_path).calendars
    rows, _ = through(known, [(utc("2026-11-25T10:00:00"), "OTC"), (utc("2026-11-26T01:00:00"), "OTC")], 1)
    assert [one[:2] for one in marks_of(rows)][:6] == [
        ("11-25 12:00", "auction_start"),
        ("11-25 12:05", "auction_end"),
        ("11-25 23:50", "auction_start"),
        ("11-26 00:00", "auction_end"),
        ("11-26 00:00", "session_close"),
        ("11-26 00:00", "session_open"),
    ]
    assert [one[1] for one in marks_of(rows)][-2:] == ["session_close", "session_open"]  # at one moment


def test_where_a_calendar_ends_its_marks_end_and_the_others_go_on(tmp_path):
    (tmp_path / "venues.csv").write_text("venue,calendar\nV,OTC\n")
    (tmp_path / "calendars.csv").write_text(
        "calendar,zone,day,open,close,valid_to\nOTC,UTC,monday-sunday,08:00,16:00,2026-11-26\n"
    )
    known = {**read_reference(tmp_path).calendars, **NEW_YORK}
    events = [(utc("2026-11-25T10:00:00"), "OTC"), (utc("2026-12-01T15:00:00"), "XNYS")]
    assert [one for one in marks_of(through(known, events, 1)[0]) if one[2] == "OTC"] == [
        ("11-25 16:00", "session_close", "OTC")
    ]


@pytest.fixture(scope="module")
def far_apart(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hours")
    (folder / "venues.csv").write_text("venue,calendar\nV,EAST\nW,WEST\n")
    (folder / "calendars.csv").write_text(
        "calendar,zone,day,open,close\nEAST,Asia/Tokyo,monday-friday,09:00,11:30\n"
        "EAST,Asia/Tokyo,monday-friday,12:30,15:30\nWEST,America/Chicago,monday-friday,17:00,16:00\n"
    )
    return read_reference(folder).calendars


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.integers(1, 60), min_size=1, max_size=30),
    names=st.lists(st.sampled_from(["EAST", "WEST"]), min_size=30, max_size=30),
    size=st.integers(1, 10),
    ahead=st.integers(0, 3),
)
def test_rows_do_not_depend_on_batches(far_apart, gaps, names, size, ahead):
    times = np.cumsum(gaps) * HOUR + utc("2026-10-20T00:00:00")
    events = list(zip(times.tolist(), names, strict=False))
    whole, _ = through(far_apart, events, len(events))
    assert through(far_apart, events, size, ahead=ahead)[0] == whole
    assert [time for time, *_ in whole] == sorted(time for time, *_ in whole)
