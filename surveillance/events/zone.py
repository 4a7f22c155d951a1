"""Local wall clocks and UTC: a zone as a table of its offsets.

A wall clock that shows a time twice (the end of summer time) means the first of the two; a time that it never shows
(the start of summer time) is not a time.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Problem
from surveillance.events.schema import NULL

SKIPPED: Final = NULL
"""What `Zone.to_utc` gives for a local time that the clock never showed."""

_SECOND: Final = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST: Final = int(np.iinfo(np.int64).max)
_FIRST_YEAR, _LAST_YEAR = 1678, 2261


class Zone:
    """The offsets of one IANA time zone, looked up for whole columns.

    Parameters
    ----------
    name : str
        Such as ``America/New_York``.

    Raises
    ------
    InputError
        If there is no such zone.
    """

    def __init__(self, name: str) -> None:
        try:
            self._info = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(
                Problem("unknown-zone", f"{name!r} is not a time zone", hint="Use an IANA name: America/New_York.")
            ) from None
        self.name = name
        self._years = (1, 0)
        self._since: NDArray[np.int64] = np.zeros(0, np.int64)
        self._offset: NDArray[np.int64] = np.zeros(0, np.int64)

    def offsets(self, times: NDArray[np.int64]) -> NDArray[np.int64] | np.int64:
        """Return what to add to UTC times (ns) to get the wall clock; one number where it is the same for all."""
        first, last = int(times.min()), int(times.max())
        self._cover(first, last)
        low, high = (int(np.searchsorted(self._since, bound, side="right")) - 1 for bound in (first, last))
        if low == high:
            offset: np.int64 = self._offset[low]
            return offset
        found: NDArray[np.int64] = self._offset[np.searchsorted(self._since, times, side="right") - 1]
        return found

    def to_utc(self, clock: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the UTC times (ns) of wall-clock times; `SKIPPED` where the clock never showed them."""
        if not len(clock):
            return clock
        first, last = int(clock.min()), int(clock.max())
        self._cover(first, last)
        begins, ends = self._since + self._offset, self._since[1:] + self._offset[:-1]
        begins[0] = NULL
        low, high = (int(np.searchsorted(ends, bound, side="right")) for bound in (first, last))
        if low == high and first >= begins[low]:
            shifted: NDArray[np.int64] = clock - self._offset[low]
            return shifted
        span = np.searchsorted(ends, clock, side="right")
        placed: NDArray[np.int64] = np.where(clock >= begins[span], clock - self._offset[span], SKIPPED)
        return placed

    def _cover(self, first: int, last: int) -> None:
        """Make the table reach from the year before `first` to the year after `last`."""
        low = max(_FIRST_YEAR, 1969 + first // (366 * 86_400 * _SECOND) - 1)
        high = min(_LAST_YEAR, 1971 + last // (365 * 86_400 * _SECOND) + 1)
        if self._years[0] <= low and high <= self._years[1]:
            return
        if self._years[0] <= self._years[1]:
            low, high = min(low, self._years[0]), max(high, self._years[1])
        moments, offsets = self._changes(low, high)
        self._since, self._offset = np.array(moments, np.int64), np.array(offsets, np.int64)
        self._years = (low, high)

    def _changes(self, low: int, high: int) -> tuple[list[int], list[int]]:
        """List when the offset changes: a look at every day, then halving down to the second."""
        day = timedelta(days=1)
        moment, stop = datetime(low, 1, 1, tzinfo=timezone.utc), datetime(high + 1, 1, 1, tzinfo=timezone.utc)
        offset = self._at(moment)
        moments, offsets = [NULL], [offset * _SECOND]
        while moment < stop:
            following = moment + day
            if self._at(following) != offset:
                early, late = moment, following
                while late - early > timedelta(seconds=1):
                    middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
                    early, late = (middle, late) if self._at(middle) == offset else (early, middle)
                offset = self._at(following)
                moments.append(int((late - _EPOCH).total_seconds()) * _SECOND)
                offsets.append(offset * _SECOND)
            moment = following
        return moments, offsets

    def _at(self, moment: datetime) -> int:
        offset = moment.astimezone(self._info).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())
