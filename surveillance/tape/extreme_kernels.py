"""What cannot be subtracted: the smallest and greatest value in a window, and how many distinct ones it holds.

Extremes are kept in one monotone queue a key, threaded through two columns of row distances. The tail of the whole
tape takes rows off the queues as it passes them: a queue that waited for its own key's next event would still name
rows whose pages are gone. Distinct values are counted through the dense codes of (key, value) pairs.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.kernel import kernel

MIN: Final = 0
MAX: Final = 1

_BUST: Final = int(Kind.BUST)

Array = NDArray[Any]
_I1, _I4, _I8 = nb.int8[::1], nb.int32[::1], nb.int64[::1]


@kernel(allocates=False)
def _version(revised: Array, kind: Array, row: int, now: int) -> int:
    """Return the row whose values hold for `row` once row `now` has been seen; -1 when it was busted."""
    while revised[row] != 0 and row + revised[row] <= now:
        row += revised[row]
    return -1 if kind[row] == _BUST else row


@kernel(allocates=False)
def _push(
    row: int, key: int, now: int, sign: int, values: Array, kind: Array, revised: Array, revisions: bool, ahead: Array,
    behind: Array, front: Array, back: Array,
) -> None:  # fmt: skip
    """Put a row at the back of its key's queue and drop those that it makes irrelevant."""
    value = values[_version(revised, kind, row, now) if revisions else row]
    if value == NULL:
        return
    last = back[key] - 1
    while last >= 0 and sign * values[_version(revised, kind, last, now) if revisions else last] >= sign * value:
        last = last - behind[last] if behind[last] != 0 else -1
    ahead[row] = 0
    if last >= 0:
        ahead[last] = row - last
        behind[row] = row - last
    else:
        behind[row] = 0
        front[key] = row + 1
    back[key] = row + 1


@kernel(allocates=False)
def _pop(row: int, key: int, ahead: Array, behind: Array, front: Array, back: Array) -> None:
    """Take a row that leaves the window off its key's queue, if it still stands at the front."""
    if front[key] != row + 1:
        return
    if ahead[row] == 0:
        front[key] = 0
        back[key] = 0
    else:
        behind[row + ahead[row]] = 0
        front[key] = row + ahead[row] + 1


@kernel(allocates=False)
def _matters(
    root: int, key: int, now: int, sign: int, values: Array, kind: Array, revised: Array, behind: Array, back: Array
) -> bool:  # fmt: skip
    """Tell whether a row that was revised stands in its key's queue, or would now; else no later row sees a change."""
    row, later = back[key] - 1, -1
    while row > root:
        later = row
        row = row - behind[row] if behind[row] != 0 else -1
    if row == root:
        return True
    version = _version(revised, kind, root, now)
    if version < 0 or values[version] == NULL:
        return False
    return later < 0 or sign * values[_version(revised, kind, later, now)] > sign * values[version]


@kernel(allocates=False)
def _requeue(
    key: int, root: int, first: int, now: int, sign: int, values: Array, kind: Array, revised: Array, member: Array,
    mask: int, keys: Array, ahead: Array, behind: Array, front: Array, back: Array,
) -> None:  # fmt: skip
    """Put a key's queue right after row `root` was revised.

    What stands in the queue after it is untouched: a row makes only earlier ones irrelevant. Those that it had made
    irrelevant lie between it and the row before it in the queue, and are looked through only if it stood there itself.
    """
    after, before = -1, back[key] - 1
    while before > root:
        after, before = before, (before - behind[before] if behind[before] != 0 else -1)
    low = root
    if before == root:
        before = root - behind[root] if behind[root] != 0 else -1
        low = before + 1 if before >= 0 else first
    following, limit = after, 0
    if after >= 0:
        limit = sign * values[_version(revised, kind, after, now)]
    for row in range(root, low - 1, -1):
        if keys[row] != key or ((mask >> member[row]) & 1) == 0:
            continue
        version = _version(revised, kind, row, now)
        value = values[version] if version >= 0 else NULL
        if value == NULL or (following >= 0 and sign * value >= limit):
            continue
        if following >= 0:
            ahead[row] = following - row
            behind[following] = following - row
        else:
            ahead[row] = 0
            back[key] = row + 1
        following, limit = row, sign * value
    if following != after:
        while before >= 0 and sign * values[_version(revised, kind, before, now)] >= limit:
            before = before - behind[before] if behind[before] != 0 else -1
    if following >= 0:
        behind[following] = following - before if before >= 0 else 0
    else:
        back[key] = before + 1
    if before >= 0:
        ahead[before] = following - before if following >= 0 else 0
    else:
        front[key] = following + 1


