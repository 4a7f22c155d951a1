"""Trading calendars: the sessions and auctions of trading days, wherever they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

AFTER_CLOSE: Final = 15 * 60 * 1_000_000_000
"""Events up to this long after a close of `exchange_calendars` still belong to its session, ns: that library knows the
end of continuous trading, and closing auctions print some minutes later."""

SESSIONS_A_DAY: Final = 8
"""Most sessions that a trading day can have at one venue."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PHASES: Final = ("session", "auction")
WHOLE_DAY: Final = 86_400
"""s of a day on the clock."""

_CLOCK = re.compile(r"(?:([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?|24:00(?::00)?)", re.ASCII)
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Session:
    """Continuous trading without a break.

    Parameters
    ----------
    day : int
        Trading day, days since 1970-01-01. It need not be the date on which the session opens.
    number : int
        Which of the day's sessions it is, from 0.
    opens, closes : int
        ns UTC.
    """

    day: int
    number: int
    opens: int
    closes: int

    @property
    def ordinal(self) -> int:
        """Number of the session among all sessions of a calendar."""
        return self.day * SESSIONS_A_DAY + self.number


@dataclass(frozen=True, slots=True)
class Auction:
    """A call for orders and its uncrossing.

    Parameters
    ----------
    session : int
        Ordinal of the session that it belongs to.
    starts, ends : int
        ns UTC. It may begin before its session and end after it.
    """

    session: int
    starts: int
    ends: int


class Calendar(Protocol):
    """Where the sessions of a venue come from."""

    name: str
    """What venues and instruments call it, such as ``XNYS``."""

    origin: str
    """Library or file."""

    tail: int
    """Events up to this long after a close still belong to its session, ns."""

    def trading_days(self, first: int, last: int) -> tuple[list[Session], list[Auction]]:
        """Return the sessions and auctions of the trading days `first` to `last`, in the order of time.

        Raises
        ------
        InputError
            The calendar does not know these days.
        """


def iso(day: int) -> str:
    """Return a day since 1970-01-01 as ISO 8601."""
    return date.fromordinal(_EPOCH + day).isoformat()


def calendar_date(day: int) -> date:
    """Return a day since 1970-01-01 as a date."""
    return date(1970, 1, 1) + timedelta(days=day)


def day_number(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def days_of_week(text: str) -> list[int] | None:
    """Return the weekdays (Monday is 0) that ``monday`` or ``monday-friday`` means; None for anything else."""
    first, dash, last = text.partition("-")
    if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
        return None
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [place % 7 for place in range(start, end + (7 if end < start else 0) + 1)]


def seconds_of(text: str) -> int | None:
    """Return ``HH:MM`` or ``HH:MM:SS`` as s after midnight, up to ``24:00``; None if it is neither."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return WHOLE_DAY if text.startswith("24") else hours * 3600 + minutes * 60 + seconds
