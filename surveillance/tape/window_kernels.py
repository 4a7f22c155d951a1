"""The sliding window as a tail pointer over the rows that it can hold.

The rows of a class are taken from the tape once, as entries: the row, and for each sum the number that it adds. Each
key has one row of `state`. When an entry enters, its numbers are added there; when the tail passes it, they are
subtracted: O(1) an event, whatever the density, and nothing is decided about operations while the window moves. What is
asked about is answered when a row enters (the window ends there) or when all earlier ones have left (the window starts
there).

A bust or correction names the row that it revises. It changes the entry of that row, if a window still holds it: a
bust's entry adds nothing, a correction's adds the new values, at the trade's own time.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.kernel import kernel
from surveillance.prefetch import AHEAD, prefetch

COUNT: Final = 0
SUM: Final = 1
SQUARES: Final = 2
KNOWN: Final = 3
"""Like `COUNT`, of the rows whose value is not null."""

VALUE: Final = 4
"""The value itself, null included: nothing is summed, first and last are read from it."""

PRICE: Final = 0
QUANTITY: Final = 1
NOTIONAL: Final = 2
BASE_NOTIONAL: Final = 3

OPERATION: Final = 0
SIDE_ONLY: Final = 1
COLUMN: Final = 2
WEIGHTS: Final = 3
FIELD: Final = 4
OP_FIELDS: Final = 5
"""Fields of an operation: what it is, side (0: both), value column, row of weights (-1: none), field of the entry."""

ROW: Final = 0
SUMS: Final = 1
"""Fields of an entry: the numbers of the sums follow its row. In chained groups come behind them its side, with four
times the distance to the entry of its key before it, the distance to the next one (0: none; negative where the side
changes), and the values of first and last."""

TAIL: Final = 0
HEAD: Final = 1
END: Final = 2
REVISED: Final = 3
OVERFLOW: Final = 4
CURSORS: Final = 5
"""Cursors of a group: first entry that has not left, first that has not entered, end of the entries, revisions done;
and whether a number did not fit."""

_BUST: Final = int(Kind.BUST)
_SIDES: Final = 4  # more than there are sides: a distance stands above them
_LIMB: Final = 1 << 31
_LOW_LIMB: Final = 1 << 62
_GREATEST: Final = np.iinfo(np.int64).max

Array = NDArray[Any]
_I1, _I4, _I8, _I8_2 = nb.int8[::1], nb.int32[::1], nb.int64[::1], nb.int64[:, ::1]


@kernel(allocates=False, inlined=True)
def _value(price: Array, quantity: Array, notional: Array, base: Array, which: int, row: int) -> int:
    if which == QUANTITY:
        return int(quantity[row])
    if which == BASE_NOTIONAL:
        return int(base[row])
    if which == NOTIONAL:
        return int(notional[row])
    return int(price[row])


@kernel(allocates=False, inlined=True)
def _fill(
    code: int, only: int, which: int, factors: int, field: int, entry: int, row: int, side: Array, asset_class: Array,
    price: Array, quantity: Array, notional: Array, base: Array, weights: Array, entries: Array, cursors: Array,
) -> bool:  # fmt: skip
    """Write what `row` adds under one operation into an entry; tell whether a value to be summed was null."""
    entries[entry, field] = 0
    if code == SQUARES:
        entries[entry, field + 1] = 0
    if only != 0 and only != side[row]:
        return False
    if code == COUNT:
        entries[entry, field] = 1
        return False
    value = _value(price, quantity, notional, base, which, row)
    if code == VALUE:
        entries[entry, field] = value
    elif value == NULL:
        return bool(code == SUM)
    elif code == KNOWN:
        entries[entry, field] = 1
    elif code == SUM:
        if factors >= 0:
            weight = weights[factors, asset_class[row]]
            if weight != 0 and abs(value) > _GREATEST // weight:
                cursors[OVERFLOW] = 1
                return False
            value *= weight
        entries[entry, field] = value
    else:  # the square in two limbs of 62 bits: high x 2**62 + low, 0 <= low < 2**62
        magnitude = abs(value)
        if magnitude >= _LOW_LIMB:
            cursors[OVERFLOW] = 1
            return False
        upper, lower = magnitude // _LIMB, magnitude % _LIMB
        cross = 2 * upper * lower + (lower * lower) // _LIMB
        entries[entry, field] = upper * upper + cross // _LIMB
        entries[entry, field + 1] = (cross % _LIMB) * _LIMB + (lower * lower) % _LIMB
    return False


@kernel(
    nb.int64(
        _I8, _I1, _I1, _I8, _I8, _I8, _I8, _I8_2, _I8_2, nb.int64, nb.boolean, _I8_2, _I8, _I8
    ),
    allocates=False,
)  # fmt: skip
def enter_pass(
    rows: Array, side: Array, asset_class: Array, price: Array, quantity: Array, notional: Array, base: Array,
    ops: Array, weights: Array, chain: int, chained: bool, entries: Array, cursors: Array, unknown: Array,
) -> int:  # fmt: skip
    """Make entries of rows of the tape.

    Parameters
    ----------
    rows : ndarray of int64
        Rows that belong, ascending.
    ops : ndarray of int64, shape (n, OP_FIELDS)
        What each entry says.
    chain : int
        Field of the entry's side, where `chained`.
    unknown : ndarray of int64
        Receives the rows of which a value that was to be summed is null.

    Returns
    -------
    int
        How many rows are in `unknown`.
    """
    first, missing = cursors[END], 0
    for place in range(rows.shape[0]):
        entry, row = first + place, rows[place]
        entries[entry, ROW] = row
        unknown[place] = 0
        if chained:
            entries[entry, chain], entries[entry, chain + 1] = side[row], 0
    for op in range(ops.shape[0]):
        code, only, which = ops[op, OPERATION], ops[op, SIDE_ONLY], ops[op, COLUMN]
        factors, field = ops[op, WEIGHTS], ops[op, FIELD]
        for place in range(rows.shape[0]):
            unknown[place] |= _fill(
                code, only, which, factors, field, first + place, rows[place], side, asset_class, price, quantity,
                notional, base, weights, entries, cursors,
            )  # fmt: skip
    for place in range(rows.shape[0]):
        null, unknown[missing] = unknown[place], rows[place]
        missing += null
    cursors[END] = first + rows.shape[0]
    return missing


@kernel(allocates=False, inlined=True)
def _add(entry: int, key: int, sums: int, carries: Array, entries: Array, state: Array) -> int:
    """Add an entry's numbers; the result is negative when a sum did not fit."""
    misfit = 0
    for s in range(sums):
        value, before = entries[entry, SUMS + s], state[key, s]
        after = before + value
        state[key, s] = after
        misfit |= (before ^ after) & (value ^ after)
    for c in range(carries.shape[0]):
        low = carries[c]
        if state[key, low] >= _LOW_LIMB:
            state[key, low] -= _LOW_LIMB
            state[key, low - 1] += 1
            if state[key, low - 1] == NULL:
                misfit = -1
    return misfit


