"""Finding the objects and values of JSON text in one pass: lines of objects, or the elements of one array.

The kernel takes only what it is sure of: an object that is valid JSON, without escapes in its strings. Any other
record is left to a slow and exact reader, record by record. So a record can be slow, but not wrong.

A record that is no JSON must not swallow those behind it. In a file of lines it ends with its line. In an array it
ends where the comma, the bracket or the object stands that cannot belong to it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.text import BYTES
from surveillance.feeds.json_tree import CHILDREN, COUNTS, INDICES, PLACES, SLOTS
from surveillance.kernel import kernel

PLAIN: Final = 0
NOT_ASCII: Final = 1
SLOW: Final = 2
OVER_LONG: Final = 3

PLACE: Final = 0
LINE: Final = 1
SKIPPING: Final = 2
PHASE: Final = 3
RECORD: Final = 4
"""Places in the state array: next byte, number of its line, whether an over-long record is being skipped (in an
array: the last byte of it that is no blank), where in the array the text is, and how often a record was begun."""

BEFORE: Final = 0
INSIDE: Final = 1
AFTER: Final = 2
DONE: Final = 3
TRAILING: Final = 4
"""Phases of an array: before it, where an element may begin, behind an element, behind the array, and behind it where
nothing should be."""

DEEPEST: Final = 60
"""Levels of objects and arrays in a record that the kernel follows."""
LEVEL_FACTS: Final = 5
IS_ARRAY: Final = 0
NODE: Final = 1
LAST: Final = 2
BEGIN: Final = 3
COUNT: Final = 4
"""Of each open level: whether it is an array, its node of the tree, the node found last in it, where it began and how
many values went before."""

_MORE: Final = -1
_UNSURE: Final = -2
_QUOTE: Final = 34
_BACKSLASH: Final = 92
_COMMA: Final = 44
_COLON: Final = 58
_MINUS: Final = 45
_POINT: Final = 46
_PLUS: Final = 43
_OPEN: Final = 123
_CLOSE: Final = 125
_OPEN_ARRAY: Final = 91
_CLOSE_ARRAY: Final = 93
_ZERO: Final = 48
_NINE: Final = 57
_LINE_END: Final = 10
_NULL: Final = 110

_KEY: Final = 0
_FIRST_KEY: Final = 1
_VALUE: Final = 2
_FIRST_VALUE: Final = 3
_NEXT: Final = 4
"""What may come next in a record: a name, a name or the end, a value, a value or the end, a comma or the end."""

_TREE: Final = "Array(int32, 2, 'C', True)"


@kernel(allocates=False)
def _is_blank(byte: int) -> bool:
    return byte == 32 or byte == 10 or byte == 13 or byte == 9  # noqa: PLR1714 - a kernel


@kernel(allocates=False)
def _is_digit(byte: int) -> bool:
    return _ZERO <= byte <= _NINE


@kernel(allocates=False)
def _string_end(data: NDArray[np.uint8], place: int, limit: int, seen: NDArray[np.int64]) -> int:
    """Return the closing quote of the string whose text begins at `place`; bytes beyond ASCII are counted."""
    while place < limit:
        byte = data[place]
        if byte == _QUOTE:
            return place
        if byte < 32 or byte == _BACKSLASH:
            return _UNSURE
        if byte >= 128:
            seen[1] += 1
        place += 1
    return _MORE


@kernel(allocates=False)
def _number_end(data: NDArray[np.uint8], place: int, limit: int) -> int:
    """Return the end of the number at `place`."""
    if data[place] == _MINUS:
        place += 1
    for part in range(3):  # whole, fraction, exponent
        if part == 1:
            if data[place] != _POINT:
                continue
            place += 1
        elif part == 2:
            if data[place] != 101 and data[place] != 69:
                continue
            place += 1
            if place < limit and (data[place] == _PLUS or data[place] == _MINUS):
                place += 1
        begin = place
        while place < limit and _is_digit(data[place]):
            place += 1
        if place >= limit:
            return _MORE
        if place == begin or (part == 0 and data[begin] == _ZERO and place > begin + 1):
            return _UNSURE
    return place


@kernel(allocates=False)
def _word_end(data: NDArray[np.uint8], place: int, limit: int) -> int:
    """Return the end of true, false or null at `place`."""
    if place + 5 > limit:
        return _MORE
    one, two, three, four = data[place], data[place + 1], data[place + 2], data[place + 3]
    if one == 116 and two == 114 and three == 117 and four == 101:
        return place + 4
    if one == _NULL and two == 117 and three == 108 and four == 108:
        return place + 4
    if one == 102 and two == 97 and three == 108 and four == 115 and data[place + 4] == 101:
        return place + 5
    return _UNSURE


@kernel(allocates=False)
def _named(
    data: NDArray[np.uint8],
    start: int,
    stop: int,
    node: int,
    hint: int,
    names: NDArray[np.uint8],
    tree: NDArray[np.int32],
) -> int:
    """Return the child of `node` with the name ``data[start:stop]``, trying `hint` first; -1 if there is none."""
    low, count = tree[CHILDREN, node], tree[COUNTS, node]
    child = hint if low <= hint < low + count else low
    for _ in range(count):
        begin = tree[PLACES, child]
        if tree[PLACES, child + 1] - begin == stop - start:
            offset = 0
            while offset < stop - start and names[begin + offset] == data[start + offset]:
                offset += 1
            if offset == stop - start:
                return child
        child = child + 1 if child + 1 < low + count else low
    return -1


@kernel(allocates=False)
def _numbered(levels: NDArray[np.int64], depth: int, tree: NDArray[np.int32]) -> int:
    """Return the node that the next element of an open array belongs to, or -1."""
    node = levels[NODE, depth]
    if node >= 0:
        for child in range(tree[CHILDREN, node], tree[CHILDREN, node] + tree[COUNTS, node]):
            if tree[INDICES, child] == levels[COUNT, depth]:
                return child
    return -1


@kernel(allocates=False)
def _fill(node: int, start: int, stop: int, tree: NDArray[np.int32], values: NDArray[np.int32], record: int) -> bool:
    """Note the value of a node; False if its column has one already."""
    slot = tree[SLOTS, node] if node >= 0 else -1
    if slot < 0:
        return True
    if values[0, slot, record]:
        return False
    values[0, slot, record], values[1, slot, record] = start, stop
    return True


@kernel(allocates=False)
def _open_level(levels: NDArray[np.int64], depth: int, is_array: bool, node: int, place: int) -> int:
    """Go one level down; return what may come next."""
    levels[IS_ARRAY, depth], levels[NODE, depth], levels[LAST, depth] = is_array, node, -1
    levels[BEGIN, depth], levels[COUNT, depth] = place, 0
    return _FIRST_VALUE if is_array else _FIRST_KEY


@kernel(allocates=False)
def _key(
    data: NDArray[np.uint8], place: int, limit: int, depth: int, names: NDArray[np.uint8], tree: NDArray[np.int32],
    stamps: NDArray[np.int64], stamp: int, levels: NDArray[np.int64], seen: NDArray[np.int64],
) -> int:  # fmt: skip
    """Read a name and its colon; the node of what follows goes to ``seen[2]``. Return where the value may begin."""
    stop = _string_end(data, place + 1, limit, seen)
    if stop < 0:
        return stop
    child, node = -1, levels[NODE, depth]
    if node >= 0:
        child = _named(data, place + 1, stop, node, levels[LAST, depth] + 1, names, tree)
        if child >= 0:
            if stamps[child] == stamp:
                return _UNSURE  # a name twice
            levels[LAST, depth], stamps[child] = child, stamp
    seen[2] = child
    stop += 1
    while stop < limit and data[stop] == 32:
        stop += 1
    if stop >= limit:
        return _MORE
    return stop + 1 if data[stop] == _COLON else _UNSURE


@kernel(allocates=False)
def _object_end(  # noqa: PLR0911 - a kernel
    data: NDArray[np.uint8], place: int, limit: int, lines: bool, record: int, names: NDArray[np.uint8],
    tree: NDArray[np.int32], stamps: NDArray[np.int64], stamp: int, levels: NDArray[np.int64],
    values: NDArray[np.int32], seen: NDArray[np.int64],
) -> int:  # fmt: skip
    """Read the object at `place`; return its end, `_MORE` if it goes on behind `limit`, or `_UNSURE`."""
    depth, child = 0, -1
    expect = _open_level(levels, 0, False, 0, place)
    place += 1
    while True:
        while place < limit and _is_blank(data[place]):
            if data[place] == _LINE_END:
                if lines:
                    return _UNSURE
                seen[0] += 1
            place += 1
        if place >= limit:
            return _MORE
        byte = data[place]
        is_array = levels[IS_ARRAY, depth] != 0
        if byte == (_CLOSE_ARRAY if is_array else _CLOSE) and expect != _KEY and expect != _VALUE:  # noqa: PLR1714
            place += 1
            if depth > 0 and not _fill(levels[NODE, depth], levels[BEGIN, depth], place, tree, values, record):
                return _UNSURE
            depth -= 1
            if depth < 0:
                return place
            expect = _NEXT
        elif expect == _NEXT:
            if byte != _COMMA:
                return _UNSURE
            place += 1
            levels[COUNT, depth] += 1
            expect = _VALUE if is_array else _KEY
        elif expect in (_KEY, _FIRST_KEY):
            if byte != _QUOTE:
                return _UNSURE
            place = _key(data, place, limit, depth, names, tree, stamps, stamp, levels, seen)
            if place < 0:
                return place
            child, expect = seen[2], _VALUE
        else:
            if is_array:
                child = _numbered(levels, depth, tree)
            if byte in (_OPEN, _OPEN_ARRAY):
                depth += 1
                if depth == DEEPEST:
                    return _UNSURE
                expect = _open_level(levels, depth, byte == _OPEN_ARRAY, child, place)
                place += 1
                continue
            start, step = place, 0
            if byte == _QUOTE:
                start, step = place + 1, 1
                stop = _string_end(data, start, limit, seen)
            elif byte == _MINUS or _is_digit(byte):
                stop = _number_end(data, place, limit) if place + 1 < limit else _MORE
            else:
                stop = _word_end(data, place, limit)
            if stop < 0:
                return stop
            if not _fill(child, start, start if byte == _NULL else stop, tree, values, record):
                return _UNSURE
            place, expect = stop + step, _NEXT


@kernel(allocates=False)
def _broken_end(data: NDArray[np.uint8], first: int, limit: int, guess: bool) -> int:
    """Return where the broken element at `first` of an array ends; -1 if that is not before `limit`.

    With `guess`, for when there is no more to come, it ends at the next object behind a comma, if at nothing else.
    """
    depth, arrays, quoted, before = 0, 0, False, 0
    place = first
    while place < limit:
        byte = data[place]
        inside = depth > 0 and ((arrays >> min(depth - 1, DEEPEST)) & 1) == 0  # an object
        if quoted:
            if byte == _BACKSLASH:
                place += 1
            elif byte in (_QUOTE, _LINE_END):
                quoted = False
        elif byte == _QUOTE:
            quoted = True
        elif byte in (_OPEN, _OPEN_ARRAY):
            follows = depth == 0 or (inside and (before in (_COMMA, _CLOSE)))
            if byte == _OPEN and follows and place > first:
                return place
            if depth < DEEPEST:
                arrays = arrays & ~(1 << depth) | (int(byte == _OPEN_ARRAY) << depth)
            depth += 1
        elif byte == _CLOSE_ARRAY and (depth == 0 or (depth == 1 and inside)):
            return place
        elif byte in (_CLOSE, _CLOSE_ARRAY):
            depth = max(depth - 1, 0)
        elif byte == _COMMA and depth == 0:
            return place
        if not _is_blank(byte):
            before = byte
        place += 1
    before = 0
    for other in range(first + 1, limit if guess else first):
        if data[other] == _OPEN and before == _COMMA:
            return other
        if not _is_blank(data[other]):
            before = data[other]
    return -1


@kernel(allocates=False)
def _follows_well(data: NDArray[np.uint8], place: int, limit: int, lines: bool, last: bool) -> int:
    """Return where what may follow the record that ends at `place` stands, `_MORE` or `_UNSURE`."""
    while place < limit and _is_blank(data[place]) and not (lines and data[place] == _LINE_END):
        place += 1
    if place >= limit:
        return place if last else _MORE
    if lines:
        return place if data[place] == _LINE_END else _UNSURE
    return place if data[place] == _COMMA or data[place] == _CLOSE_ARRAY else _UNSURE


@kernel(allocates=False)
def _skip(data: NDArray[np.uint8], end: int, lines: bool, state: NDArray[np.int64]) -> None:
    """Go over the rest of an over-long record: to its line's end, or to an object behind a comma."""
    place, before = state[PLACE], state[SKIPPING]
    while place < end:
        byte = data[place]
        if byte == _LINE_END if lines else (byte == _OPEN and before == _COMMA):
            before = 0
            break
        if byte == _LINE_END:
            state[LINE] += 1
        if not _is_blank(byte):
            before = byte
        place += 1
    state[PLACE], state[SKIPPING] = place, before


