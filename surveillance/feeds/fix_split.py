"""Finding the messages and fields of a FIX log in one pass, whatever separates the fields and stands around them.

A message begins at ``8=FIX`` and ends with its checksum. What stands between its version and its body length is the
separator of its fields: SOH, or what an order system prints instead. Length and checksum are those of the message as
it was sent, so each separator counts as one SOH.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.text import BYTES
from surveillance.kernel import kernel

PLAIN: Final = 0
NOTE: Final = 1
BAD_START: Final = 2
BAD_LENGTH: Final = 3
BAD_CHECKSUM: Final = 4
TRUNCATED: Final = 5
BAD_FIELD: Final = 6
OVER_LONG: Final = 7

PLACE: Final = 0
LINE: Final = 1
AFTER: Final = 2
"""Places in the state array: next byte, number of its line, and whether a message stands before it on the line."""

_MOST_SEPARATOR: Final = 8
_LENGTH_TAGS: Final = np.array(
    [90, 93, 95, 212, 348, 350, 352, 354, 356, 358, 360, 362, 364, 383, 445, 618, 621, 1184, 1277, 1280, 1282, 1401],
    np.int64,
)
"""Fields that tell the length of the field that follows, which may hold any byte."""


@kernel(f"boolean({BYTES}, int64, int64, int64)")
def _begins(data: NDArray[np.uint8], place: int, first: int, end: int) -> bool:
    """Tell whether ``8=FIX`` stands here and is no part of another tag's ``58=FIX``."""
    if place + 5 > end or data[place] != 56 or data[place + 1] != 61:
        return False
    if data[place + 2] != 70 or data[place + 3] != 73 or data[place + 4] != 88:
        return False
    return place == first or data[place - 1] < 48 or data[place - 1] > 57


@kernel(f"boolean({BYTES}, int64, int64, int64, int64)")
def _separates(data: NDArray[np.uint8], place: int, end: int, separator: int, width: int) -> bool:
    """Tell whether the separator stands here."""
    if place + width > end:
        return False
    for step in range(width):  # noqa: SIM110 - a kernel
        if data[place + step] != data[separator + step]:
            return False
    return True


