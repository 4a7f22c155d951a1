"""Quantiles of a sliding window: a histogram a key whose buckets grow with the values, and shrink as rows leave.

A bucket holds values that agree in their highest five binary digits, so that its width is at most a sixteenth of its
values; below 32 each value has its own. A row that enters adds one to its bucket, a row that leaves takes it away, and
a quantile is found by adding up octaves, then the buckets of one: at most 64 and 16 steps, whatever the window holds.
What is told is the newest value of the bucket: one that did occur, less than 6.25 % off the exact quantile,
and equal to it where all values of the bucket are. Rows leave in the order in which they came, so the newest is
the last to leave.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
from numpy.typing import NDArray

from surveillance.events.schema import NULL, PPM, Kind
from surveillance.kernel import kernel

ROW: Final = 0
KEY: Final = 1
VALUE: Final = 2
ENTRY_FIELDS: Final = 3
"""Fields of an entry; a row whose value is null, or that was busted, has key 0."""

TAIL: Final = 0
HEAD: Final = 1
END: Final = 2
REVISED: Final = 3
CURSORS: Final = 4
"""First entry that has not left, first that has not entered, end of the entries, revisions done."""

_FINE: Final = 16
"""Buckets of an octave."""

_OCTAVES: Final = 60
"""The first octave holds the values below 16, each in its own bucket."""

CELLS: Final = _OCTAVES + 2 * _OCTAVES * _FINE
"""Cells of a key: rows by octave, then for each bucket its rows and its newest value."""

_BUST: Final = int(Kind.BUST)

Array = NDArray[Any]
_I1, _I4, _I8, _I8_2 = nb.int8[::1], nb.int32[::1], nb.int64[::1], nb.int64[:, ::1]


@kernel(allocates=False, inlined=True)
def _bucket(value: int) -> int:
    """Return the bucket of a value: what is 0 or less shares the lowest."""
    if value < _FINE:
        return max(value, 0)
    octave = 1
    for step in (32, 16, 8, 4, 2, 1):
        if value >> min(step + 3 + octave, 63) != 0:
            octave += step
    return octave * _FINE + (value >> (octave - 1)) - _FINE


@kernel(allocates=False, inlined=True)
def _change(key: int, value: int, by: int, cells: Array) -> int:
    """Add rows to the bucket of a value, or take them away; return the cell of the bucket."""
    bucket = _bucket(value)
    base = key * CELLS
    cells[base + bucket // _FINE] += by
    cell = base + _OCTAVES + 2 * bucket
    cells[cell] += by
    return cell


@kernel(allocates=False, inlined=True)
def _leave(entry: int, entries: Array, held: Array, cells: Array) -> None:
    key = entries[entry, KEY]
    if key != 0:
        held[key] -= 1
        _change(key, entries[entry, VALUE], -1, cells)


@kernel(allocates=False)
def _newest(key: int, cell: int, tail: int, head: int, entries: Array, cells: Array) -> None:
    """Find the newest value of a bucket again after a revision: rare, so a walk is good enough."""
    if cells[cell] == 0:
        return
    for entry in range(head - 1, tail - 1, -1):
        if entries[entry, KEY] == key:
            bucket = _bucket(entries[entry, VALUE])
            if key * CELLS + _OCTAVES + 2 * bucket == cell:
                cells[cell + 1] = entries[entry, VALUE]
                return


@kernel(allocates=False)
def _revise(
    row: int, tail: int, head: int, only: int, refers: Array, kind: Array, keys: Array, side: Array, values: Array,
    entries: Array, held: Array, cells: Array,
) -> None:  # fmt: skip
    """Let a bust or correction change the entry of the trade that it revises, if a window holds it."""
    root = row
    while refers[root] != 0:
        root -= refers[root]
    low, high = tail, head
    while low < high:
        middle = (low + high) // 2
        if entries[middle, ROW] < root:
            low = middle + 1
        else:
            high = middle
    if low >= head or entries[low, ROW] != root:
        return
    old, value = entries[low, KEY], values[row]
    counts = kind[row] != _BUST and value != NULL and (only == 0 or side[row] == only)
    new = keys[root] if counts else 0
    if old != 0:
        held[old] -= 1
        cell = _change(old, entries[low, VALUE], -1, cells)
        entries[low, KEY] = 0
        _newest(old, cell, tail, head, entries, cells)
    if new != 0:
        held[new] += 1
        entries[low, KEY], entries[low, VALUE] = new, value
        _newest(new, _change(new, value, 1, cells), tail, head, entries, cells)


@kernel(allocates=False, inlined=True)
def _answer(key: int, rank: int, held: Array, cells: Array) -> int:
    """Return the value that at least `rank` parts per million of a key's values do not exceed; null without any."""
    count = held[key]
    if key == 0 or count == 0:
        return NULL
    whole, rest = count // PPM * rank, count % PPM * rank
    wanted = max(whole + (rest + PPM - 1) // PPM, 1)
    base, octave, below = key * CELLS, 0, 0
    while below + cells[base + octave] < wanted:
        below += cells[base + octave]
        octave += 1
    cell = base + _OCTAVES + 2 * _FINE * octave
    while below + cells[cell] < wanted:
        below += cells[cell]
        cell += 2
    return int(cells[cell + 1])


@kernel(
    nb.void(_I8, _I4, _I1, nb.int64, _I8, _I8_2, _I8),
    allocates=False,
)
def enter_pass(rows: Array, keys: Array, side: Array, only: int, values: Array, entries: Array, cursors: Array) -> None:
    """Make entries of rows of the tape; `only` is the side whose rows count, 0 for both."""
    first = cursors[END]
    for place in range(rows.shape[0]):
        entry, row = first + place, rows[place]
        counts = values[row] != NULL and (only == 0 or side[row] == only)
        entries[entry, ROW], entries[entry, KEY] = row, keys[row] if counts else 0
        entries[entry, VALUE] = values[row]
    cursors[END] = first + rows.shape[0]


@kernel(
    nb.void(
        _I8, _I8, _I8, _I4, nb.int64, nb.int64, nb.boolean, _I4, _I1, _I1, nb.int64, _I8, _I8, _I8_2, _I8, _I8, _I8,
        _I8_2,
    ),
    allocates=False,
)  # fmt: skip
def quantile_pass(
    anchors: Array, revisions: Array, time: Array, keys: Array, until: int, window: int, at_exit: bool, refers: Array,
    kind: Array, side: Array, only: int, values: Array, ranks: Array, entries: Array, cursors: Array, held: Array,
    cells: Array, out: Array,
) -> None:  # fmt: skip
    """Move the windows of one histogram over its anchors; parameters as in `window_kernels.window_pass`.

    `held` counts rows by key; `out` has a row for each of `ranks` (parts per million) and a column for each anchor.
    """
    revised = cursors[REVISED]
    tail, head, end = cursors[TAIL], cursors[HEAD], cursors[END]
    for place in range(anchors.shape[0]):
        row = anchors[place]
        latest = time[row] + window if at_exit else time[row]
        first = row if at_exit else 0
        while head < end and (time[entries[head, ROW]] <= latest if at_exit else entries[head, ROW] <= row):
            key = entries[head, KEY]
            if key != 0:
                held[key] += 1
                cells[_change(key, entries[head, VALUE], 1, cells) + 1] = entries[head, VALUE]
            head += 1
        while revised < revisions.shape[0] and (
            time[revisions[revised]] <= latest if at_exit else revisions[revised] <= row
        ):
            _revise(
                revisions[revised], tail, head, only, refers, kind, keys, side, values, entries, held, cells
            )  # fmt: skip
            revised += 1
        while tail < head and (entries[tail, ROW] < first if at_exit else time[entries[tail, ROW]] < latest - window):
            _leave(tail, entries, held, cells)
            tail += 1
        for one in range(ranks.shape[0]):
            out[one, place] = _answer(keys[row], ranks[one], held, cells)
    while tail < end and time[entries[tail, ROW]] < until - window:
        if tail < head:
            _leave(tail, entries, held, cells)
        tail += 1
    cursors[TAIL], cursors[HEAD], cursors[REVISED] = tail, max(head, tail), revised
