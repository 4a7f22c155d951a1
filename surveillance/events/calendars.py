"""The trading day and session of each event, by the calendar of its venue.

What lies between two sessions belongs to the one that follows: an order of Friday evening is for Monday. A calendar is
read for the days around the events that have come, and again when they go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Problem
from surveillance.events.calendar import Auction, Calendar, Session, iso
from surveillance.events.dictionary import Dictionary
from surveillance.events.times import DAY_NS
from surveillance.kernel import kernel

AROUND: Final = 45
"""Days before and after the events for which a calendar is read: longer than any market has closed in peace."""

_NO_TIMES: Final = np.zeros(0, np.int64)
_IN: Final = "Array({0}, 1, 'C', True)"


@dataclass(frozen=True, slots=True)
class Timetable:
    """The sessions of a calendar around some days.

    Parameters
    ----------
    first, last : int
        Days for which it was read, days since 1970-01-01.
    sessions : list of Session
    auctions : list of Auction
    begins, ends : ndarray of int64
        First and last time of each session with its auctions, ns UTC.
    """

    first: int
    last: int
    sessions: list[Session]
    auctions: list[Auction]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    def at(self, time: int) -> Session:
        """Return the session that a time (ns UTC) belongs to."""
        return self.sessions[int(np.searchsorted(self.ends, time, side="left"))]


def spans_of(
    sessions: list[Session], auctions: list[Auction], tail: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and last time of each session with its auctions, and with `tail` ns after its close."""
    begin, end = ({one.ordinal: time for one, time in zip(sessions, times, strict=True)} for times in (
        [one.opens for one in sessions], [one.closes + tail for one in sessions],
    ))  # fmt: skip
    for auction in auctions:
        begin[auction.session] = min(begin[auction.session], auction.starts)
        end[auction.session] = max(end[auction.session], auction.ends)
    begins = np.array(list(begin.values()), np.int64)
    following = np.append(begins[1:], np.iinfo(np.int64).max)
    return begins, np.minimum(np.array(list(end.values()), np.int64), following - 1)


class Calendars:
    """Places events in the sessions of their calendars.

    Parameters
    ----------
    known : Mapping
        Calendars by name.
    names : Dictionary
        Codes of their names; it may grow.
    """

    def __init__(self, known: Mapping[str, Calendar], names: Dictionary) -> None:
        self._known, self._names = known, names
        self.timetables: list[Timetable | None] = []
        """By code."""
        self._bounds = self._ends = self._begins = self._lows = np.zeros(1, np.int64)
        self._days = self._sessions = np.zeros(1, np.int32)
        self.events = self.outside = self.first = self.last = self._at = np.zeros(0, np.int64)
        """By code: events, those of them outside of any session, times of the earliest and the latest of them; events
        without a calendar have the code 0."""
        self._grow()

    def place(self, codes: NDArray[np.int32], times: NDArray[np.int64], days: NDArray[np.int32]) -> NDArray[np.int32]:
        """Put events into their trading days, and return their sessions.

        Parameters
        ----------
        codes : ndarray of int32
            Calendar of each event; 0: none.
        times : ndarray of int64
            ns UTC.
        days : ndarray of int32
            Trading days; those of events with a calendar are written anew.

        Returns
        -------
        ndarray of int32
            Ordinals of sessions; 0 for events without a calendar.

        Raises
        ------
        InputError
            A calendar does not know the days of the events.
        """
        if len(self.timetables) < len(self._names):
            self._grow()
        sessions = np.zeros(len(codes), np.int32)
        row = 0
        while True:
            row = place_rows(
                row, codes, times, self._bounds, self._lows, self._begins, self._ends, self._days, self._sessions,
                days, sessions, self._at, self.events, self.outside, self.first, self.last,
            )  # fmt: skip
            if row == len(codes):
                return sessions
            of = codes == codes[row]
            self._read(int(codes[row]), int(times[of].min()), int(times[of].max()))

    def _grow(self) -> None:
        """Make room for calendars that were not there before."""
        fresh = len(self._names) - len(self.timetables)
        self.timetables += [None] * fresh
        nothing, most = np.zeros(fresh, np.int64), np.full(fresh, np.iinfo(np.int64).max)
        self.events, self.outside = np.append(self.events, nothing), np.append(self.outside, nothing)
        self._at = np.append(self._at, nothing)
        self.first, self.last = np.append(self.first, most), np.append(self.last, -most)
        self._join()

    def _read(self, code: int, first: int, last: int) -> None:
        """Read a calendar for the days around some times, and those for which it was read before."""
        low, high = first // DAY_NS - 1, last // DAY_NS + 1
        before = self.timetables[code]
        if before is not None:
            low, high = min(low, before.first + AROUND), max(high, before.last - AROUND)
        self.timetables[code] = _timetable(self.calendar(code), low, high, last)
        self._join()

    def _join(self) -> None:
        """Lay the timetables side by side for the kernel."""
        present = [one or Timetable(0, 0, [], [], _NO_TIMES, _NO_TIMES) for one in self.timetables]
        sizes = [len(one.sessions) for one in present]
        every = [session for one in present for session in one.sessions]
        self._bounds = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        self._lows = np.array([one.first * DAY_NS for one in present], np.int64)
        self._ends = np.concatenate([one.ends for one in present])
        self._begins = np.concatenate([one.begins for one in present])
        self._days = np.array([session.day for session in every], np.int32)
        self._sessions = np.array([session.ordinal for session in every], np.int32)
        self._at = self._bounds[:-1].copy()

    def calendar(self, code: int) -> Calendar:
        """Return a calendar by its code."""
        return self._known[self._names.clear(code) or ""]

    def used(self) -> list[tuple[int, str]]:
        """Return code and name of the calendars that events have, by name."""
        named = [(code, self._names.clear(code) or "") for code in np.flatnonzero(self.events).tolist() if code]
        return sorted(named, key=lambda one: one[1])

    def record(self) -> list[dict[str, Any]]:
        """Describe the calendars that events have, with a digest of the sessions from the first event to the last."""
        told = []
        for code, name in self.used():
            table = self.timetables[code]
            assert table is not None
            first, last = (table.at(int(times[code])) for times in (self.first, self.last))
            sessions = [one for one in table.sessions if first.ordinal <= one.ordinal <= last.ordinal]
            auctions = [one for one in table.auctions if first.ordinal <= one.session <= last.ordinal]
            said = [f"{one.ordinal} {one.opens} {one.closes}" for one in sessions]
            said += [f"auction {one.session} {one.starts} {one.ends}" for one in auctions]
            told.append(
                {
                    "calendar": name,
                    "origin": self._known[name].origin,
                    "first_day": iso(first.day),
                    "last_day": iso(last.day),
                    "sessions": len(sessions),
                    "sha256": hashlib.sha256("\n".join(said).encode()).hexdigest(),
                    "events": int(self.events[code]),
                    "outside_sessions": int(self.outside[code]),
                }
            )
        return told


