"""Decimal numbers to whole numbers at a scale: exact, or rounded half even where that is asked for.

Plain numbers are read by kernels; numbers with an exponent, and floats next to a half, go through `decimal`.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arrow import numbers_of, present
from surveillance.events.raw import as_text
from surveillance.events.schema import NULL
from surveillance.events.text import BYTES, SLICES, Text
from surveillance.kernel import kernel

OK: Final = 0
ABSENT: Final = 1
BAD: Final = 2
TOO_MANY: Final = 3
RANGE: Final = 4
_SLOW: Final = 5

SCALES: Final = "Array(int8, 1, 'C', True)"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN, Emin=-(10**9), Emax=10**9)
_MOST: Final = 2**63 - 1
_TENS: Final = np.array([10**power for power in range(19)], np.int64)


def to_fixed(
    column: Any, scale: int | NDArray[np.int8], *, shift: int = 0, rounding: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Read a column of numbers as whole numbers at a scale.

    Parameters
    ----------
    column : Text or pyarrow.Array
        Text, whole numbers, decimals or floats.
    scale : int or ndarray of int8
        Decimals to keep, one for all rows or one a row.
    shift : int
        The column counts units of ``10**-shift``: 2 for cents.
    rounding : bool
        Round decimals beyond the scale half even; without it they make the row `TOO_MANY`. Floats are always
        rounded, from the shortest decimal that stands for them.

    Returns
    -------
    tuple of ndarray
        Values (`NULL` where there is none) and states: `OK`, `ABSENT`, `BAD`, `TOO_MANY` or `RANGE`.
    """
    import pyarrow as pa

    scales = np.full(len(column), scale, np.int8) if isinstance(scale, int) else scale
    if not isinstance(column, Text):
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        kind = column.type
        if pa.types.is_null(kind):
            return np.full(len(column), NULL), np.full(len(column), ABSENT, np.uint8)
        if pa.types.is_integer(kind) and kind != pa.uint64():
            return _whole(column, 0, scales, shift, rounding)
        if pa.types.is_decimal128(kind):
            return _decimal128(column, scales, shift, rounding)
        if pa.types.is_floating(kind):
            return _floats(column, scales, shift)
    text = as_text(column)
    values, states = np.empty(len(text), np.int64), np.empty(len(text), np.uint8)
    slow = parse_decimals(text.data, text.starts, text.ends, scales, shift, rounding, values, states)
    if slow:
        for row in np.flatnonzero(states == _SLOW).tolist():
            values[row], states[row] = exact(text.at(row), int(scales[row]) - shift, rounding=rounding)
    return values, states


def exact(text: str, places: int, *, rounding: bool) -> tuple[int, int]:
    """Read one number exactly; returns its value at ``10**-places`` and its state."""
    if not _NUMBER.fullmatch(text):
        return NULL, BAD
    number = Decimal(text)
    if not number:
        return 0, OK
    if number.adjusted() + places > 20:
        return NULL, RANGE
    if number.adjusted() + places < -200:
        return (0, OK) if rounding else (NULL, TOO_MANY)
    scaled = _EXACT.scaleb(number, places)
    whole = int(scaled.to_integral_value(ROUND_HALF_EVEN, _EXACT))
    if whole != scaled and not rounding:
        return NULL, TOO_MANY
    return (whole, OK) if abs(whole) <= _MOST else (NULL, RANGE)


