"""Spans of one class of rows as two cursors and a subtraction.

The rows of each (key, kind, side) are threaded through two columns of distances and carry an ordinal and a running
quantity. Where a span begins and ends is found by moving a cursor along its key's thread, forwards or backwards, from
where the last question left it; so the cost of many questions in order does not depend on how dense the key is. Cursors
are hints in a small cache: a busy key finds its own there, a quiet one starts from its few rows. Answers do not depend
on them.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.kernel import kernel
from surveillance.prefetch import AHEAD, prefetch

_BUST: Final = int(Kind.BUST)
SIDES: Final = 2
"""A class of a key is ``code * classes + place[kind] * SIDES + side - 1``; rows without a side have none."""

HINTS: Final = 1 << 12
"""Places of a cache of cursors; each holds 1 + the class, and 1 + the rows at which its last span began and ended."""

FIRST: Final = 0
LAST: Final = 1
COUNT: Final = 2
RUNNING: Final = 3
REVISED: Final = 4
FIELDS: Final = 5
"""Fields of a class's state: first and last row held, rows and quantity so far, last row revised; rows are + 1."""

Array = NDArray[Any]
_I1, _I4, _I8 = nb.int8[::1], nb.int32[::1], nb.int64[::1]


@kernel(
    nb.void(
        nb.int64, nb.int64, _I4, _I1, _I1, _I8, _I8, _I4, nb.boolean, nb.int64, _I4, _I4, _I4, _I8, nb.int64[:, ::1],
    ),
    allocates=False,
)  # fmt: skip
def link_pass(
    low: int, high: int, keys: Array, kind: Array, side: Array, quantity: Array, place: Array, refers: Array,
    revisions: bool, classes: int, following: Array, preceding: Array, ordinal: Array, running: Array, state: Array,
) -> None:  # fmt: skip
    """Thread rows `low` to `high`; `place` gives each kind its place among the classes, -1 for none."""
    for row in range(low, high):
        after = min(row + AHEAD, high - 1)
        prefetch(state, keys[after] * classes + place[kind[after]] * SIDES + side[after] - 1)
        if revisions and refers[row] != 0:
            root = row
            while refers[root] != 0:
                root -= refers[root]
            if keys[root] != 0 and place[kind[root]] >= 0 and side[root] != 0:
                cell = keys[root] * classes + place[kind[root]] * SIDES + side[root] - 1
                state[cell, REVISED] = max(state[cell, REVISED], root + 1)
        if keys[row] == 0 or place[kind[row]] < 0 or side[row] == 0:
            continue
        cell = keys[row] * classes + place[kind[row]] * SIDES + side[row] - 1
        following[row] = 0
        last = state[cell, LAST] - 1
        if last >= 0:
            following[last] = row - last
            preceding[row] = row - last
        else:
            preceding[row] = 0
            state[cell, FIRST] = row + 1
        state[cell, LAST] = row + 1
        state[cell, COUNT] += 1
        if quantity[row] != NULL:
            state[cell, RUNNING] += quantity[row]
        ordinal[row] = state[cell, COUNT]
        running[row] = state[cell, RUNNING]


@kernel(
    nb.void(nb.int64, nb.int64, _I4, _I1, _I1, _I8, nb.int64, _I4, _I4, nb.int64[:, ::1]),
    allocates=False,
)
def unlink_pass(
    low: int, high: int, keys: Array, kind: Array, side: Array, place: Array, classes: int, following: Array,
    preceding: Array, state: Array,
) -> None:  # fmt: skip
    """Take rows `low` to `high`, the oldest, off the threads before their pages are given back."""
    for row in range(low, high):
        after = min(row + AHEAD, high - 1)
        prefetch(state, keys[after] * classes + place[kind[after]] * SIDES + side[after] - 1)
        if keys[row] == 0 or place[kind[row]] < 0 or side[row] == 0:
            continue
        cell = keys[row] * classes + place[kind[row]] * SIDES + side[row] - 1
        if following[row] == 0:
            state[cell, FIRST] = 0
            state[cell, LAST] = 0
            state[cell, REVISED] = 0
        else:
            state[cell, FIRST] = row + following[row] + 1
            preceding[row + following[row]] = 0


