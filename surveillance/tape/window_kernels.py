"""The sliding window as a tail pointer over the whole tape.

One pass takes rows `low` to `high` into the windows of their keys and lets older rows out. Each key has one row of
`state`; each operation has its slots in it. When a row enters, its operations add it; when the tail passes it, they
subtract it: O(1) an event, whatever the density. What is asked about is emitted either when a row enters (the window
ends there) or just before it leaves (the window starts there).

A bust or correction names the row that it revises. A bust takes the trade out of the windows that still hold it; a
correction puts the new values in its place, at the trade's own time.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.kernel import kernel

COUNT: Final = 0
SUM: Final = 1
SQUARES: Final = 2
FLIPS: Final = 3
FIRST: Final = 4
LAST: Final = 5
KNOWN: Final = 6
"""Like `COUNT`, of the rows whose value is not null."""

SLOTS: Final = {COUNT: 1, SUM: 1, SQUARES: 2, FLIPS: 1, FIRST: 0, LAST: 0, KNOWN: 1}
"""Slots of state that an operation takes; first and last are read through the links."""

LINK_SLOTS: Final = 2
"""With links, slots 0 and 1 hold 1 + the first and last row of the key inside the window; 0 is none."""

PRICE: Final = 0
QUANTITY: Final = 1
NOTIONAL: Final = 2
BASE_NOTIONAL: Final = 3

OVERFLOW: Final = 0
NULLS: Final = 1

_BUST: Final = int(Kind.BUST)
_LIMB: Final = 1 << 31

Array = NDArray[Any]


@kernel(allocates=False)
def _value(price: Array, quantity: Array, notional: Array, base: Array, which: int, row: int) -> int:
    if which == QUANTITY:
        return int(quantity[row])
    if which == BASE_NOTIONAL:
        return int(base[row])
    if which == NOTIONAL:
        return int(notional[row])
    return int(price[row])


@kernel(allocates=False)
def _version(revised: Array, kind: Array, row: int, now: int) -> int:
    """Return the row whose values hold for `row` once row `now` has been seen; -1 when it was busted."""
    while revised[row] != 0 and row + revised[row] <= now:
        row += revised[row]
    return -1 if kind[row] == _BUST else row


@kernel(allocates=False)
def _alive_after(following: Array, revised: Array, kind: Array, row: int, now: int, revisions: bool) -> int:
    """Return the next row of the key that was not busted, or -1."""
    while following[row] != 0:
        row += following[row]
        if not revisions or _version(revised, kind, row, now) >= 0:
            return row
    return -1


@kernel(allocates=False)
def _add_sum(state: Array, key: int, slot: int, value: int, counters: Array) -> None:
    total = state[key, slot]
    state[key, slot] = total + value
    if ((total ^ state[key, slot]) & (value ^ state[key, slot])) < 0:
        counters[OVERFLOW] += 1


@kernel(allocates=False)
def _put(
    sign: int, row: int, key: int, side: Array, asset_class: Array, price: Array, quantity: Array, notional: Array,
    base: Array, ops: Array, weights: Array, state: Array, counters: Array,
) -> None:  # fmt: skip
    """Add (`sign` 1) or subtract (-1) the values of `row` in the sums of `key`."""
    for o in range(ops.shape[0]):
        code = ops[o, 0]
        if FLIPS <= code <= LAST or (ops[o, 1] != 0 and ops[o, 1] != side[row]):
            continue
        slot = ops[o, 3]
        if code == COUNT:
            state[key, slot] += sign
            continue
        value = _value(price, quantity, notional, base, ops[o, 2], row)
        if value == NULL:
            if sign > 0 and code == SUM:
                counters[NULLS] += 1
            continue
        if code == KNOWN:
            state[key, slot] += sign
        elif code == SUM:
            if ops[o, 4] >= 0:
                weight = weights[ops[o, 4], asset_class[row]]
                if weight != 0 and abs(value) > np.iinfo(np.int64).max // weight:
                    counters[OVERFLOW] += 1
                    continue
                value *= weight
            _add_sum(state, key, slot, sign * value, counters)
        else:  # the square in two limbs of 62 bits: high x 2**62 + low, 0 <= low < 2**62
            magnitude = abs(value)
            if magnitude >= _LIMB * _LIMB:
                counters[OVERFLOW] += 1
                continue
            upper, lower = magnitude // _LIMB, magnitude % _LIMB
            cross = 2 * upper * lower + (lower * lower) // _LIMB
            high = upper * upper + cross // _LIMB
            low = state[key, slot + 1] + sign * ((cross % _LIMB) * _LIMB + (lower * lower) % _LIMB)
            carry = 1 if low >= _LIMB * _LIMB else -1 if low < 0 else 0
            state[key, slot + 1] = low - carry * _LIMB * _LIMB
            _add_sum(state, key, slot, sign * high + carry, counters)


@kernel(allocates=False)
def _flip(
    sign: int, left: int, right: int, key: int, now: int, revisions: bool, revised: Array, kind: Array, side: Array,
    ops: Array, state: Array,
) -> None:  # fmt: skip
    """Count (or discount) a change of side between two neighbours of a key."""
    if revisions:
        left, right = _version(revised, kind, left, now), _version(revised, kind, right, now)
    if left >= 0 and right >= 0 and side[left] != side[right]:
        for o in range(ops.shape[0]):
            if ops[o, 0] == FLIPS:
                state[key, ops[o, 3]] += sign


@kernel(allocates=False)
def _link_in(
    row: int, key: int, revisions: bool, revised: Array, kind: Array, side: Array, ops: Array, following: Array,
    state: Array,
) -> None:  # fmt: skip
    """Append a row to its key's list and count its change of side."""
    last = state[key, 1] - 1
    following[row] = 0
    if last >= 0:
        following[last] = row - last
        _flip(1, last, row, key, row, revisions, revised, kind, side, ops, state)
    else:
        state[key, 0] = row + 1
    state[key, 1] = row + 1


