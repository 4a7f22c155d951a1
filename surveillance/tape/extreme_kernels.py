"""What cannot be subtracted: the smallest and greatest value in a window, and how many distinct ones it holds.

The rows of a class are taken from the tape once, as entries: the row, and the value that counts. Extremes are kept in
one monotone queue a key, threaded through two columns of distances between entries. The tail of all entries takes them
off the queues as it passes them: a queue that waited for its own key's next event would still name entries whose pages
are gone. Distinct values are counted through the dense codes of (key, value) pairs.

A bust or correction names the row that it revises, and changes the value of its entry if a window still holds it.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.kernel import kernel
from surveillance.prefetch import AHEAD, prefetch

MIN: Final = 0
MAX: Final = 1

TAIL: Final = 0
HEAD: Final = 1
END: Final = 2
REVISED: Final = 3
CURSORS: Final = 4
"""First entry that has not left, first that has not entered, end of the entries, revisions done."""

FRONT: Final = 0
BACK: Final = 1
ENDS: Final = 2
"""What is kept of a key: 1 + the first and the last entry of its queue; 0 is none."""

_BUST: Final = int(Kind.BUST)
_LAST: Final = (1 << 63) - 1

Array = NDArray[Any]
_I1, _I4, _I8, _I8_2 = nb.int8[::1], nb.int32[::1], nb.int64[::1], nb.int64[:, ::1]


@kernel(allocates=False, inlined=True)
def _push(entry: int, key: int, sign: int, values: Array, ahead: Array, behind: Array, queues: Array) -> None:
    """Put an entry at the back of its key's queue and drop those that it makes irrelevant."""
    value = values[entry]
    if value == NULL:
        return
    last = queues[key, BACK] - 1
    while last >= 0 and sign * values[last] >= sign * value:
        last = last - behind[last] if behind[last] != 0 else -1
    ahead[entry] = 0
    if last >= 0:
        ahead[last] = entry - last
        behind[entry] = entry - last
    else:
        behind[entry] = 0
        queues[key, FRONT] = entry + 1
    queues[key, BACK] = entry + 1


@kernel(allocates=False, inlined=True)
def _pop(entry: int, key: int, ahead: Array, behind: Array, queues: Array) -> None:
    """Take an entry that leaves the window off its key's queue, if it still stands at the front."""
    if queues[key, FRONT] != entry + 1:
        return
    if ahead[entry] == 0:
        queues[key, FRONT] = 0
        queues[key, BACK] = 0
    else:
        behind[entry + ahead[entry]] = 0
        queues[key, FRONT] = entry + ahead[entry] + 1


@kernel(allocates=False)
def _stands(root: int, key: int, behind: Array, queues: Array) -> bool:
    """Tell whether an entry is in its key's queue."""
    entry = queues[key, BACK] - 1
    while entry > root:
        entry = entry - behind[entry] if behind[entry] != 0 else -1
    return bool(entry == root)


@kernel(allocates=False)
def _requeue(
    key: int, root: int, tail: int, sign: int, rows: Array, keys: Array, values: Array, ahead: Array, behind: Array,
    queues: Array,
) -> None:  # fmt: skip
    """Put a key's queue right after the value of `root` was revised.

    What stands in the queue after it is untouched: an entry makes only earlier ones irrelevant. Those that it had made
    irrelevant lie between it and the entry before it in the queue; they are looked through only if it stood there.
    """
    after, before = -1, queues[key, BACK] - 1
    while before > root:
        after, before = before, (before - behind[before] if behind[before] != 0 else -1)
    low = root
    if before == root:
        before = root - behind[root] if behind[root] != 0 else -1
        low = before + 1 if before >= 0 else tail
    following, limit = after, 0
    if after >= 0:
        limit = sign * values[after]
    for entry in range(root, low - 1, -1):
        value = values[entry]
        if keys[rows[entry]] != key or value == NULL or (following >= 0 and sign * value >= limit):
            continue
        if following >= 0:
            ahead[entry] = following - entry
            behind[following] = following - entry
        else:
            ahead[entry] = 0
            queues[key, BACK] = entry + 1
        following, limit = entry, sign * value
    if following != after:
        while before >= 0 and sign * values[before] >= limit:
            before = before - behind[before] if behind[before] != 0 else -1
    if following >= 0:
        behind[following] = following - before if before >= 0 else 0
    else:
        queues[key, BACK] = before + 1
    if before >= 0:
        ahead[before] = following - before if following >= 0 else 0
    else:
        queues[key, FRONT] = following + 1


@kernel(allocates=False)
def _revised_entry(revision: int, tail: int, head: int, refers: Array, rows: Array) -> int:
    """Return the entry of the trade that a row revises, or -1 where the windows do not hold it."""
    root = revision
    while refers[root] != 0:
        root -= refers[root]
    low, high = tail, head
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < root:
            low = middle + 1
        else:
            high = middle
    return low if low < head and rows[low] == root else -1


