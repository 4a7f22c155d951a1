"""Rows of a transactions file to numbers in one pass over the bytes, as far as they are written in the usual way.

What is written in another way that Layering Analytics accepts (or rejects) is left to Python, row by row: such a row
is odd. A row whose quotes need Python's own CSV reader is hard: reading stops before it.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import Kind, Side
from surveillance.kernel import kernel

FIELDS: Final = ("timestamp", "account_id", "product_id", "side", "price", "quantity", "event_type")
"""Columns that a file must have, in the order of the kernel's fields."""

PRICE_DECIMALS: Final = 6
MOST_DIGITS: Final = 12
"""Digits before the point of a price, and of a quantity, that the tape takes."""

NAIVE: Final = 1 << 30
"""Zone of a time that names no offset."""

FINE: Final = 0
ODD: Final = 1

PLACE: Final = 0
ROW: Final = 1
HARD: Final = 2
"""Fields of the state: next byte, next row, and whether a hard record stands at that byte."""

_DATE, _DAY, _NS, _ZONE = range(4)  # fields of what the kernel remembers: last date, its day, last time and zone
_IS_HARD, _CUT_OFF = -1, -2

_TIME, _ACCOUNT, _PRODUCT, _SIDE, _PRICE, _QUANTITY, _EVENT = range(7)
_ORDER, _CANCEL, _TRADE = int(Kind.ORDER), int(Kind.CANCEL), int(Kind.TRADE)
_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_WORDS: Final = np.frombuffer(b"BUYSELLORDER_PLACEDORDER_CANCELLEDTRADE_EXECUTED", np.uint8).copy()
_MOST_SECONDS: Final = 9_200_000_000
_COMMA, _QUOTE, _LF, _CR, _UNDERSCORE = 44, 34, 10, 13, 95

Array = NDArray[Any]


@kernel(allocates=False)
def _is_word(data: Array, start: int, first: int, size: int) -> bool:
    """Tell whether the bytes from `start` on are a known word, in capitals or not."""
    for step in range(size):
        letter, byte = _WORDS[first + step], data[start + step]
        if byte != letter and (letter == _UNDERSCORE or byte != letter + 32):
            return False
    return True


@kernel(allocates=False)
def _two(data: Array, place: int) -> int:
    """Read two digits; a large negative number if one is none."""
    tens, ones = np.int64(data[place]) - 48, np.int64(data[place + 1]) - 48
    if tens < 0 or tens > 9 or ones < 0 or ones > 9:
        return -10_000
    return int(tens * 10 + ones)


@kernel(allocates=False)
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970 of a date; far away if there is none."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month == 2:
        longest = 29 if leap else 28
    elif month == 4 or month == 6 or month == 9 or month == 11:  # noqa: PLR1714 - no tuple in a loop
        longest = 30
    if year < 1 or month < 1 or month > 12 or day < 1 or day > longest:
        return -1_000_000_000
    if month <= 2:
        year -= 1
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719468


@kernel(allocates=False)
def _price(data: Array, start: int, end: int) -> int:
    """Read a price in millionths; 0 if it is not written plainly, not positive or too fine."""
    value, digits, place = np.int64(0), 0, start
    while place < end:
        digit = np.int64(data[place]) - 48
        if digit < 0 or digit > 9:
            break
        value = value * 10 + digit
        digits += 1
        place += 1
    if digits == 0 or digits > MOST_DIGITS:
        return 0
    left = PRICE_DECIMALS
    if place < end:
        if data[place] != 46:
            return 0
        place += 1
        while place < end:
            digit = np.int64(data[place]) - 48
            if digit < 0 or digit > 9 or (left == 0 and digit > 0):
                return 0
            if left > 0:
                value = value * 10 + digit
                left -= 1
            place += 1
    for _ in range(left):
        value *= 10
    return int(value)