@kernel(allocates=False)
def _link_out(
    row: int, key: int, now: int, revisions: bool, revised: Array, kind: Array, side: Array, ops: Array,
    following: Array, state: Array,
) -> None:  # fmt: skip
    """Take the first row off its key's list; a row that a bust took out before is no longer on it."""
    if state[key, 0] != row + 1:
        return
    successor = _alive_after(following, revised, kind, row, now, revisions)
    if successor < 0:
        state[key, 0] = 0
        state[key, 1] = 0
        return
    _flip(-1, row, successor, key, now, revisions, revised, kind, side, ops, state)
    state[key, 0] = successor + 1


@kernel(allocates=False)
def _relink(
    key: int, now: int, revised: Array, kind: Array, side: Array, ops: Array, following: Array, state: Array
) -> None:
    """Make a key's list anew after a revision: rare, so a walk over the key's rows is good enough."""
    row = state[key, 0] - 1
    state[key, 0] = 0
    state[key, 1] = 0
    for o in range(ops.shape[0]):
        if ops[o, 0] == FLIPS:
            state[key, ops[o, 3]] = 0
    previous = -1
    while row >= 0:
        successor = row + following[row] if following[row] != 0 else -1
        version = _version(revised, kind, row, now)
        if version < 0:
            row = successor
            continue
        following[row] = 0
        if previous >= 0:
            following[previous] = row - previous
            if side[_version(revised, kind, previous, now)] != side[version]:
                for o in range(ops.shape[0]):
                    if ops[o, 0] == FLIPS:
                        state[key, ops[o, 3]] += 1
        else:
            state[key, 0] = row + 1
        state[key, 1] = row + 1
        previous = row
        row = successor


@kernel(allocates=False)
def _emit(
    column: int, key: int, now: int, revisions: bool, revised: Array, kind: Array, price: Array, quantity: Array,
    notional: Array, base: Array, ops: Array, state: Array, out: Array,
) -> None:  # fmt: skip
    """Write what the operations say of `key` at this moment."""
    for o in range(ops.shape[0]):
        code, slot, target = ops[o, 0], ops[o, 3], ops[o, 5]
        if code == FIRST or code == LAST:  # noqa: PLR1714, SIM109 - `in` is slower here
            row = state[key, 0 if code == FIRST else 1] - 1
            if row >= 0 and revisions:
                row = _version(revised, kind, row, now)
            out[target, column] = _value(price, quantity, notional, base, ops[o, 2], row) if row >= 0 else NULL
        else:
            out[target, column] = state[key, slot]
            if code == SQUARES:
                out[target + 1, column] = state[key, slot + 1]


