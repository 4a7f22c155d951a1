"""Calendars of exchanges from the library `exchange_calendars`, the extra `calendars` of this package."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from threading import Lock
from typing import Any, Final

import numpy as np

from surveillance.errors import InputError, Problem
from surveillance.events.calendar import AFTER_CLOSE, Auction, Session, iso

LIBRARY: Final = "exchange_calendars"
INSTALL: Final = "pip install 'trade-surveillance[calendars]'"

_ONE_AT_A_TIME: Final = Lock()


class LibraryCalendar:
    """The calendar of an exchange by its market identifier code (MIC).

    Parameters
    ----------
    name : str
        One of `exchange_calendars`, such as ``XNYS``.
    """

    origin = LIBRARY
    tail = AFTER_CLOSE

    def __init__(self, name: str) -> None:
        self.name = name

    def trading_days(self, first: int, last: int) -> tuple[list[Session], list[Auction]]:
        """Return the sessions of some trading days; a lunch break parts two. The library knows no auctions."""
        library = _library()  # which reads no single day, so that one more is read
        with _quiet():
            try:
                schedule = library.get_calendar(self.name, start=iso(first - 1), end=iso(last)).schedule
            except library.errors.NoSessionsError:
                return [], []
        schedule = schedule.loc[iso(first) :]
        opens, pauses, resumes, closes = (
            _nanoseconds(schedule[name]) for name in ("open", "break_start", "break_end", "close")
        )
        days = schedule.index.to_numpy().astype("datetime64[D]").astype(np.int64)
        missing = int(np.iinfo(np.int64).min)
        sessions: list[Session] = []
        for day, opened, paused, resumed, closed in zip(
            *(column.tolist() for column in (days, opens, pauses, resumes, closes)), strict=True
        ):
            if paused == missing:
                sessions.append(Session(day, 0, opened, closed))
            else:
                sessions += Session(day, 0, opened, paused), Session(day, 1, resumed, closed)
        return sessions, []


def flaw_of(name: str) -> tuple[str, str, str] | None:
    """Say why the library has no such calendar, as code, message and hint; None when it has one."""
    own = "Or describe its hours in calendars.csv of the reference data."
    try:
        known = known_calendars()
    except InputError as error:
        problem = error.problems[0]
        return problem.code, f"calendar {name!r} {problem.message}", f"{problem.hint} {own}"
    if name in known:
        return None
    close = difflib.get_close_matches(name, known, 3)
    hint = f"Did you mean {' or '.join(close)}? {own}" if close else own
    return "unknown-calendar", f"{LIBRARY} has no calendar {name!r}", hint


def version() -> str | None:
    """Return the version of the library; None where it is not installed."""
    try:
        return metadata.version(LIBRARY)
    except metadata.PackageNotFoundError:
        return None


@cache
def known_calendars() -> frozenset[str]:
    """Return the names of all calendars of the library."""
    with _quiet():
        return frozenset(_library().get_calendar_names())


def _library() -> Any:
    try:
        import exchange_calendars
    except ImportError:
        what = f"needs the library {LIBRARY}, which is not installed"
        raise InputError(Problem("missing-extra", what, hint=f"Install it: {INSTALL}.")) from None
    return exchange_calendars


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the library does with pandas from our users: it is not theirs to mend."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():  # filters of warnings are those of the whole process
        warnings.simplefilter("ignore")
        yield


def _nanoseconds(column: Any) -> Any:
    return column.dt.tz_convert(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
