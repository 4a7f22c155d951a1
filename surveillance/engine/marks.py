"""Session marks as rows of the tape: openings, closes and auctions of the calendars that events have.

They come after all events of their time, and lie where the calendars put them: whoever reads the tape sees them in the
same place, however the events were cut into batches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from surveillance.errors import InputError
from surveillance.events.batch import EventBatch
from surveillance.events.calendar import Calendar
from surveillance.events.calendar_library import LIBRARY, version
from surveillance.events.calendars import Calendars
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL, Kind, Mark
from surveillance.events.times import DAY_NS
from surveillance.tape.order import END, join

SOURCE: Final = "calendar"
"""Name of the source that marks come from."""

_READ_DAYS: Final = 60
_ROOM: Final = 32  # for the marks of a session in the numbers that order them


@dataclass(frozen=True, slots=True, order=True)
class _Mark:
    """One mark; those of one time are ordered by session, its opening first and its close last, and by calendar."""

    time: int
    position: int
    name: str
    code: int
    kind: int
    day: int


@dataclass(slots=True)
class _Stream:
    """The marks of one calendar as time goes on.

    Parameters
    ----------
    calendar : Calendar
        Where they come from.
    code : int
        Its code.
    day : int
        First trading day that has not been read, days since 1970-01-01.
    after : int
        Marks up to this time are not wanted, or have been taken, ns UTC.
    """

    calendar: Calendar
    code: int
    day: int
    after: int
    ended: bool = False
    waiting: list[_Mark] = field(default_factory=list)

    def take(self, before: int) -> list[_Mark]:
        """Return the marks earlier than `before`, ns UTC, that have not been taken."""
        while not self.ended and self.day * DAY_NS < before + 2 * DAY_NS:  # a session may open two evenings before
            self._read()
        taken = [one for one in self.waiting if self.after < one.time < before]
        self.waiting = [one for one in self.waiting if one.time >= before]
        self.after = max(self.after, before - 1)
        return taken

    def _read(self) -> None:
        first, last = self.day, self.day + _READ_DAYS - 1
        self.day = last + 1
        try:
            sessions, auctions = self.calendar.trading_days(first, last)
        except (ValueError, InputError):  # events of these days would stop the run; without any, time just goes on
            self.ended = True
            return
        days = {one.ordinal: one.day for one in sessions}
        for one in sessions:
            self._add(one.ordinal, 0, one.opens, Mark.SESSION_OPEN, one.day)
            self._add(one.ordinal, _ROOM - 1, one.closes, Mark.SESSION_CLOSE, one.day)
        place: dict[int, int] = {}
        for auction in auctions:
            first_place = place[auction.session] = place.get(auction.session, -1) + 2
            for step, time, kind in ((0, auction.starts, Mark.AUCTION_START), (1, auction.ends, Mark.AUCTION_END)):
                self._add(auction.session, first_place + step, time, kind, days[auction.session])

    def _add(self, session: int, place: int, time: int, kind: Mark, day: int) -> None:
        self.waiting.append(_Mark(time, session * _ROOM + place, self.calendar.name, self.code, int(kind), day))


class CalendarMarks:
    """Gives each batch of events the marks that lie among them.

    A calendar gives marks from its first event on: until the last event of the run, and until the close of the session
    that it belongs to.

    Parameters
    ----------
    calendars : Calendars
        Those of the events.
    dictionaries : Dictionaries
        Of the tape.
    ordinal : int
        Of the source of marks: after all others.
    """

    def __init__(self, calendars: Calendars, dictionaries: Dictionaries, ordinal: int) -> None:
        self._calendars, self._ordinal = calendars, ordinal
        self._terms = dictionaries.terms.code(0, 0, 0, 0)
        self._streams: dict[int, _Stream] = {}
        self._newest = NULL
        self.count = 0

    def among(self, batch: EventBatch | None, watermark: int) -> EventBatch | None:
        """Return the events of a step with the marks that come before the watermark.

        Parameters
        ----------
        batch : EventBatch or None
            Events in order, all before the watermark.
        watermark : int
            All events before it have been given, ns; `END` when nothing more comes.
        """
        if batch is not None and len(batch):
            self._newest = int(batch.columns["time"][-1])
        marks = self._due(self._last() + 1 if watermark == END else watermark)
        if marks is None or batch is None or not len(batch):
            return batch if marks is None else marks
        times = np.concatenate((batch.columns["time"], marks.columns["time"]))
        return join([batch, marks], np.argsort(times, kind="stable"))

    def record(self) -> dict[str, Any]:
        """Describe the calendars of the run for run.json."""
        used = self._calendars.record()
        library = {"name": LIBRARY, "version": version()} if any(one["origin"] == LIBRARY for one in used) else None
        without = int(self._calendars.events[0])
        return {"library": library, "used": used, "without_calendar": without, "marks": self.count}

    def _last(self) -> int:
        """Return the time of the last mark when nothing more comes."""
        tables = [(self._calendars.timetables[code], code) for code, _ in self._calendars.used()]
        closes = [table.at(int(self._calendars.last[code])).closes for table, code in tables if table is not None]
        return max((self._newest, *closes))

    def _due(self, before: int) -> EventBatch | None:
        marks: list[_Mark] = []
        for code, _ in self._calendars.used():
            first = int(self._calendars.first[code])
            if first >= before:
                continue
            if code not in self._streams:
                day = first // DAY_NS - 2  # the trading day of a session that is open on the day before its own
                self._streams[code] = _Stream(self._calendars.calendar(code), code, day, first - 1)
            marks += self._streams[code].take(before)
        if not marks:
            return None
        marks.sort()
        self.count += len(marks)
        return EventBatch(
            {
                "time": np.array([one.time for one in marks], np.int64),
                "source": np.full(len(marks), self._ordinal, np.int32),
                "position": np.array([one.position for one in marks], np.int64),
                "kind": np.full(len(marks), Kind.MARK, np.int8),
                "mark": np.array([one.kind for one in marks], np.int8),
                "calendar": np.array([one.code for one in marks], np.int32),
                "trading_day": np.array([one.day for one in marks], np.int32),
                "session": np.array([one.position // _ROOM for one in marks], np.int32),
                "terms": np.full(len(marks), self._terms, np.int32),
            }
        )
