"""Times written in a format of their own, such as ``21/06/2012 09:30:00.5 PM``: a format becomes steps of a kernel.

The directives are those of Python's ``strptime``, as far as a feed can need them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL
from surveillance.events.text import BYTES, SLICES, Text
from surveillance.kernel import kernel

_OK, _ABSENT, _BAD, _RANGE, _NO_ZONE = 0, 1, 2, 4, 6  # states of `times`
DIRECTIVES: Final = {
    "Y": "year of four digits",
    "y": "year of two digits, from 2000",
    "m": "month as a number",
    "b": "English month, such as Jun",
    "d": "day",
    "H": "hour of 24",
    "I": "hour of 12",
    "p": "AM or PM",
    "M": "minute",
    "S": "second",
    "f": "digits of a second's fraction, up to nine",
    "z": "Z or an offset, such as +01:00",
}
_STEP: Final = {sign: 256 + number for number, sign in enumerate("YymbdHIpMSfz")}
_MONTHS: Final = np.frombuffer(b"janfebmaraprmayjunjulaugsepoctnovdec", np.uint8)


def read_format(text: str) -> NDArray[np.int16]:
    """Return the steps of a format: bytes to meet, and directives from 256 on.

    Raises
    ------
    ValueError
        If it names what is no directive, one of them twice, or no date or time of day.
    """
    steps: list[int] = []
    seen: set[str] = set()
    place = 0
    while place < len(text):
        sign = text[place]
        if sign != "%":
            steps += sign.encode()
        else:
            place += 1
            name = text[place : place + 1]
            if name == "%":
                steps.append(ord("%"))
            elif name not in DIRECTIVES:
                raise ValueError(f"has %{name}; known: {', '.join(f'%{known}' for known in DIRECTIVES)}")
            elif name in seen:
                raise ValueError(f"has %{name} twice")
            else:
                seen.add(name)
                steps.append(_STEP[name])
        place += 1
    for needed in ("Yy", "mb", "d", "HI"):
        if not seen & set(needed):
            raise ValueError(f"has no {' or '.join(f'%{name}' for name in needed)}")
    if ("I" in seen) != ("p" in seen):
        raise ValueError("needs both of %I and %p, or %H")
    return np.array(steps, np.int16)


def read_times(text: Text, formats: tuple[NDArray[np.int16], ...]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Read times; of several formats the first that fits a row counts.

    Returns
    -------
    tuple of ndarray
        Times and states as `times.parse_iso` gives them: without an offset they are wall clocks, `NO_ZONE`.
    """
    values, states = np.full(len(text), NULL), np.full(len(text), _BAD, np.uint8)
    for steps in formats:
        if not parse_format(text.data, text.starts, text.ends, steps, values, states):
            break
    return values, states


@kernel(
    f"int64({BYTES}, {SLICES}, {SLICES}, int16[::1], int64[::1], uint8[::1])",
    allocates=False,
)
def parse_format(
    data: NDArray[Any],
    starts: NDArray[Any],
    ends: NDArray[Any],
    steps: NDArray[Any],
    values: NDArray[Any],
    states: NDArray[Any],
) -> int:
    """Read the rows that are bad so far by one format; return how many still are."""
    bad = 0
    for row in range(len(starts)):
        if states[row] != 2:
            continue
        place, end = np.int64(starts[row]), np.int64(ends[row])
        if place == end:
            states[row] = 1
            continue
        year, month, day = np.int64(-1), np.int64(-1), np.int64(-1)
        hour, minute, second, fraction = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        half, offset, fits = np.int64(-1), np.int64(NULL), True
        for step in steps:
            if step < 256:
                if place < end and data[place] == step:
                    place += 1
                    continue
                fits = False
                break
            if step == 259:  # a month's name
                month = 0
                if place + 3 <= end:
                    for number in range(12):
                        if (
                            (data[place] | 32) == _MONTHS[3 * number]
                            and (data[place + 1] | 32) == _MONTHS[3 * number + 1]
                            and (data[place + 2] | 32) == _MONTHS[3 * number + 2]
                        ):
                            month = number + 1
                place += 3
                fits = month > 0
            elif step == 263:  # AM or PM
                fits = place + 2 <= end and (data[place + 1] | 32) == 109
                if fits:
                    sign = data[place] | 32
                    half = 0 if sign == 97 else 1
                    fits = sign == 97 or sign == 112  # noqa: PLR1714 - a kernel
                place += 2
            elif step == 267:  # an offset
                if place < end and (data[place] == 90 or data[place] == 122):
                    offset = 0
                    place += 1
                elif place < end and (data[place] == 43 or data[place] == 45):
                    negative = data[place] == 45
                    place += 1
                    digits, number = 0, np.int64(0)
                    while place < end and digits < 4:
                        if 48 <= data[place] <= 57:
                            number = number * 10 + np.int64(data[place]) - 48
                            digits += 1
                        elif not (data[place] == 58 and digits == 2):
                            break
                        place += 1
                    if digits == 2:
                        number *= 100
                    fits = (digits == 2 or digits == 4) and number // 100 < 24 and number % 100 < 60  # noqa: PLR1714
                    offset = (number // 100 * 60 + number % 100) * 60
                    if negative:
                        offset = -offset
                else:
                    fits = False
            else:
                most = 4 if step == 256 else 9 if step == 266 else 2
                number, digits = np.int64(0), 0
                while place < end and digits < most and 48 <= data[place] <= 57:
                    number = number * 10 + np.int64(data[place]) - 48
                    digits += 1
                    place += 1
                fits = digits == most if (step == 256 or step == 257) else digits > 0  # noqa: PLR1714
                if step == 256:
                    year = number
                elif step == 257:
                    year = 2000 + number
                elif step == 258:
                    month = number
                elif step == 260:
                    day = number
                elif step == 261:
                    hour = number
                    fits = fits and number < 24
                elif step == 262:
                    hour = number % 12
                    fits = fits and 1 <= number <= 12
                elif step == 264:
                    minute = number
                    fits = fits and number < 60
                elif step == 265:
                    second = number
                    fits = fits and number < 60
                else:
                    fraction = number
                    for _ in range(digits, 9):
                        fraction *= 10
            if not fits:
                break
        if not fits or place != end or month < 1 or month > 12 or day < 1 or year < 1:
            bad += 1
            continue
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        longest = 31
        if month == 2:
            longest = 29 if leap else 28
        elif month == 4 or month == 6 or month == 9 or month == 11:  # noqa: PLR1714 - a kernel
            longest = 30
        if day > longest:
            bad += 1
            continue
        if half == 1:
            hour += 12
        shifted = year - 1 if month <= 2 else year
        era = shifted // 400
        of_era = shifted - era * 400
        of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
        days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        if offset != NULL:
            seconds -= offset
        if seconds >= 9200000000 or seconds <= -9200000000:
            states[row] = 4
            continue
        values[row] = seconds * 1000000000 + fraction
        states[row] = 6 if offset == NULL else 0
    return bad
