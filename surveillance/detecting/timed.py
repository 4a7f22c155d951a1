"""The helper for detectors that ask how far away the next close, fixing or other time of reference is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.decided import Decided
from surveillance.detecting.detector import Detector
from surveillance.events.schema import NULL
from surveillance.tape.ticks import next_mark

_DAY: Final = 86_400 * 1_000_000_000
_EPOCH: Final = date(1970, 1, 1)
_WRITTEN: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))? (\S+)")


class TimedDetector(Detector):
    """A detector to which the time of the next mark matters.

    The tape then keeps the marks of the feed and of calendars. Without any, times of the day may stand for them. Only
    what comes within `horizon` of an anchor can be known of.
    """

    def ahead(self, at: Decided, mark: str, times: Sequence[str] = ()) -> NDArray[np.int64]:
        """Return how long after each anchor the next mark or time of the day comes, ns; null beyond the horizon.

        Parameters
        ----------
        at : Decided
            The anchors.
        mark : str
            Kind of mark, such as ``session_close``; it must concern the anchor's calendar, venue and instrument.
        times : sequence of str
            Times of the day, such as ``16:00 America/New_York``.
        """
        nearest = next_mark(at.question.tape, at.row, at.time, mark)
        for written in times:
            clock = _next_clock(at.time, written)
            nearest = np.where(nearest < 0, clock, np.minimum(nearest, clock))
        away = nearest - at.time
        return np.where((nearest < 0) | (away > self.horizon()), NULL, away)


def read_time(written: str) -> tuple[int, int, int, ZoneInfo]:
    """Return hour, minute, second and zone of a time of the day such as ``16:00 America/New_York``.

    Raises
    ------
    ValueError
        It is not written like that, or there is no such zone.
    """
    found = _WRITTEN.fullmatch(written)
    try:
        if found:
            return int(found[1]), int(found[2]), int(found[3] or 0), ZoneInfo(found[4])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {written.split(' ', 1)[1]!r}, as in '16:00 Europe/London'") from None
    raise ValueError(f"{written!r} is no time of the day with its zone, such as '16:00 Europe/London'")


def _next_clock(times: NDArray[Any], written: str) -> NDArray[np.int64]:
    """Return the first occurrence of a time of the day at or after each time, ns."""
    hour, minute, second, zone = read_time(written)
    if not len(times):
        return np.zeros(0, dtype=np.int64)
    first, last = int(times.min()) // _DAY - 1, int(times.max()) // _DAY + 2
    found = []
    for day in range(first, last + 1):
        local = datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time())
        moment = local.replace(hour=hour, minute=minute, second=second, tzinfo=zone).astimezone(timezone.utc)
        since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
        found.append((since.days * 86_400 + since.seconds) * 1_000_000_000)
    at = np.array(found, dtype=np.int64)
    next_at: NDArray[np.int64] = at[np.searchsorted(at, times, side="left")]
    return next_at
