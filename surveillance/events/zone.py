"""Local wall clocks and UTC: a zone as a table of its offsets, and what is meant where the clock was changed.

A time that the clock showed twice (the end of summer time) is the first of the two unless the zone is told that it is
the second, or no time. A time that it never showed (the start of summer time) is no time, unless the zone is told to
shift it by what was left out: then 02:30 is what 02:30 would have been had the clock not been changed.
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
AMBIGUOUS: Final = NULL + 1
"""What `Zone.to_utc` gives for a local time that the clock showed twice, if no choice is to be made."""
REPEATED: Final = ("first", "second", "reject")
"""What a local time may mean that the clock showed twice."""
LEFT_OUT: Final = ("reject", "shift")
"""What may be made of a local time that the clock never showed."""

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
    repeated : str
        What a local time means that the clock showed twice: one of `REPEATED`.
    left_out : str
        What to make of a local time that it never showed: one of `LEFT_OUT`.

    Raises
    ------
    InputError
        If there is no such zone.
    """

    def __init__(self, name: str, *, repeated: str = "first", left_out: str = "reject") -> None:
        try:
            self._info = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(
                Problem("unknown-zone", f"{name!r} is not a time zone", hint="Use an IANA name: America/New_York.")
            ) from None
        self.name = name
        self._repeated, self._left_out = repeated, left_out
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
        """Return the UTC times (ns) of wall-clock times; `SKIPPED` or `AMBIGUOUS` where they are none."""
        if not len(clock):
            return clock
        first, last = int(clock.min()), int(clock.max())
        self._cover(first, last)
        begins, ends = self._since + self._offset, self._since[1:] + self._offset[:-1]
        begins[0] = NULL
        low, high = (int(np.searchsorted(ends, bound, side="right")) for bound in (first, last))
        if low == high and first >= begins[low] and (self._repeated == "first" or last < self._next(begins, low)):
            shifted: NDArray[np.int64] = clock - self._offset[low]
            return shifted
        span = np.searchsorted(ends, clock, side="right")
        never = clock < begins[span]
        placed: NDArray[np.int64] = clock - self._offset[span]
        if self._left_out == "shift":
            placed[never] = (clock - self._offset[np.maximum(span - 1, 0)])[never]
        if self._repeated != "first":
            following = np.minimum(span + 1, len(begins) - 1)
            twice = (clock >= begins[following]) & (following > span)
            placed[twice] = (clock - self._offset[following])[twice] if self._repeated == "second" else AMBIGUOUS
        if self._left_out == "reject":
            placed[never] = SKIPPED
        return placed

    @staticmethod
    def _next(begins: NDArray[np.int64], span: int) -> int:
        """Return the first wall-clock time of the span that follows."""
        return int(begins[span + 1]) if span + 1 < len(begins) else _LAST

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