@kernel(allocates=False)
def _go_to_record(data: NDArray[np.uint8], end: int, lines: bool, state: NDArray[np.int64]) -> bool:
    """Go to where the next record begins; False if there is none before `end`."""
    if state[SKIPPING]:
        _skip(data, end, lines, state)
    place = state[PLACE]
    while place < end:
        byte, phase = data[place], state[PHASE]
        if _is_blank(byte):
            state[LINE] += byte == _LINE_END
        elif lines:
            break
        elif phase == BEFORE and byte == _OPEN_ARRAY:
            state[PHASE] = INSIDE
        elif phase == BEFORE or phase >= DONE:
            state[PHASE] = TRAILING
            break
        elif byte == _CLOSE_ARRAY:
            state[PHASE] = DONE
        elif byte == _COMMA and phase == AFTER:
            state[PHASE] = INSIDE
        else:
            break
        place += 1
    state[PLACE] = place
    return bool(place < end and state[PHASE] != TRAILING)


@kernel(
    f"int64({BYTES}, int64, boolean, boolean, int64, {BYTES}, {_TREE}, int64[::1], int64[:, ::1], int64[::1],"
    " int32[:, :, ::1], int32[:, ::1], int64[::1], uint8[::1], int64[::1])",
    allocates=False,
)
def split_objects(
    data: NDArray[np.uint8], end: int, final: bool, lines: bool, most: int, names: NDArray[np.uint8],
    tree: NDArray[np.int32], stamps: NDArray[np.int64], levels: NDArray[np.int64], state: NDArray[np.int64],
    values: NDArray[np.int32], spans: NDArray[np.int32], numbers: NDArray[np.int64], flags: NDArray[np.uint8],
    seen: NDArray[np.int64],
) -> int:  # fmt: skip
    """Split complete records from ``data[state[PLACE]:end]``.

    Parameters
    ----------
    data : ndarray of uint8
        The text; `final` says that nothing follows `end`.
    lines : bool
        Each line is a record; otherwise each element of one array is.
    most : int
        A record of this many bytes or more is over-long; the buffer holds several of them.
    names, tree : ndarray
        The names to find, see `surveillance.feeds.json_tree`.
    stamps, levels, seen : ndarray
        Room: one stamp a node, facts of open levels, and three counters.
    state : ndarray of int64
        Where to begin, and afterwards where to go on.
    values : ndarray of int32, 2 x slots x records
        First and last place of each value; absent and null ones are empty. The last axis is the room for records.
    spans, numbers, flags : ndarray
        Of each record: first and last place, physical line, and what is to be done with it.

    Returns
    -------
    int
        How many records were found.
    """
    record = 0
    while record < spans.shape[1] and _go_to_record(data, end, lines, state):
        first = state[PLACE]
        limit = min(end, first + most)
        whole = end - first >= most  # all is there that a record may have
        last = final and not whole
        for slot in range(values.shape[1]):
            values[0, slot, record], values[1, slot, record] = 0, 0
        seen[0], seen[1], stop, follow, flag = 0, 0, _UNSURE, _UNSURE, PLAIN
        state[RECORD] += 1
        if data[first] == _OPEN:
            stop = _object_end(
                data, first, limit, lines, record, names, tree, stamps, state[RECORD], levels, values, seen
            )
            follow = _follows_well(data, stop, limit, lines, last) if stop >= 0 else stop
        if follow == _MORE and not last and not whole:
            break
        if follow >= 0:
            flag = NOT_ASCII if seen[1] else PLAIN
        else:
            flag, stop = SLOW, first
            if lines:
                while stop < limit and data[stop] != _LINE_END:
                    stop += 1
            else:
                stop = _broken_end(data, first, limit, last or whole)
                stop = limit if stop < 0 else stop
            if stop == limit and not last:
                if not whole:
                    break
                flag, state[SKIPPING] = OVER_LONG, 1
        spans[0, record], spans[1, record] = first, stop
        numbers[record], flags[record] = state[LINE], flag
        for place in range(first, stop if not lines and (seen[0] or flag >= SLOW) else first):
            state[LINE] += data[place] == _LINE_END
        state[PLACE], state[PHASE] = stop, AFTER
        record += 1
    return record