def _timetable(calendar: Calendar, low: int, high: int, time: int) -> Timetable:
    """Read a calendar around some days, as far around as it goes; it must reach `time`, ns UTC."""
    problem = Problem("no-calendar", "")
    for before, after in ((AROUND, AROUND), (0, AROUND), (AROUND, 0), (0, 0)):
        first, last = low - before, high + after
        try:
            sessions, auctions = calendar.trading_days(first, last)
        except ValueError as error:
            problem = _not_covered(calendar, low, high, str(error))
            continue
        begins, ends = spans_of(sessions, auctions, calendar.tail)
        if sessions and sessions[0].day <= low + AROUND and ends[-1] >= time:
            return Timetable(low - AROUND, high + AROUND, sessions, auctions, begins, ends)
        known = "no session in that time"
        if sessions:
            early = ends[-1] < time
            known = f"sessions until {iso(sessions[-1].day)}" if early else f"sessions from {iso(sessions[0].day)} on"
        problem = _not_covered(calendar, low, high, f"it has {known}")
    raise InputError(problem)


def _not_covered(calendar: Calendar, low: int, high: int, why: str) -> Problem:
    what = f"calendar {calendar.name} does not cover the events of {iso(low + 1)} to {iso(high - 1)}: {why}"
    hint = f"It comes from {calendar.origin}. Give the venue another one, or describe its hours in calendars.csv."
    return Problem("calendar-too-short", what, hint=hint)


@kernel(
    f"int64(int64, {_IN.format('int32')}, {_IN.format('int64')}, int64[::1], int64[::1], int64[::1], int64[::1], "
    "int32[::1], int32[::1], int32[::1], int32[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])",
    allocates=False,
)
def place_rows(
    row: int,
    codes: NDArray[Any],
    times: NDArray[Any],
    bounds: NDArray[Any],
    lows: NDArray[Any],
    begins: NDArray[Any],
    ends: NDArray[Any],
    days: NDArray[Any],
    ordinals: NDArray[Any],
    trading_days: NDArray[Any],
    sessions: NDArray[Any],
    at: NDArray[Any],
    events: NDArray[Any],
    outside: NDArray[Any],
    firsts: NDArray[Any],
    lasts: NDArray[Any],
) -> int:
    """Find the session of each row from `row` on; stop at the first one that its calendar does not reach.

    ``at`` is the session that was found last, by calendar: the next event is nearly always in the same.
    """
    while row < len(codes):
        code, time = codes[row], times[row]
        if code == 0:
            events[0] += 1
            row += 1
            continue
        low, high = bounds[code], bounds[code + 1]
        if low == high or time < lows[code] or time > ends[high - 1]:
            return row
        found = at[code]
        if time > ends[found] or (found > low and time <= ends[found - 1]):
            found = low
            while found < high:  # the first session that ends at or after the event
                middle = (found + high) // 2
                if ends[middle] < time:
                    found = middle + 1
                else:
                    high = middle
            at[code] = found
        trading_days[row], sessions[row] = days[found], ordinals[found]
        events[code] += 1
        if time < begins[found]:
            outside[code] += 1
        firsts[code] = min(firsts[code], time)
        lasts[code] = max(lasts[code], time)
        row += 1
    return row