_I1, _I4, _I8 = nb.int8[::1], nb.int32[::1], nb.int64[::1]


@kernel(
    nb.int64(
        _I8, _I1, nb.int64, _I4, _I1, _I1, _I1, _I8, _I8, _I8, _I8, _I4, _I4, nb.boolean, nb.boolean, nb.int64,
        nb.int64, nb.int64, nb.int64, nb.int64, _I8, nb.boolean, nb.int64[:, ::1], nb.int64[:, ::1], _I4,
        nb.int64[:, ::1], nb.int64[:, ::1], _I8,
    ),
    allocates=False,
)  # fmt: skip
def window_pass(
    time: Array, member: Array, mask: int, keys: Array, kind: Array, side: Array, asset_class: Array, price: Array,
    quantity: Array, notional: Array, base: Array, revised: Array, refers: Array, revisions: bool, links: bool,
    low: int, high: int, tail: int, until: int, window: int, anchors: Array, at_exit: bool, ops: Array,
    weights: Array, following: Array, state: Array, out: Array, counters: Array,
) -> int:  # fmt: skip
    """Move the windows of one group over rows `low` to `high`, then let out what left before `until`.

    Parameters
    ----------
    member, mask
        Row `r` belongs to the group when bit ``member[r]`` of `mask` is set and ``keys[r]`` is not 0.
    tail : int
        First row that has not left; the new one is returned.
    until : int
        Watermark, ns: rows with a time before ``until - window`` leave at the end of the pass.
    anchors : ndarray of int64
        Rows about which the group is asked, ascending; `out` has one column for each.
    at_exit : bool
        Ask when a row leaves (the window starts at it) rather than when it enters.
    ops : ndarray of int64, shape (n, 6)
        Operation, side (0: both), value column, slot of state, row of `weights` (-1: none), row of `out`.
    counters : ndarray of int64
        `OVERFLOW` and `NULLS` are counted here.

    Returns
    -------
    int
        The new tail.
    """
    asked = 0
    for i in range(low, high + 1):
        limit = time[i] - window if i < high else until - window
        now = i - 1
        while tail < i and time[tail] < limit:
            key = keys[tail]
            if at_exit and asked < anchors.shape[0] and anchors[asked] == tail:
                _emit(asked, key, now, revisions, revised, kind, price, quantity, notional, base, ops, state, out)
                asked += 1
            if key != 0 and ((mask >> member[tail]) & 1) == 1:
                held = tail if not revisions else _version(revised, kind, tail, now)
                if held >= 0:
                    _put(-1, held, key, side, asset_class, price, quantity, notional, base, ops, weights, state,
                         counters)  # fmt: skip
                    if links:
                        _link_out(tail, key, now, revisions, revised, kind, side, ops, following, state)
            tail += 1
        if i == high:
            break
        key = keys[i]
        if key != 0 and ((mask >> member[i]) & 1) == 1:
            _put(1, i, key, side, asset_class, price, quantity, notional, base, ops, weights, state, counters)
            if links:
                _link_in(i, key, revisions, revised, kind, side, ops, following, state)
        elif revisions and refers[i] != 0:
            before = i - refers[i]
            root = before
            while refers[root] != 0:
                root -= refers[root]
            key = keys[root]
            if root >= tail and key != 0 and ((mask >> member[root]) & 1) == 1 and kind[before] != _BUST:
                _put(-1, before, key, side, asset_class, price, quantity, notional, base, ops, weights, state,
                     counters)  # fmt: skip
                if kind[i] != _BUST:
                    _put(1, i, key, side, asset_class, price, quantity, notional, base, ops, weights, state, counters)
                if links:
                    _relink(key, i, revised, kind, side, ops, following, state)
        if not at_exit and asked < anchors.shape[0] and anchors[asked] == i:
            _emit(asked, keys[i], i, revisions, revised, kind, price, quantity, notional, base, ops, state, out)
            asked += 1
    while not at_exit and tail < high and (keys[tail] == 0 or ((mask >> member[tail]) & 1) == 0):
        tail += 1  # what does not belong need not wait until it is old
    return tail