@kernel(allocates=False)
def _quantity(data: Array, start: int, end: int) -> int:
    """Read a quantity; 0 if it is not written plainly, not positive or too large."""
    if end - start > MOST_DIGITS:
        return 0
    value = np.int64(0)
    for place in range(start, end):
        digit = np.int64(data[place]) - 48
        if digit < 0 or digit > 9:
            return 0
        value = value * 10 + digit
    return int(value)


@kernel(allocates=False)
def _stamp(data: Array, at: int, stop: int, seen: Array) -> bool:  # noqa: PLR0911 - a way out for each other form
    """Read ``YYYY-MM-DD[T ]HH:MM:SS[.fraction][Z|+HH:MM]`` into `seen`; False if it is written in another way."""
    if (
        stop - at < 19
        or data[at + 4] != 45
        or data[at + 7] != 45
        or (data[at + 10] != 84 and data[at + 10] != 32)
        or data[at + 13] != 58
        or data[at + 16] != 58
    ):
        return False
    year, month, day = _two(data, at) * 100 + _two(data, at + 2), _two(data, at + 5), _two(data, at + 8)
    hour, minute, second = _two(data, at + 11), _two(data, at + 14), _two(data, at + 17)
    if year < 0 or hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return False
    date = (year * 100 + month) * 100 + day
    if date != seen[_DATE]:
        seen[_DATE], seen[_DAY] = date, _days(year, month, day)
    seconds = ((seen[_DAY] * 24 + hour) * 60 + minute) * 60 + second
    at += 19
    micros = np.int64(0)
    if at < stop and data[at] == 46:
        unit, first = np.int64(100_000), at + 1
        at += 1
        while at < stop and 48 <= data[at] <= 57:
            micros += unit * (np.int64(data[at]) - 48)
            unit //= 10
            at += 1
        if at == first:
            return False
    zone = np.int64(0)
    if at == stop:
        zone = NAIVE
    elif data[at] == 43 or data[at] == 45:
        if stop - at != 6 or data[at + 3] != 58:
            return False
        hours, minutes = _two(data, at + 1), _two(data, at + 4)
        if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
            return False
        zone = hours * 60 + minutes if data[at] == 43 else -hours * 60 - minutes
        seconds -= 60 * zone
    elif data[at] != 90 or at + 1 != stop:
        return False
    seen[_NS], seen[_ZONE] = (seconds * 1_000_000 + micros) * 1000, zone
    return bool(-_MOST_SECONDS < seconds < _MOST_SECONDS)


@kernel(allocates=False)
def _side(data: Array, at: int, stop: int) -> int:
    """Read a side; 0 if it is written in another way."""
    if stop - at == 3 and _is_word(data, at, 0, 3):
        return _BUY
    return _SELL if stop - at == 4 and _is_word(data, at, 3, 4) else 0


@kernel(allocates=False)
def _event(data: Array, at: int, stop: int) -> int:
    """Read a kind of event; 0 if it is written in another way."""
    size = stop - at
    if size == 12 and _is_word(data, at, 7, 12):
        return _ORDER
    if size == 15 and _is_word(data, at, 19, 15):
        return _CANCEL
    return _TRADE if size == 14 and _is_word(data, at, 34, 14) else 0


@kernel(allocates=False)
def _split(data: Array, place: int, end: int, final: bool, slots: Array, cells: Array) -> int:
    """Note the places of a record's fields in `cells`, how many in its last place; return where the next one begins."""
    column, found = 0, 0
    while True:
        begin = place
        if place < end and data[place] == _QUOTE:
            begin += 1
            place += 1
            while place < end and data[place] != _QUOTE and data[place] != _LF and data[place] != _CR:
                place += 1
            if place >= end or data[place] != _QUOTE:
                return _IS_HARD
            stop = place
            place += 1
            if place < end and data[place] != _COMMA and data[place] != _LF and data[place] != _CR:
                return _IS_HARD
        else:
            while place < end:
                byte = data[place]
                if byte <= _COMMA and (byte == _COMMA or byte == _LF or byte == _CR):  # noqa: PLR1714, SIM109 - a kernel
                    break
                place += 1
            stop = place
        if column < len(slots) and slots[column] >= 0:
            cells[2 * slots[column]], cells[2 * slots[column] + 1] = begin, stop
            found += 1
        cells[14] = found
        column += 1
        if place >= end:
            return place if final else _CUT_OFF
        if data[place] == _CR:
            place += 1
            if place >= end:
                return place if final else _CUT_OFF
            if data[place] != _LF:
                return _IS_HARD
        place += 1
        if data[place - 1] == _LF:
            return place