@kernel(
    f"int64({BYTES}, int64, boolean, int64, int32[::1], int32[::1], int64[::1], int32[:, ::1], int32[:, ::1],"
    " int32[:, ::1], int64[::1], uint8[::1], uint8[::1], uint8[::1])"
)
def split_messages(
    data: NDArray[np.uint8],
    end: int,
    final: bool,
    most: int,
    slots: NDArray[np.int32],
    roles: NDArray[np.int32],
    state: NDArray[np.int64],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    spans: NDArray[np.int32],
    lines: NDArray[np.int64],
    flags: NDArray[np.uint8],
    tags_seen: NDArray[np.uint8],
    roles_seen: NDArray[np.uint8],
) -> int:
    """Split complete records from ``data[state[PLACE]:end]``: messages, and lines without one.

    Parameters
    ----------
    data : ndarray of uint8
        The log; `final` says that nothing follows `end`.
    most : int
        A record of this many bytes or more is over-long.
    slots, roles : ndarray of int32
        For each tag, and for each role of a party, its row in `starts` and `ends`, or -1.
    state : ndarray of int64
        Where to begin, and afterwards where to go on.
    starts, ends : ndarray of int32, slots x records
        The values, zero where there is none; of a tag that stands in a message more than once, the first.
    spans, lines, flags : ndarray
        Of each record: first and last place, physical line, and what it is.
    tags_seen, roles_seen : ndarray of uint8
        Become 1 for tags and roles of parties that occur.

    Returns
    -------
    int
        How many records were found.
    """
    place, line, record, width = state[PLACE], state[LINE], 0, len(lines)
    while record < width and place < end:
        first = place
        while place < end and data[place] != 10 and not _begins(data, place, first, end) and place - first < most:
            place += 1
        if place >= end - 5 and not final and place - first < most and (place == end or data[place] != 10):
            place = first
            break
        if place == end or data[place] == 10 or place - first >= most:
            blank = True
            for at in range(first, place):
                if data[at] > 32:
                    blank = False
                    break
            if place - first >= most:
                blank = False
            if not blank and not state[AFTER]:
                spans[0, record], spans[1, record] = first, place
                lines[record] = line
                flags[record] = OVER_LONG if place - first >= most else NOTE
                record += 1
            if place < end and data[place] == 10:
                place += 1
                line += 1
                state[AFTER] = 0
            elif place - first >= most:
                state[AFTER] = 1
            continue
        begin, began = place, line
        # the version, then the separator, then the body length
        place += 5
        while place < end and (48 <= data[place] <= 57 or 65 <= data[place] <= 90 or data[place] == 46):
            place += 1
        separator = place
        while (
            place < end
            and place - separator <= _MOST_SEPARATOR
            and not (data[place] == 57 and place + 1 < end and data[place + 1] == 61)
        ):
            if data[place] == 10:
                break
            place += 1
        wide = place - separator
        flag, length = PLAIN, np.int64(0)
        if place + 1 >= end:
            flag = TRUNCATED
        elif wide == 0 or wide > _MOST_SEPARATOR or data[place] != 57:
            flag = BAD_START
        else:
            place += 2
            digits = 0
            while place < end and 48 <= data[place] <= 57 and digits < 9:
                length = length * 10 + np.int64(data[place]) - 48
                digits += 1
                place += 1
            if place + wide > end:
                flag = TRUNCATED
            elif digits == 0 or not _separates(data, place, end, separator, wide):
                flag = BAD_START
            else:
                place += wide
        body = place
        # line ends belong to a message only where its length says that it goes on behind them
        due = body + length
        whole = wide == 1 and due + 3 <= end and data[due] == 49 and data[due + 1] == 48 and data[due + 2] == 61
        if flag == PLAIN and wide == 1 and due + 3 > end and not final and length < most:
            whole = True  # it cannot be told yet; if the length is wrong, the buffer ends first
        fields, tag, data_size = np.int64(2), np.int64(0), np.int64(-1)
        total, field = np.int64(0), body
        party_start, party_end = np.int64(0), np.int64(0)
        told = np.int64(-1)
        while flag == PLAIN:
            field = place
            tag, digits = np.int64(0), 0
            while place < end and 48 <= data[place] <= 57 and digits < 7:
                tag = tag * 10 + np.int64(data[place]) - 48
                digits += 1
                place += 1
            if place >= end:
                flag = TRUNCATED
                break
            if data[place] == 10 or (data[place] == 13 and not whole):
                flag = TRUNCATED
                break
            if digits == 0 or data[place] != 61:
                flag = BAD_FIELD
                break
            place += 1
            value = place
            if tag == 10:
                digits, told = 0, np.int64(0)
                while place < end and 48 <= data[place] <= 57 and digits < 3:
                    told = told * 10 + np.int64(data[place]) - 48
                    digits += 1
                    place += 1
                if digits < 3:
                    told = -1
                if place + wide > end and not final:
                    flag = TRUNCATED
                elif _separates(data, place, end, separator, wide):
                    place += wide
                if field - body - (wide - 1) * (fields - 2) != length:
                    flag = BAD_LENGTH if flag == PLAIN else flag
                break
            if data_size >= 0:
                place = min(value + data_size, end)
            while place < end and not _separates(data, place, end, separator, wide):
                if data[place] == 10 and not (whole and place < due):
                    break
                place += 1
            if place >= end:
                flag = TRUNCATED
                break
            if data[place] == 10 and not _separates(data, place, end, separator, wide):
                flag = TRUNCATED
                break
            data_size = -1
            for known in _LENGTH_TAGS:
                if known == tag:
                    data_size = 0
                    for at in range(value, min(place, value + 9)):
                        data_size = data_size * 10 + np.int64(data[at]) - 48 if 48 <= data[at] <= 57 else -1
                        if data_size < 0:
                            break
                    break
            if tag < len(slots):
                tags_seen[tag] = 1
                slot = slots[tag]
                if slot >= 0 and ends[slot, record] == 0:
                    starts[slot, record], ends[slot, record] = value, place
                if tag == 448:
                    party_start, party_end = value, place
                elif tag == 452 and party_end > 0:
                    role = np.int64(0)
                    for at in range(value, min(place, value + 4)):
                        role = role * 10 + np.int64(data[at]) - 48 if 48 <= data[at] <= 57 else np.int64(1 << 20)
                    if role < len(roles):
                        roles_seen[role] = 1
                        slot = roles[role]
                        if slot >= 0 and ends[slot, record] == 0:
                            starts[slot, record], ends[slot, record] = party_start, party_end
                    party_end = 0
            fields += 1
            place += wide
            if place - begin >= most:
                flag = OVER_LONG
        if flag == TRUNCATED and place >= end - wide and not final and end - begin < most:
            for slot in range(len(starts)):
                starts[slot, record], ends[slot, record] = 0, 0
            place = begin
            break
        if flag == TRUNCATED and end - begin >= most and place >= end - wide:
            flag = OVER_LONG
        if flag == PLAIN:
            # as it was sent: every separator is one SOH
            at = begin
            while at < field:
                if _separates(data, at, field, separator, wide):
                    total += 1
                    at += wide
                else:
                    total += np.int64(data[at])
                    at += 1
            if told != total % 256:
                flag = BAD_CHECKSUM
        if flag != PLAIN and flag != BAD_CHECKSUM and flag != BAD_LENGTH:  # noqa: PLR1714 - a kernel
            place = begin + 5
            while place < end and data[place] != 10 and not _begins(data, place, begin, end):
                place += 1
        for at in range(begin, place):
            if data[at] == 10:
                line += 1
        spans[0, record], spans[1, record] = begin, place
        lines[record], flags[record] = began, flag
        record += 1
        state[AFTER] = 1
    state[PLACE], state[LINE] = place, line
    return record
