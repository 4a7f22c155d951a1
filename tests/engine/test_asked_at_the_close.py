"""A detector that is asked at the close is asked at the close of the calendar, half days included."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import ClassVar

import numpy as np
import pytest
from tape_helpers import make_batch

from surveillance.api import TRADE, Duration, Measure, Needs, Params, ScheduledDetector, Unit
from surveillance.engine.engine import Engine
from surveillance.engine.marks import CalendarMarks
from surveillance.events.calendar_library import LibraryCalendar
from surveillance.events.calendars import Calendars
from surveillance.events.dictionary import Dictionaries
from surveillance.tape.order import END

PAIR = ("account", "instrument")


class LateVolume(ScheduledDetector):
    """Volume of an account in the last hour before the close."""

    id, version, key, shard = "test.late", "1", PAIR, ("account",)
    needs = Needs(kinds=(TRADE,), fields=("side", "quantity"))
    measures: ClassVar = {"volume": Measure(Unit.QUANTITY, "Volume.")}
    anchor = TRADE

    class Params(Params):
        window: Duration
        mark: str

    def look_back(self):
        return self.p.window

    def measure(self, at):
        sides = (at.span(TRADE, side=side, start=at.time - self.p.window, until=at.time) for side in (1, 2))
        return {"volume": sum(one.quantity for one in sides)}


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 10**9


@pytest.mark.parametrize("size", [1, 2, 99])
def test_volume_before_the_close_of_each_venue_and_day(rulebook, detectors, size):
    rule = "detector: test.late\nparams: {window: 1h, mark: session_close}\ngap: 1s\n"
    rule += "when: {volume: {at_least: 100 shares}}\nasset_classes: {equity: {}}"
    using = {**detectors, "test.late": LateVolume}
    book = rulebook({"late": rule}, using)
    times = [
        "2026-11-25T06:00:00",  # Tokyo, half an hour before its close
        "2026-11-25T20:30:00",  # New York, half an hour before its close
        "2026-11-27T06:00:00",  # Tokyo
        "2026-11-27T17:30:00",  # New York closes at 18:00 on this day
        "2026-11-27T20:30:00",  # after the close of the half day: for Monday
    ]
    dictionaries = Dictionaries()
    for name in ("account", "instrument"):
        dictionaries[name].code(f"{name}-1")
    dictionaries.terms.code(1, 0, 0, 0)
    known = {name: LibraryCalendar(name) for name in ("XTKS", "XNYS")}
    calendars = Calendars(known, dictionaries["calendar"])
    codes = [dictionaries["calendar"].code(name) for name in ("XTKS", "XNYS", "XTKS", "XNYS", "XNYS")]
    batch = make_batch(
        [utc(time) for time in times], side=1, quantity=100, account=1, instrument=1, asset_class=1, calendar=codes
    )
    days = np.zeros(len(batch), np.int32)
    batch.columns["session"] = calendars.place(batch.columns["calendar"], batch.columns["time"], days)
    batch.columns["trading_day"] = days
    engine = Engine(book, using, dictionaries, ["day", "calendar"])
    assert "calendar" in engine.tape.columns
    marks = CalendarMarks(calendars, dictionaries, 1)
    closed = []
    for low in range(0, len(batch), size):
        piece = batch.take(slice(low, low + size))
        after = batch.columns["time"][low + size] if low + size < len(batch) else None
        events = marks.among(piece, END if after is None else int(after))
        newest = int(events.columns["time"][-1])
        closed += engine.push(events, newest if after is None else int(after))
    closed += engine.finish()
    asked = sorted(datetime.fromtimestamp(one.last_hit // 10**9, timezone.utc).strftime("%d %H:%M") for one in closed)
    assert asked == [
        "25 06:00",
        "25 20:30",
        "27 06:00",
        "27 17:30",
    ]  # Monday's close lies a weekend after the last event