@kernel(
    nb.void(
        nb.uint8[::1], nb.int64, nb.boolean, nb.int32[::1], nb.int64[::1], nb.int64[::1], nb.int32[::1],
        nb.int8[::1], nb.int8[::1], nb.int64[::1], nb.int64[::1], nb.int32[:, ::1], nb.int32[:, ::1],
        nb.int8[::1], nb.int32[::1], nb.int64[::1],
    ),
    allocates=False,
)  # fmt: skip
def read_records(
    data: Array, end: int, final: bool, slots: Array, state: Array, times: Array, zones: Array, kinds: Array,
    sides: Array, prices: Array, quantities: Array, texts: Array, spans: Array, flags: Array, cells: Array, seen: Array,
) -> None:  # fmt: skip
    """Read complete records from ``data[state[PLACE]:end]`` until the rows are full or a hard record comes.

    Parameters
    ----------
    final : bool
        Nothing follows `end`.
    slots : ndarray of int32
        For each column of the file its number among `FIELDS`, or -1.
    state : ndarray of int64
        `PLACE`, `ROW` and `HARD`.
    times, zones : ndarray
        ns since 1970 in UTC; minutes that the clock of the text is ahead, or `NAIVE`.
    prices, quantities : ndarray of int64
        Millionths; whole numbers.
    texts : ndarray of int32, shape (4, rows)
        First and last place of account and of product.
    spans : ndarray of int32, shape (2, rows)
        First and last place of the record.
    flags : ndarray of int8
        `FINE` or `ODD`.
    cells : ndarray of int32, shape (15,)
        Room for the places of one record's fields.
    seen : ndarray of int64, shape (4,)
        Room for what was read last.
    """
    place, row = state[PLACE], state[ROW]
    seen[_DATE] = -1
    state[HARD] = 0
    while row < len(times) and place < end:
        if data[place] == _LF:
            place += 1
            continue
        after = _split(data, place, end, final, slots, cells)
        if after < 0:
            state[HARD] = after == _IS_HARD
            break
        first, place = place, after
        if data[first] == _CR:
            continue  # an empty line
        spans[0, row], spans[1, row] = first, place
        texts[0, row], texts[1, row], texts[2, row], texts[3, row] = 0, 0, 0, 0
        flags[row] = ODD
        if cells[14] == 7 and _stamp(data, cells[2 * _TIME], cells[2 * _TIME + 1], seen):
            sides[row] = _side(data, cells[2 * _SIDE], cells[2 * _SIDE + 1])
            kinds[row] = _event(data, cells[2 * _EVENT], cells[2 * _EVENT + 1])
            prices[row] = _price(data, cells[2 * _PRICE], cells[2 * _PRICE + 1])
            quantities[row] = _quantity(data, cells[2 * _QUANTITY], cells[2 * _QUANTITY + 1])
            if sides[row] and kinds[row] and prices[row] and quantities[row]:
                times[row], zones[row], flags[row] = seen[_NS], seen[_ZONE], FINE
                texts[0, row], texts[1, row] = cells[2 * _ACCOUNT], cells[2 * _ACCOUNT + 1]
                texts[2, row], texts[3, row] = cells[2 * _PRODUCT], cells[2 * _PRODUCT + 1]
        row += 1
    state[PLACE], state[ROW] = place, row
