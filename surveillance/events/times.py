"""Times of feeds to ns since 1970-01-01 UTC: ISO 8601 text, counts of s, ms, us or ns, and Arrow timestamps."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Problem
from surveillance.events.decimals import ABSENT, BAD, OK, RANGE, to_fixed
from surveillance.events.raw import as_text
from surveillance.events.schema import NULL, NULL_DAY
from surveillance.events.text import BYTES, SLICES, Text
from surveillance.events.text_table import TextTable
from surveillance.events.time_formats import read_times
from surveillance.events.zone import AMBIGUOUS, SKIPPED, Zone
from surveillance.kernel import kernel

NO_ZONE: Final = 6
"""State of a local time without an offset where the profile names no zone."""
SKIPPED_TIME: Final = 7
"""State of a local time that the zone's clock never showed."""
TWICE: Final = 8
"""State of a local time that the zone's clock showed twice, where the profile makes no choice."""

DAY_NS: Final = 86_400_000_000_000
MOST_SECONDS: Final = 9_200_000_000
"""Times further than this from 1970 (about 1678 to 2261) are out of range: ns and an offset still fit 64 bits."""
UNIT_DECIMALS: Final = {"s": 9, "ms": 6, "us": 3, "ns": 0}


def to_time(
    column: Any,
    *,
    unit: str | None,
    zone: Zone | None,
    local_epoch: bool,
    formats: tuple[NDArray[np.int16], ...] = (),
    day: Any = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Read a column of times.

    Parameters
    ----------
    column : Text or pyarrow.Array
        ISO 8601 text, numbers or Arrow timestamps.
    unit : str or None
        What numbers count: s, ms, us or ns (also the default for whole-number columns). With a unit, text holds
        numbers; without one, it is ISO 8601.
    zone : Zone or None
        Of times without an offset.
    local_epoch : bool
        Numbers count the zone's wall clock and not UTC.
    formats : tuple
        How text is written, as `time_formats.read_format` reads it; empty: ISO 8601.
    day : Text, pyarrow.Array or None
        Dates (ISO 8601): numbers count from midnight of the row's date, on the zone's clock.

    Returns
    -------
    tuple of ndarray
        Times (ns UTC, `NULL` where there is none) and states: those of `decimals`, `NO_ZONE`, `SKIPPED_TIME`, `TWICE`.

    Raises
    ------
    InputError
        If the column's type cannot hold times.
    """
    import pyarrow as pa

    if not isinstance(column, Text):
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            return _timestamps(column, zone)
        if not _is_number(column.type) and not _is_text(column.type):
            raise InputError(Problem("bad-time-column", f"a column of type {column.type} cannot hold times"))
    if unit is None and (isinstance(column, Text) or _is_text(column.type)):
        return _written(as_text(column), zone, formats)
    values, states = _counts(column, unit or "ns")
    if day is not None:
        _add_days(values, states, day, zone)
    elif local_epoch and zone is not None:
        _place(values, states, states == OK, zone)
    return values, states


def days_of(times: NDArray[np.int64], zone: Zone | None) -> NDArray[np.int32]:
    """Return the date (days since 1970-01-01) of UTC times, on the clock of `zone` or of UTC."""
    if not len(times):
        return np.zeros(0, np.int32)
    absent = times == NULL
    if absent.any():
        days = np.full(len(times), NULL_DAY, np.int32)
        days[~absent] = days_of(times[~absent], zone)
        return days
    offset = zone.offsets(times) if zone is not None else np.int64(0)
    first, last = int(times.min()), int(times.max())
    if isinstance(offset, np.int64) and (first + int(offset)) // DAY_NS == (last + int(offset)) // DAY_NS:
        return np.full(len(times), (first + int(offset)) // DAY_NS, np.int32)
    return ((times + offset) // DAY_NS).astype(np.int32)


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _timestamps(column: Any, zone: Zone | None) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    import pyarrow as pa

    values, states = _counts(column.view(pa.int64()), column.type.unit)
    if column.type.tz is None:
        if zone is None:
            states[states == OK] = NO_ZONE
        else:
            _place(values, states, states == OK, zone)
    return values, states


def _counts(column: Any, unit: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    values, states = to_fixed(column, UNIT_DECIMALS[unit], rounding=True)
    most = MOST_SECONDS * 1_000_000_000
    if len(values) and (values.max() >= most or values.min() <= -most):
        far = (states == OK) & ((values >= most) | (values <= -most))
        values[far], states[far] = NULL, RANGE
    return values, states


def _written(
    text: Text, zone: Zone | None, formats: tuple[NDArray[np.int16], ...]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    if formats:
        values, states = read_times(text, formats)
        naive = zone is not None and bool((states == NO_ZONE).any())
    else:
        values, states = np.empty(len(text), np.int64), np.empty(len(text), np.uint8)
        naive = bool(parse_iso(text.data, text.starts, text.ends, values, states))
    if naive and zone is not None:
        _place(values, states, states == NO_ZONE, zone)
    return values, states


def _add_days(values: NDArray[np.int64], states: NDArray[np.uint8], day: Any, zone: Zone | None) -> None:
    """Add midnight of each row's date to times of day, and put them on the UTC line."""
    text = as_text(day)
    dates = TextTable()
    numbers = dates.numbers(text)
    midnights = [NULL, *(_midnight(dates.bytes_of(number)) for number in range(1, len(dates) + 1))]
    found = np.array(midnights, np.int64)[numbers]
    good = states == OK
    values[good] += found[good]
    dateless = good & (found == NULL)
    values[dateless], states[dateless] = NULL, BAD
    good &= ~dateless
    if zone is None:
        states[good] = NO_ZONE
    else:
        _place(values, states, good, zone)


def _midnight(written: bytes) -> int:
    """Return midnight (ns) of a date such as ``2012-06-21`` or ``20120621``; `NULL` if it is none."""
    digits = written.replace(b"-", b"")
    plain = (
        len(digits) == 8 and digits.isdigit() and written in (digits, b"-".join((digits[:4], digits[4:6], digits[6:])))
    )
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) if plain else None
    except ValueError:
        found = None
    return NULL if found is None else (found - date(1970, 1, 1)).days * DAY_NS