@kernel(
    nb.void(
        _I8, _I8, _I8, _I4, nb.int64, nb.int64, nb.boolean, _I4, _I1, _I8, nb.int64, _I8, _I8, _I8, _I4, _I4, _I8_2,
        _I8,
    ),
    allocates=False,
)  # fmt: skip
def extreme_pass(
    anchors: Array, revisions: Array, time: Array, keys: Array, until: int, window: int, at_exit: bool, refers: Array,
    kind: Array, column: Array, which: int, rows: Array, values: Array, cursors: Array, ahead: Array, behind: Array,
    queues: Array, out: Array,
) -> None:  # fmt: skip
    """Move the windows of one minimum or maximum over its anchors; parameters as in `window_kernels.window_pass`.

    `out` receives the extreme value at each anchor, null where the window holds none.
    """
    sign = 1 if which == MIN else -1
    revised = cursors[REVISED]
    tail, head, end = cursors[TAIL], cursors[HEAD], cursors[END]
    for place in range(anchors.shape[0]):
        anchor = anchors[place]
        prefetch(queues, keys[anchors[min(place + AHEAD, anchors.shape[0] - 1)]])
        latest = time[anchor] + window if at_exit else time[anchor]
        if at_exit:
            while tail < end and rows[tail] < anchor:
                if tail < head:
                    _pop(tail, keys[rows[tail]], ahead, behind, queues)
                tail += 1
            head = max(head, tail)
        while True:  # what enters and what revises, in the order of the tape
            row = rows[head] if head < end else _LAST
            revision = revisions[revised] if revised < revisions.shape[0] else _LAST
            first = min(row, revision)
            if first == _LAST or (time[first] > latest if at_exit else first > anchor):
                break
            if row <= revision:
                prefetch(queues, keys[rows[head + AHEAD]])
                _push(head, keys[row], sign, values, ahead, behind, queues)
                head += 1
                continue
            revised += 1
            entry = _revised_entry(revision, tail, head, refers, rows)
            if entry >= 0:
                key, before = keys[rows[entry]], values[entry]
                values[entry] = NULL if kind[revision] == _BUST else column[revision]
                if values[entry] != before and (values[entry] != NULL or _stands(entry, key, behind, queues)):
                    _requeue(key, entry, tail, sign, rows, keys, values, ahead, behind, queues)
        while not at_exit and tail < head and time[rows[tail]] < latest - window:
            prefetch(queues, keys[rows[tail + AHEAD]])
            _pop(tail, keys[rows[tail]], ahead, behind, queues)
            tail += 1
        found = queues[keys[anchor], FRONT] - 1
        out[place] = values[found] if found >= 0 else NULL
    while tail < end and time[rows[tail]] < until - window:
        if tail < head:
            _pop(tail, keys[rows[tail]], ahead, behind, queues)
        tail += 1
    cursors[TAIL], cursors[HEAD], cursors[REVISED] = tail, max(head, tail), revised


@kernel(allocates=False, inlined=True)
def _without(entry: int, key: int, pairs: Array, held: Array, distinct: Array) -> None:
    """Stop counting an entry."""
    pair = pairs[entry]
    prefetch(held, pairs[entry + AHEAD])
    if pair != 0:
        held[pair] -= 1
        distinct[key] -= held[pair] == 0


@kernel(
    nb.void(_I8, _I8, _I8, _I4, nb.int64, nb.int64, nb.boolean, _I4, _I1, _I8, _I4, _I8, _I8, _I8, _I8),
    allocates=False,
)
def distinct_pass(
    anchors: Array, revisions: Array, time: Array, keys: Array, until: int, window: int, at_exit: bool, refers: Array,
    kind: Array, rows: Array, pairs: Array, cursors: Array, held: Array, distinct: Array, out: Array,
) -> None:  # fmt: skip
    """Move the windows of one count of distinct values over its anchors; parameters as in `extreme_pass`.

    `pairs` are codes of (key, value), 0 where the value is null; `held` counts entries by pair, `distinct` pairs by
    key. A correction leaves the value as it is: it moves no trade to another key or counterparty.
    """
    revised = cursors[REVISED]
    tail, head, end = cursors[TAIL], cursors[HEAD], cursors[END]
    for place in range(anchors.shape[0]):
        anchor = anchors[place]
        latest = time[anchor] + window if at_exit else time[anchor]
        if at_exit:
            while tail < end and rows[tail] < anchor:
                if tail < head:
                    _without(tail, keys[rows[tail]], pairs, held, distinct)
                tail += 1
            head = max(head, tail)
        while head < end and (time[rows[head]] <= latest if at_exit else rows[head] <= anchor):
            pair = pairs[head]
            prefetch(held, pairs[head + AHEAD])
            if pair != 0:
                distinct[keys[rows[head]]] += held[pair] == 0
                held[pair] += 1
            head += 1
        while revised < revisions.shape[0] and (
            time[revisions[revised]] <= latest if at_exit else revisions[revised] <= anchor
        ):
            revision = revisions[revised]
            revised += 1
            entry = _revised_entry(revision, tail, head, refers, rows) if kind[revision] == _BUST else -1
            if entry >= 0:
                _without(entry, keys[rows[entry]], pairs, held, distinct)
                pairs[entry] = 0
        while not at_exit and tail < head and time[rows[tail]] < latest - window:
            _without(tail, keys[rows[tail]], pairs, held, distinct)
            tail += 1
        out[place] = distinct[keys[anchor]]
    while tail < end and time[rows[tail]] < until - window:
        if tail < head:
            _without(tail, keys[rows[tail]], pairs, held, distinct)
        tail += 1
    cursors[TAIL], cursors[HEAD], cursors[REVISED] = tail, max(head, tail), revised