@kernel(
    nb.int64(
        _I8, _I1, nb.int64, _I4, _I1, _I8, nb.int64, _I4, _I4, nb.boolean, nb.int64, nb.int64, nb.int64, nb.int64,
        nb.int64, _I8, nb.boolean, _I4, _I4, _I8, _I8, _I8,
    ),
    allocates=False,
)  # fmt: skip
def extreme_pass(
    time: Array, member: Array, mask: int, keys: Array, kind: Array, values: Array, which: int, revised: Array,
    refers: Array, revisions: bool, low: int, high: int, tail: int, until: int, window: int, anchors: Array,
    at_exit: bool, ahead: Array, behind: Array, front: Array, back: Array, out: Array,
) -> int:  # fmt: skip
    """Move the windows of one minimum or maximum over rows `low` to `high`; parameters as in `window_pass`.

    `out` receives the extreme value at each anchor, null where the window holds none.
    """
    sign = 1 if which == MIN else -1
    asked = 0
    for i in range(low, high + 1):
        limit = time[i] - window if i < high else until - window
        now = i - 1
        while tail < i and time[tail] < limit:
            key = keys[tail]
            if at_exit and asked < anchors.shape[0] and anchors[asked] == tail:
                row = front[key] - 1
                out[asked] = values[_version(revised, kind, row, now) if revisions else row] if row >= 0 else NULL
                asked += 1
            if key != 0 and ((mask >> member[tail]) & 1) == 1:
                _pop(tail, key, ahead, behind, front, back)
            tail += 1
        if i == high:
            break
        key = keys[i]
        if key != 0 and ((mask >> member[i]) & 1) == 1:
            _push(i, key, i, sign, values, kind, revised, revisions, ahead, behind, front, back)
        elif revisions and refers[i] != 0:
            root = i
            while refers[root] != 0:
                root -= refers[root]
            key = keys[root]
            held = root >= tail and key != 0 and ((mask >> member[root]) & 1) == 1
            if held and _matters(root, key, i, sign, values, kind, revised, behind, back):
                _requeue(
                    key, root, tail, i, sign, values, kind, revised, member, mask, keys, ahead, behind, front, back
                )  # fmt: skip
        if not at_exit and asked < anchors.shape[0] and anchors[asked] == i:
            row = front[keys[i]] - 1
            out[asked] = values[_version(revised, kind, row, i) if revisions else row] if row >= 0 else NULL
            asked += 1
    while not at_exit and tail < high and (keys[tail] == 0 or ((mask >> member[tail]) & 1) == 0):
        tail += 1  # what does not belong need not wait until it is old
    return tail


@kernel(
    nb.int64(
        _I8, _I1, nb.int64, _I4, _I1, _I4, _I4, _I4, nb.boolean, nb.int64, nb.int64, nb.int64, nb.int64, nb.int64, _I8,
        nb.boolean, _I8, _I8, _I8,
    ),
    allocates=False,
)  # fmt: skip
def distinct_pass(
    time: Array, member: Array, mask: int, keys: Array, kind: Array, pairs: Array, revised: Array, refers: Array,
    revisions: bool, low: int, high: int, tail: int, until: int, window: int, anchors: Array, at_exit: bool,
    held: Array, distinct: Array, out: Array,
) -> int:  # fmt: skip
    """Move the windows of one count of distinct values over rows `low` to `high`; parameters as in `window_pass`.

    `pairs` are codes of (key, value), 0 where the value is null; `held` counts rows by pair, `distinct` pairs by key.
    """
    asked = 0
    for i in range(low, high + 1):
        limit = time[i] - window if i < high else until - window
        now = i - 1
        while tail < i and time[tail] < limit:
            key, pair = keys[tail], pairs[tail]
            if at_exit and asked < anchors.shape[0] and anchors[asked] == tail:
                out[asked] = distinct[key]
                asked += 1
            counted = key != 0 and pair != 0 and ((mask >> member[tail]) & 1) == 1
            if counted and (not revisions or _version(revised, kind, tail, now) >= 0):
                held[pair] -= 1
                distinct[key] -= held[pair] == 0
            tail += 1
        if i == high:
            break
        key, pair = keys[i], pairs[i]
        if key != 0 and pair != 0 and ((mask >> member[i]) & 1) == 1:
            distinct[key] += held[pair] == 0
            held[pair] += 1
        elif revisions and refers[i] != 0 and kind[i] == _BUST and kind[i - refers[i]] != _BUST:
            root = i
            while refers[root] != 0:
                root -= refers[root]
            key, pair = keys[root], pairs[root]
            if root >= tail and key != 0 and pair != 0 and ((mask >> member[root]) & 1) == 1:
                held[pair] -= 1
                distinct[key] -= held[pair] == 0
        if not at_exit and asked < anchors.shape[0] and anchors[asked] == i:
            out[asked] = distinct[keys[i]]
            asked += 1
    while not at_exit and tail < high and (keys[tail] == 0 or ((mask >> member[tail]) & 1) == 0):
        tail += 1  # what does not belong need not wait until it is old
    return tail