@kernel(allocates=False, inlined=True)
def _subtract(entry: int, key: int, sums: int, carries: Array, entries: Array, state: Array) -> int:
    """Subtract an entry's numbers; the result is negative when a sum did not fit."""
    misfit = 0
    for s in range(sums):
        value, before = entries[entry, SUMS + s], state[key, s]
        after = before - value
        state[key, s] = after
        misfit |= (before ^ value) & (before ^ after)
    for c in range(carries.shape[0]):
        low = carries[c]
        if state[key, low] < 0:
            state[key, low] += _LOW_LIMB
            state[key, low - 1] -= 1
            if state[key, low - 1] == _GREATEST:
                misfit = -1
    return misfit


@kernel(allocates=False, inlined=True)
def _following(entry: int, chain: int, entries: Array) -> int:
    """Return the next entry on the chain, or -1."""
    step = entries[entry, chain + 1]
    return entry + abs(step) if step != 0 else -1


@kernel(allocates=False)
def _before(entry: int, chain: int, entries: Array) -> int:
    """Return the entry before it on the chain, or -1."""
    distance = entries[entry, chain] // _SIDES
    return entry - distance if distance != 0 else -1


@kernel(allocates=False, inlined=True)
def _part(one: int, other: int, key: int, sums: int, chain: int, entries: Array, state: Array) -> None:
    """Stop counting the change of side between two neighbours on a chain."""
    if one >= 0 and other >= 0:
        state[key, sums] -= entries[one, chain + 1] < 0


@kernel(allocates=False, inlined=True)
def _join(one: int, other: int, key: int, sums: int, chain: int, entries: Array, state: Array) -> None:
    """Make two entries neighbours on their key's chain; -1 for one of them makes the other its last, or its first.

    Behind the sums of a key stand its changes of side, and 1 + its first and last entry inside the window; 0 is none.
    """
    if one >= 0 and other >= 0:
        changes = (entries[one, chain] - entries[other, chain]) % _SIDES != 0
        entries[one, chain + 1] = one - other if changes else other - one
        entries[other, chain] = entries[other, chain] % _SIDES + (other - one) * _SIDES
        state[key, sums] += changes
    elif other >= 0:
        entries[other, chain] %= _SIDES
        state[key, sums + 1] = other + 1
    elif one >= 0:
        entries[one, chain + 1] = 0
        state[key, sums + 2] = one + 1
    else:
        state[key, sums + 1] = state[key, sums + 2] = 0