def _whole(
    column: Any, held: int, scales: NDArray[np.int8], shift: int, rounding: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    numbers = numbers_of(column).astype(np.int64, copy=False)
    return rescale(numbers, held, scales, shift, rounding, present(column))


def rescale(
    numbers: NDArray[np.int64],
    held: int,
    scales: NDArray[np.int8],
    shift: int,
    rounding: bool,
    given: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Bring whole numbers at scale `held` to each row's scale; the result is as `to_fixed` says.

    Parameters
    ----------
    numbers : ndarray of int64
        One a row, or two: the low and the high half of a number of 128 bits.
    given : ndarray of bool
        Rows that have a number; empty when all have.
    """
    values, states = np.empty(len(scales), np.int64), np.empty(len(scales), np.uint8)
    rescale_rows(numbers, given, held + shift, scales, rounding, values, states)
    return values, states


def _decimal128(
    column: Any, scales: NDArray[np.int8], shift: int, rounding: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    halves = np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset : 2 * (column.offset + len(column))]
    values, states = rescale(halves, column.type.scale, scales, shift, rounding, present(column))
    if len(states) and states.max() == _SLOW:
        for row in np.flatnonzero(states == _SLOW).tolist():
            values[row], states[row] = exact(str(column[row].as_py()), int(scales[row]) - shift, rounding=rounding)
    return values, states


def _floats(column: Any, scales: NDArray[np.int8], shift: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    import pyarrow as pa

    numbers, given = numbers_of(column), present(column)
    if column.type != pa.float64():  # the shortest decimal of a narrow float is not that of its double
        numbers = np.array([float(str(number)) for number in numbers], np.float64)
    if len(given):
        numbers = np.where(given, numbers, np.nan)
    values, states = np.empty(len(numbers), np.int64), np.empty(len(numbers), np.uint8)
    if round_floats(numbers, scales, shift, values, states):
        for row in np.flatnonzero(states == _SLOW).tolist():
            number = repr(float(numbers[row]))
            values[row], states[row] = exact(number, int(scales[row]) - shift, rounding=True)
    return values, states


@kernel(f"int64({BYTES}, {SLICES}, {SLICES}, {SCALES}, int64, boolean, int64[::1], uint8[::1])")
def parse_decimals(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    scales: NDArray[np.int8],
    shift: int,
    rounding: bool,
    values: NDArray[np.int64],
    states: NDArray[np.uint8],
) -> int:
    """Read plain numbers; rows that need the exact path get the state 5 and are counted in the result."""
    slow = 0
    for row in range(len(starts)):
        place, end = starts[row], ends[row]
        values[row] = NULL
        if place == end:
            states[row] = ABSENT
            continue
        places = np.int64(scales[row]) - shift
        negative = data[place] == 45
        if negative or data[place] == 43:
            place += 1
        value = np.int64(0)
        digits, kept, first, rest = 0, -1, 0, 0  # kept: decimals taken, -1 before the point
        state = OK
        while place < end:
            digit = np.int64(data[place]) - 48
            if 0 <= digit <= 9:
                digits += 1
                if kept >= places and kept >= 0:
                    if kept == places:
                        first = digit
                        kept += 1
                    else:
                        rest |= digit
                elif value > 922337203685477580 or (value == 922337203685477580 and digit > 7):
                    state = RANGE
                else:
                    value = value * 10 + digit
                    if kept >= 0:
                        kept += 1
            elif digit == -2 and kept < 0:
                kept = 0
            elif digit == 21 or digit == 53:  # noqa: PLR1714 - E and e; a tuple would be built
                state = _SLOW
                break
            else:
                state = BAD
                break
            place += 1
        if state == OK or state == RANGE:  # noqa: PLR1714, SIM109 - a kernel
            if digits == 0:
                state = BAD
            elif places < 0:  # what is too large as written may fit once it is divided
                state = _SLOW
            elif state == OK:
                have = 0 if kept < 0 else min(kept, places)
                for _ in range(have, places):
                    if value > 922337203685477580:
                        state = RANGE
                        break
                    value *= 10
                if state == OK and (first or rest):
                    if not rounding:
                        state = TOO_MANY
                    elif first > 5 or (first == 5 and (rest or value & 1)):
                        if value == 9223372036854775807:
                            state = RANGE
                        else:
                            value += 1
        if state == OK:
            values[row] = -value if negative else value
        elif state == _SLOW:
            slow += 1
        states[row] = state
    return slow


@kernel(
    f"void(Array(int64, 1, 'C', True), Array(boolean, 1, 'C', True), int64, {SCALES}, boolean, int64[::1], uint8[::1])",
    allocates=False,
)
def rescale_rows(
    numbers: NDArray[np.int64],
    given: NDArray[np.bool_],
    held: int,
    scales: NDArray[np.int8],
    rounding: bool,
    values: NDArray[np.int64],
    states: NDArray[np.uint8],
) -> None:
    """Bring numbers at 10**-held to each row's scale; of 128 bits where there are two halves a row."""
    masked, wide = len(given) > 0, len(numbers) > len(scales)
    for row in range(len(scales)):
        value = numbers[2 * row] if wide else numbers[row]
        step = np.int64(scales[row]) - held
        state = OK
        if masked and not given[row]:
            state = ABSENT
        elif wide and (numbers[2 * row + 1] != value >> 63 or value == NULL):
            state = _SLOW
        elif value == NULL:
            state = RANGE
        elif step >= 0:
            for _ in range(step):
                if value > 922337203685477580 or value < -922337203685477580:
                    state = RANGE
                    break
                value *= 10
        elif step < -18:
            state = OK if value == 0 or rounding else TOO_MANY
            if step < -19 or (value <= 5000000000000000000 and value >= -5000000000000000000):
                value = 0
            else:
                value = 1 if value > 0 else -1
        else:
            unit = _TENS[-step]
            whole = value // unit
            left = value - whole * unit
            if left and not rounding:
                state = TOO_MANY
            elif left > unit - left or (left == unit - left and whole & 1):
                whole += 1
            value = whole
        values[row] = value if state == OK else NULL
        states[row] = state


@kernel(f"int64(Array(float64, 1, 'C', True), {SCALES}, int64, int64[::1], uint8[::1])")
def round_floats(
    numbers: NDArray[np.float64],
    scales: NDArray[np.int8],
    shift: int,
    values: NDArray[np.int64],
    states: NDArray[np.uint8],
) -> int:
    """Round floats half even from their shortest decimal; rows too close to call get the state 5, counted."""
    slow = 0
    for row in range(len(numbers)):
        number = numbers[row]
        places = np.int64(scales[row]) - shift
        values[row] = NULL
        if np.isnan(number):
            states[row] = ABSENT
        elif np.isinf(number):
            states[row] = BAD
        elif places < 0:
            states[row] = _SLOW
            slow += 1
        else:
            scaled = number * np.float64(_TENS[places])
            # The shortest decimal and the product are each within half a unit in the last place (2**-53).
            doubt = abs(scaled) * 2.0**-51 + 1e-300
            apart = abs(abs(scaled - np.floor(scaled)) - 0.5)
            if abs(scaled) < 4503599627370496.0 and apart > doubt:
                values[row] = np.int64(np.rint(scaled))
                states[row] = OK
            else:
                states[row] = _SLOW
                slow += 1
    return slow