@kernel(allocates=False)
def _version(revised: Array, kind: Array, time: Array, row: int, now: int) -> int:
    while revised[row] != 0 and time[row + revised[row]] <= now:
        row += revised[row]
    return -1 if kind[row] == _BUST else row


@kernel(allocates=False)
def _walk(
    first: int, last: int, now: int, time: Array, kind: Array, quantity: Array, revised: Array, following: Array,
    out: Array, j: int,
) -> None:  # fmt: skip
    """Count the rows of a span one by one, leaving out what was busted: only for spans that may hold a revised row."""
    out[0, j], out[1, j], out[2, j], out[3, j] = -1, -1, 0, 0
    row = first
    while True:
        version = _version(revised, kind, time, row, now)
        if version >= 0:
            if out[0, j] < 0:
                out[0, j] = row
            out[1, j] = row
            out[2, j] += 1
            if quantity[version] != NULL:
                out[3, j] += quantity[version]
        if row == last or following[row] == 0:
            return
        row += following[row]


@kernel(
    nb.void(
        _I4, _I8, nb.int64, nb.int64, _I8, nb.boolean, _I8, _I8, _I8, _I1, _I8, _I4, nb.boolean, _I4, _I4, _I4, _I8,
        nb.int64[:, ::1], nb.int64[:, ::1], nb.int64[:, ::1],
    ),
    allocates=False,
)  # fmt: skip
def span_pass(
    keys: Array, side: Array, place: int, classes: int, start: Array, by_row: bool, until: Array, known: Array,
    time: Array, kind: Array, quantity: Array, revised: Array, revisions: bool, following: Array, preceding: Array,
    ordinal: Array, running: Array, state: Array, cursors: Array, out: Array,
) -> None:  # fmt: skip
    """Answer one span for many anchors.

    Parameters
    ----------
    keys, side : ndarray
        Key and side of each question; without a side there are no rows.
    place : int
        Place of the kind among the `classes` of a key.
    start : ndarray of int64
        First row (`by_row`) or earliest time, ns; null: no rows.
    until : ndarray of int64
        Latest time, ns, inclusive.
    known : ndarray of int64
        Until when revisions count for each question, ns.
    out : ndarray of int64, shape (4, n)
        First row, last row (-1: none), rows, quantity.
    """
    for j in range(keys.shape[0]):
        after = min(j + AHEAD, keys.shape[0] - 1)
        prefetch(state, keys[after] * classes + place * SIDES + side[after] - 1)
        out[0, j], out[1, j], out[2, j], out[3, j] = -1, -1, 0, 0
        cell = keys[j] * classes + place * SIDES + side[j] - 1
        if side[j] == 0 or state[cell, FIRST] == 0 or start[j] == NULL:
            continue
        oldest = state[cell, FIRST] - 1
        hint = (cell * 0x9E3779B1 >> 7) & (HINTS - 1)
        known_cell = cursors[hint, 0] == cell + 1
        low = max(cursors[hint, 1] - 1, oldest) if known_cell else oldest
        if not known_cell:  # from the nearer end: what is asked about is mostly recent
            newest = state[cell, LAST] - 1
            from_first = start[j] - (low if by_row else time[low])
            to_last = (newest if by_row else time[newest]) - start[j]
            if to_last < from_first:
                low = newest
        found = True
        while (low if by_row else time[low]) < start[j]:
            if following[low] == 0:
                found = False
                break
            low += following[low]
        while low > oldest and preceding[low] != 0:
            before = low - preceding[low]
            if (before if by_row else time[before]) < start[j]:
                break
            low = before
        if not known_cell:
            cursors[hint, 0], cursors[hint, 2] = cell + 1, 0
        cursors[hint, 1] = low + 1
        if not found or time[low] > until[j]:
            continue
        high = max(cursors[hint, 2] - 1, low)
        while high > low and time[high] > until[j]:
            high -= preceding[high]
        while following[high] != 0 and time[high + following[high]] <= until[j]:
            high += following[high]
        cursors[hint, 2] = high + 1
        if revisions and low < state[cell, REVISED]:
            _walk(low, high, known[j], time, kind, quantity, revised, following, out, j)
            continue
        out[0, j], out[1, j] = low, high
        out[2, j] = ordinal[high] - ordinal[low] + 1
        out[3, j] = running[high] - running[low] + (quantity[low] if quantity[low] != NULL else 0)