@kernel(allocates=False, inlined=True)
def _link(entry: int, key: int, sums: int, chain: int, entries: Array, state: Array) -> None:
    """Append an entry to its key's chain."""
    _join(state[key, sums + 2] - 1, entry, key, sums, chain, entries, state)
    state[key, sums + 2] = entry + 1


@kernel(allocates=False, inlined=True)
def _unlink(entry: int, key: int, sums: int, chain: int, entries: Array, state: Array) -> None:
    """Take the first entry off its key's chain; one that was busted is no longer on it."""
    if state[key, sums + 1] == entry + 1:
        following = _following(entry, chain, entries)
        _part(entry, following, key, sums, chain, entries, state)
        _join(-1, following, key, sums, chain, entries, state)


@kernel(allocates=False, inlined=True)
def _leave(
    entry: int, keys: Array, sums: int, carries: Array, chain: int, chained: bool, entries: Array, state: Array
) -> int:  # fmt: skip
    """Take an entry out of its key's window; the result is negative when a sum did not fit."""
    key = keys[entries[entry, ROW]]
    prefetch(state, keys[entries[entry + AHEAD, ROW]])
    misfit = _subtract(entry, key, sums, carries, entries, state)
    if chained:
        _unlink(entry, key, sums, chain, entries, state)
    return misfit


@kernel(allocates=False)
def _leave_last(
    entry: int, keys: Array, sums: int, carries: Array, chain: int, chained: bool, entries: Array, state: Array
) -> int:  # fmt: skip
    """Take an entry out when no anchor comes any more in this step: a call, so that the pass is quick to compile."""
    return _leave(entry, keys, sums, carries, chain, chained, entries, state)


@kernel(allocates=False)
def _relink(
    entry: int, key: int, side: int, busted: bool, sums: int, chain: int, entries: Array, state: Array
) -> None:  # fmt: skip
    """Take a busted entry off its key's chain, or turn one on it to the side that a correction says."""
    before, following = _before(entry, chain, entries), _following(entry, chain, entries)
    if before < 0 and state[key, sums + 1] != entry + 1:
        return
    _part(before, entry, key, sums, chain, entries, state)
    _part(entry, following, key, sums, chain, entries, state)
    if busted:
        _join(before, following, key, sums, chain, entries, state)
        entries[entry, chain] = entries[entry, chain + 1] = 0
    else:
        entries[entry, chain] += side - entries[entry, chain] % _SIDES
        _join(before, entry, key, sums, chain, entries, state)
        _join(entry, following, key, sums, chain, entries, state)