def _place(values: NDArray[np.int64], states: NDArray[np.uint8], rows: NDArray[np.bool_], zone: Zone) -> None:
    """Put local times of the given rows on the UTC line."""
    placed = zone.to_utc(values[rows])
    states[rows] = np.where(placed == SKIPPED, SKIPPED_TIME, np.where(placed == AMBIGUOUS, TWICE, OK))
    values[rows] = np.where(placed == AMBIGUOUS, NULL, placed)


@kernel("int64(int64, int64, int64)")
def _days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a Gregorian date."""
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@kernel(f"int64({BYTES}, int64, int64)")
def _number(data: NDArray[np.uint8], start: int, end: int) -> int:
    """Read digits; -1 if one is not."""
    value = 0
    for place in range(start, end):
        digit = np.int64(data[place]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@kernel(f"int64({BYTES}, int64, int64)")
def _offset(data: NDArray[np.uint8], place: int, end: int) -> int:
    """Read ``+HH``, ``+HHMM`` or ``+HH:MM`` as s; -1 if it is none (no offset has odd seconds)."""
    size = end - place
    hours = _number(data, place + 1, place + 3) if size >= 3 else -1
    minutes = 0
    if size == 5:
        minutes = _number(data, place + 3, place + 5)
    elif size == 6 and data[place + 3] == 58:
        minutes = _number(data, place + 4, place + 6)
    elif size != 3:
        return -1
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return -1
    seconds = hours * 3600 + minutes * 60
    return seconds if data[place] == 43 else -seconds


@kernel(f"int64({BYTES}, {SLICES}, {SLICES}, int64[::1], uint8[::1])")
def parse_iso(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    values: NDArray[np.int64],
    states: NDArray[np.uint8],
) -> int:
    """Read ``YYYY-MM-DD[T ]HH:MM:SS[.fraction][Z|offset]``.

    A number of 17 to 19 digits is ns since 1970. Times without an offset get the state `NO_ZONE` and their wall clock
    as value. Returns how many those are.
    """
    naive = 0
    seen_day, seen_date = NULL, np.int64(-1)
    for row in range(len(starts)):
        start, end = np.int64(starts[row]), np.int64(ends[row])
        values[row] = NULL
        if start == end:
            states[row] = ABSENT
            continue
        states[row] = BAD
        if 17 <= end - start <= 19:  # a count of ns since 1973, as other formats hold it
            count = _number(data, start, end)
            if 0 < count < MOST_SECONDS * 1000000000:
                values[row], states[row] = count, OK
                continue
        if (
            end - start < 19
            or data[start + 4] != 45
            or data[start + 7] != 45
            or (data[start + 10] != 84 and data[start + 10] != 32 and data[start + 10] != 116)
            or data[start + 13] != 58
            or data[start + 16] != 58
        ):
            continue
        year, month = _number(data, start, start + 4), _number(data, start + 5, start + 7)
        day, hour = _number(data, start + 8, start + 10), _number(data, start + 11, start + 13)
        minute, second = _number(data, start + 14, start + 16), _number(data, start + 17, start + 19)
        if year < 1 or month < 1 or month > 12 or day < 1 or hour < 0 or minute < 0 or second < 0:
            continue
        if hour > 23 or minute > 59 or second > 59:
            continue
        date = (year * 100 + month) * 100 + day
        if date != seen_date:
            leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            longest = 31
            if month == 2:
                longest = 29 if leap else 28
            elif month == 4 or month == 6 or month == 9 or month == 11:  # noqa: PLR1714 - no tuple in a loop
                longest = 30
            if day > longest:
                continue
            seen_date, seen_day = date, _days_from_civil(year, month, day)
        place = start + 19
        fraction = np.int64(0)
        if place < end and (data[place] == 46 or data[place] == 44):
            place += 1
            first = place
            unit = np.int64(100000000)
            finer = False  # than ns: not a time that can be held
            while place < end and 48 <= data[place] <= 57:
                fraction += unit * (np.int64(data[place]) - 48)
                finer = finer or (unit == 0 and data[place] != 48)
                unit //= 10
                place += 1
            if place == first or finer:
                continue
        seconds = ((seen_day * 24 + hour) * 60 + minute) * 60 + second
        state = OK
        if place == end:
            state = NO_ZONE
            naive += 1
        elif data[place] == 90 or data[place] == 122:
            if place + 1 != end:
                continue
        elif data[place] == 43 or data[place] == 45:
            offset = _offset(data, place, end)
            if offset == -1:
                continue
            seconds -= offset
        else:
            continue
        if seconds >= MOST_SECONDS or seconds <= -MOST_SECONDS:
            states[row] = RANGE
            continue
        values[row] = seconds * 1000000000 + fraction
        states[row] = state
    return naive
