"""Calendars that a house describes itself: hours by weekday or date, in the clock of the venue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from surveillance.errors import Problem
from surveillance.events.calendar import (
    PHASES,
    SESSIONS_A_DAY,
    WEEKDAYS,
    WHOLE_DAY,
    Auction,
    Session,
    calendar_date,
    day_number,
    days_of_week,
    seconds_of,
)
from surveillance.events.reference_files import EVER, Entry
from surveillance.events.times import DAY_NS

SESSION, AUCTION = PHASES
ORIGIN: Final = "calendars"
"""Name of the table."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One line of the table: a session or an auction of some days.

    Parameters
    ----------
    phase : str
        ``session`` or ``auction``.
    opens, closes : int
        s after the midnight of the trading day, on the venue's clock; less than 0 on the evening before.
    since, until : int
        The line holds for trading days whose midnight UTC is from `since` on and before `until`, ns.
    entry : Entry
        Where it stands.
    """

    phase: str
    opens: int
    closes: int
    since: int
    until: int
    entry: Entry


@dataclass(slots=True)
class OwnCalendar:
    """A calendar from the reference data.

    Parameters
    ----------
    name : str
        As in the table.
    zone : ZoneInfo
        Of its clock.
    weekly : list of list of Hours
        Hours of each day of the week.
    dated : dict of date to list of Hours
        Hours of days that are otherwise than their weekday says; an empty list: closed.
    """

    name: str
    zone: ZoneInfo
    weekly: list[list[Hours]] = field(default_factory=lambda: [[] for _ in WEEKDAYS])
    dated: dict[date, list[Hours]] = field(default_factory=dict)
    origin: str = ORIGIN
    tail: int = 0

    def trading_days(self, first: int, last: int) -> tuple[list[Session], list[Auction]]:
        """Return the sessions and auctions of the trading days `first` to `last`, in the order of time."""
        sessions: list[Session] = []
        auctions: list[Auction] = []
        for number in range(first, last + 1):
            day = calendar_date(number)
            hours = self.hours(day)
            spans = sorted(self._span(day, one) for one in hours if one.phase == SESSION)
            of_day = [Session(number, place, *span) for place, span in enumerate(spans)]
            sessions += of_day
            for starts, ends in sorted(self._span(day, one) for one in hours if one.phase == AUCTION):
                opened = [one for one in of_day if one.opens <= starts] or of_day[:1]
                auctions += [Auction(one.ordinal, starts, ends) for one in opened[-1:]]
        return sessions, auctions

    def hours(self, day: date) -> list[Hours]:
        """Return the lines that hold for a trading day."""
        if day in self.dated:
            return self.dated[day]
        midnight = day_number(day) * DAY_NS
        return [one for one in self.weekly[day.weekday()] if one.since <= midnight < one.until]

    def _span(self, day: date, hours: Hours) -> tuple[int, int]:
        return self._utc(day, hours.opens), self._utc(day, hours.closes)

    def _utc(self, day: date, seconds: int) -> int:
        """Return a time of the venue's clock as ns UTC; one that the clock skips is as much later."""
        naive = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - given its zone below
        return int(naive.replace(tzinfo=self.zone).timestamp()) * 1_000_000_000

    def problems(self) -> list[Problem]:
        """Find days with sessions that overlap, or with too many."""
        found: dict[int, Problem] = {}
        for day in self._samples():
            sessions, _ = self.trading_days(day_number(day) - 1, day_number(day) + 1)
            lines = [one for near in (-1, 0, 1) for one in self._lines(day + timedelta(days=near))]
            for before, after, line in zip(sessions, sessions[1:], lines[1:], strict=False):
                if after.opens < before.closes:
                    what = f"the session of {calendar_date(after.day)} begins before the one ahead of it is over"
                    found.setdefault(line.entry.row.line, Problem("overlap", what, line.entry.row.place()))
            if len(self._lines(day)) > SESSIONS_A_DAY:
                line = self._lines(day)[SESSIONS_A_DAY]
                what = f"{day} has more than {SESSIONS_A_DAY} sessions"
                found.setdefault(line.entry.row.line, Problem("too-many-sessions", what, line.entry.row.place()))
        return list(found.values())

    def _lines(self, day: date) -> list[Hours]:
        return sorted((one for one in self.hours(day) if one.phase == SESSION), key=lambda one: one.opens)

    def _samples(self) -> set[date]:
        """Return days in whose neighbourhood all that can happen happens: weeks after each change, and exceptions."""
        begins = {one.since for hours in self.weekly for one in hours} - {EVER[0]}
        weeks = {day_number(date(2024, 1, 1)), *(-(-since // DAY_NS) for since in begins)}
        days = {calendar_date(week + place) for week in weeks for place in range(-1, 8)}
        return days | set(self.dated)


def own_calendars(entries: Sequence[Entry], problems: list[Problem]) -> dict[str, OwnCalendar]:
    """Return the calendars that a table describes.

    Parameters
    ----------
    entries : sequence of Entry
        Records of the table ``calendars``.
    problems : list of Problem
        Takes what is wrong.
    """
    before = len(problems)
    found: dict[str, OwnCalendar] = {}
    for entry in entries:
        zone = entry.fields["zone"]
        calendar = found.setdefault(entry.id, OwnCalendar(entry.id, ZoneInfo(zone)))
        if calendar.zone.key != zone:
            what = f"{entry.id} is in the zone {calendar.zone.key} above, and in {zone} here"
            problems.append(Problem("two-zones", what, entry.row.place(), "A calendar has one clock."))
        _add(calendar, entry, problems)
    if len(problems) == before:
        for calendar in found.values():
            problems += calendar.problems()
    return found


def _add(calendar: OwnCalendar, entry: Entry, problems: list[Problem]) -> None:
    fields = entry.fields
    opens, closes = (fields.get(name) for name in ("open", "close"))
    days = days_of_week(fields["day"])
    if (opens is None) != (closes is None) or (opens is None and (days or "phase" in fields)):
        hint = "Leave both empty on a date on which there is no trading; of weekdays without trading write no line."
        problems.append(Problem("missing-value", "needs both open and close", entry.row.place(), hint))
        return
    if days is None:
        hours = calendar.dated.setdefault(date.fromisoformat(fields["day"]), [])
        if opens is not None and closes is not None:
            hours.append(_hours(entry, opens, closes))
        return
    assert opens is not None
    assert closes is not None
    for number in days:
        calendar.weekly[number].append(_hours(entry, opens, closes))


def _hours(entry: Entry, opens: str, closes: str) -> Hours:
    start, end = seconds_of(opens), seconds_of(closes)
    assert start is not None
    assert end is not None
    if start >= end:  # the trading day begins on the evening before
        start -= WHOLE_DAY
    return Hours(entry.fields.get("phase", SESSION), start, end, entry.since, entry.until, entry)