@kernel(allocates=False)
def _entry_of(row: int, low: int, high: int, entries: Array) -> int:
    """Return the entry of a row among those from `low` to `high`, or -1."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if entries[middle, ROW] < row:
            low = middle + 1
        else:
            high = middle
    return low if low < end and entries[low, ROW] == row else -1


@kernel(allocates=False)
def _revise(
    row: int, tail: int, head: int, keys: Array, refers: Array, kind: Array, side: Array, asset_class: Array,
    price: Array, quantity: Array, notional: Array, base: Array, ops: Array, weights: Array, sums: int, carries: Array,
    chain: int, chained: bool, entries: Array, cursors: Array, state: Array,
) -> int:  # fmt: skip
    """Let a bust or correction change the entry of the trade that it revises, if a window holds it."""
    root = row
    while refers[root] != 0:
        root -= refers[root]
    entry = _entry_of(root, tail, head, entries)
    if entry < 0:
        return 0
    key = keys[root]
    misfit = _subtract(entry, key, sums, carries, entries, state)
    busted = kind[row] == _BUST
    for op in range(ops.shape[0]):
        _fill(
            ops[op, OPERATION], ops[op, SIDE_ONLY], ops[op, COLUMN], ops[op, WEIGHTS], ops[op, FIELD], entry, row, side,
            asset_class, price, quantity, notional, base, weights, entries, cursors,
        )  # fmt: skip
    if busted:
        for s in range(sums):
            entries[entry, SUMS + s] = 0
    misfit |= _add(entry, key, sums, carries, entries, state)
    if chained:
        _relink(entry, key, side[row], busted, sums, chain, entries, state)
    return misfit


@kernel(allocates=False, inlined=True)
def _answer(
    place: int, key: int, sums: int, chained: bool, shown: Array, entries: Array, state: Array, out: Array
) -> None:
    """Write what the window of a key holds at this moment."""
    for s in range(sums):
        out[s, place] = state[key, s]
    if chained:
        out[sums, place] = state[key, sums]
        for one in range(shown.shape[0]):
            entry = state[key, sums + shown[one, 0]] - 1
            out[sums + 1 + one, place] = entries[entry, shown[one, 1]] if entry >= 0 else NULL


@kernel(
    nb.void(
        _I8, _I8, _I8, _I4, nb.int64, nb.int64, nb.boolean, _I4, _I1, _I1, _I1, _I8, _I8, _I8, _I8, _I8_2, _I8_2,
        nb.int64, _I8, nb.int64, nb.boolean, _I8_2, _I8_2, _I8, _I8_2, _I8_2,
    ),
    allocates=False,
)  # fmt: skip
def window_pass(
    anchors: Array, revisions: Array, time: Array, keys: Array, until: int, window: int, at_exit: bool, refers: Array,
    kind: Array, side: Array, asset_class: Array, price: Array, quantity: Array, notional: Array, base: Array,
    ops: Array, weights: Array, sums: int, carries: Array, chain: int, chained: bool, shown: Array, entries: Array,
    cursors: Array, state: Array, out: Array,
) -> None:  # fmt: skip
    """Move the windows of one group over its anchors, then let out what left before `until`.

    Parameters
    ----------
    anchors : ndarray of int64
        Rows about which the group is asked, ascending; `out` has one column for each.
    revisions : ndarray of int64
        Rows that revise others, ascending, none before the last one done.
    until : int
        Watermark, ns: entries with a time before ``until - window`` leave at the end of the pass.
    at_exit : bool
        The window starts at its anchor; otherwise it ends there.
    sums : int
        How many sums an entry has.
    carries : ndarray of int64
        Sums that are lower limbs of 62 bits; each one's upper limb is the sum before it.
    shown : ndarray of int64, shape (n, 2)
        Values to read: 1 for the first entry's or 2 for the last one's, and the field.
    entries : ndarray of int64
        Must go on for `AHEAD` rows behind the last entry.
    """
    misfit, revised = 0, cursors[REVISED]
    tail, head, end = cursors[TAIL], cursors[HEAD], cursors[END]
    for place in range(anchors.shape[0]):
        row = anchors[place]
        prefetch(state, keys[anchors[min(place + AHEAD, anchors.shape[0] - 1)]])
        latest = time[row] + window if at_exit else time[row]
        if at_exit:
            while tail < end and entries[tail, ROW] < row:
                if tail < head:
                    misfit |= _leave(tail, keys, sums, carries, chain, chained, entries, state)
                tail += 1
            head = max(head, tail)
        while head < end and (time[entries[head, ROW]] <= latest if at_exit else entries[head, ROW] <= row):
            if not at_exit:
                limit = time[entries[head, ROW]] - window
                while time[entries[tail, ROW]] < limit:
                    misfit |= _leave(tail, keys, sums, carries, chain, chained, entries, state)
                    tail += 1
            key = keys[entries[head, ROW]]
            prefetch(state, keys[entries[head + AHEAD, ROW]])
            misfit |= _add(head, key, sums, carries, entries, state)
            if chained:
                _link(head, key, sums, chain, entries, state)
            head += 1
        while revised < revisions.shape[0] and (
            time[revisions[revised]] <= latest if at_exit else revisions[revised] <= row
        ):
            misfit |= _revise(
                revisions[revised], tail, head, keys, refers, kind, side, asset_class, price, quantity, notional, base,
                ops, weights, sums, carries, chain, chained, entries, cursors, state,
            )  # fmt: skip
            revised += 1
        if not at_exit:
            while tail < head and time[entries[tail, ROW]] < latest - window:
                misfit |= _leave(tail, keys, sums, carries, chain, chained, entries, state)
                tail += 1
        _answer(place, keys[row], sums, chained, shown, entries, state, out)
    while tail < end and time[entries[tail, ROW]] < until - window:
        if tail < head:
            misfit |= _leave_last(tail, keys, sums, carries, chain, chained, entries, state)
        tail += 1
    cursors[TAIL], cursors[HEAD], cursors[REVISED] = tail, max(head, tail), revised
    if misfit < 0:
        cursors[OVERFLOW] = 1
