"""Finding the records and fields of CSV text in one pass, without losing a byte.

A quote that is never closed must not swallow the records behind it. So a quoted field may run over line ends only if
the record that comes out has the right number of fields; otherwise its first line alone is broken, and reading goes
on with the next line.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.text import BYTES
from surveillance.kernel import kernel

PLAIN: Final = 0
ESCAPED: Final = 1
UNCLOSED: Final = 2
BAD_QUOTE: Final = 3
SHORT: Final = 4
LONG: Final = 5
NOT_UTF8: Final = 6
OVER_LONG: Final = 7

PLACE: Final = 0
LINE: Final = 1
SKIPPING: Final = 2
"""Places in the state array: next byte, number of its line, and whether an over-long line is being skipped."""


@kernel(f"boolean({BYTES}, int64, int64)")
def is_utf8(data: NDArray[np.uint8], place: int, end: int) -> bool:
    """Tell whether bytes are UTF-8: no stray or missing continuation, overlong form, surrogate or large value."""
    while place < end:
        lead = data[place]
        place += 1
        if lead < 0x80:
            continue
        low, high = 0x80, 0xBF
        if 0xC2 <= lead <= 0xDF:
            follow = 1
        elif 0xE0 <= lead <= 0xEF:
            follow = 2
            low = 0xA0 if lead == 0xE0 else 0x80
            high = 0x9F if lead == 0xED else 0xBF
        elif 0xF0 <= lead <= 0xF4:
            follow = 3
            low = 0x90 if lead == 0xF0 else 0x80
            high = 0x8F if lead == 0xF4 else 0xBF
        else:
            return False
        if place + follow > end:
            return False
        for _ in range(follow):
            if data[place] < low or data[place] > high:
                return False
            low, high = 0x80, 0xBF
            place += 1
    return True


@kernel(f"int64({BYTES}, int64, int64, boolean, int64, int64[::1])")
def _quoted(
    data: NDArray[np.uint8],
    place: int,
    limit: int,
    last: bool,
    delimiter: int,
    seen: NDArray[np.int64],
) -> int:
    """Return the place of the quote that closes the field opened before `place`; -1 if there is none up to `limit`.

    `seen` counts line ends, doubled quotes and bytes beyond ASCII. -2: what follows the quote may not; -3: more is
    needed to tell.
    """
    while place < limit:
        byte = data[place]
        if byte == 34:
            if place + 1 == limit:
                return place if last else -3
            after = data[place + 1]
            if after == 34:
                seen[1] += 1
                place += 2
                continue
            if after == delimiter or after == 10:  # noqa: PLR1714 - a kernel
                return place
            if after == 13:
                if place + 2 == limit:
                    return place if last else -3
                if data[place + 2] == 10:
                    return place
            return -2
        if byte == 10:
            seen[0] += 1
        elif byte >= 0x80:
            seen[2] += 1
        place += 1
    return -1


@kernel(
    f"int64({BYTES}, int64, boolean, int64, int64, int32[::1], int64[::1], int32[:, ::1], int32[:, ::1],"
    " int32[:, ::1], int64[::1], uint8[::1], int64[::1])"
)
def split_records(
    data: NDArray[np.uint8],
    end: int,
    final: bool,
    delimiter: int,
    most: int,
    slots: NDArray[np.int32],
    state: NDArray[np.int64],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    spans: NDArray[np.int32],
    lines: NDArray[np.int64],
    flags: NDArray[np.uint8],
    seen: NDArray[np.int64],
) -> int:
    """Split complete records from ``data[state[PLACE]:end]``.

    Parameters
    ----------
    data : ndarray of uint8
        The text; `final` says that nothing follows `end`.
    delimiter : int
        Byte between fields.
    most : int
        A record of this many bytes or more is over-long; the buffer holds several of them.
    slots : ndarray of int32
        For each column of the file its row in `starts` and `ends`, or -1.
    state : ndarray of int64
        Place, line and skipping: where to begin, and afterwards where to go on.
    starts, ends : ndarray of int32, slots x records
        The fields; the caller's room for records is their width.
    spans, lines, flags : ndarray
        Of each record: first and last place, physical line, and what is wrong with it.
    seen : ndarray of int64
        Room for three counters.

    Returns
    -------
    int
        How many records were found.
    """
    place, line = state[PLACE], state[LINE]
    width, columns, record = starts.shape[1], len(slots), 0
    if state[SKIPPING]:
        while place < end and data[place] != 10:
            place += 1
        if place < end:
            state[SKIPPING] = 0
            place += 1
            line += 1
    while record < width and place < end:
        if data[place] == 10:
            place += 1
            line += 1
            continue
        if data[place] == 13 and (place + 1 == end or data[place + 1] == 10):
            if place + 1 == end and not final:
                break
            place += 1
            continue
        first, column, flag = place, 0, PLAIN
        limit = min(end, first + most)
        whole = end - first >= most  # all is there that a record may have
        last = final and not whole
        seen[0], seen[1], seen[2] = 0, 0, 0
        incomplete = False
        while True:
            if data[place] == 34 and place < limit:
                close = _quoted(data, place + 1, limit, last, delimiter, seen)
                if close < 0:
                    incomplete = close != -2 and not last and not whole
                    flag = BAD_QUOTE if close == -2 else UNCLOSED
                    break
                if column < columns and slots[column] >= 0:
                    starts[slots[column], record] = place + 1
                    ends[slots[column], record] = close
                place = close + 1
                if place < limit and data[place] == 13:
                    place += 1
            else:
                begin = place
                while place < limit and data[place] != delimiter and data[place] != 10:
                    if data[place] >= 0x80:
                        seen[2] += 1
                    place += 1
                if place == limit and not last:
                    incomplete = not whole
                    flag = OVER_LONG
                    break
                stop = place
                if (place == limit or data[place] == 10) and stop > begin and data[stop - 1] == 13:
                    stop -= 1
                if column < columns and slots[column] >= 0:
                    starts[slots[column], record] = begin
                    ends[slots[column], record] = stop
            column += 1
            if place >= limit:
                if not last:
                    incomplete = not whole
                    flag = OVER_LONG
                break
            if data[place] == 10:
                break
            place += 1
            if place == limit:  # an empty last field
                if last:
                    if column < columns and slots[column] >= 0:
                        starts[slots[column], record] = place
                        ends[slots[column], record] = place
                    column += 1
                else:
                    incomplete = not whole
                    flag = OVER_LONG
                break
        if incomplete:
            place = first
            break
        if seen[0] and (flag == OVER_LONG or (flag == PLAIN and column != columns)):
            flag = UNCLOSED
        if flag == UNCLOSED or flag == BAD_QUOTE:  # noqa: PLR1714, SIM109 - a kernel
            place, seen[0] = first, 0
            while place < limit and data[place] != 10:
                place += 1
            if place == limit and not last:
                if not whole:
                    place = first
                    break
                flag = OVER_LONG
        elif flag == PLAIN:
            if column != columns:
                flag = SHORT if column < columns else LONG
            elif seen[2] and not is_utf8(data, first, place):
                flag = NOT_UTF8
            elif seen[1]:
                flag = ESCAPED
        spans[0, record], spans[1, record] = first, place
        lines[record], flags[record] = line, flag
        record += 1
        line += seen[0]
        if flag == OVER_LONG:
            state[SKIPPING] = 1
            while place < end and data[place] != 10:
                place += 1
            if place < end:
                state[SKIPPING] = 0
        if place < end:
            place += 1  # over the line end
            line += 1
    state[PLACE], state[LINE] = place, line
    return record
