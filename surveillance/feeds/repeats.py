"""Events that come again: dropped by their identity, within a time of the event that was kept.

Events are seen in the order of the tape, so it does not matter which file brought a repeat, or how files are cut.
Identities are held in two generations: while one fills, the other is old; when the whole of the old one is further
back than the time, it is thrown away. So memory holds the identities of twice that time, however long the input is.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import IDENTITY, NULL
from surveillance.kernel import kernel

_SMALLEST: Final = 1 << 12
_COLUMNS: Final = "Array(int64, 1, 'A', True)"


@kernel(allocates=False)
def _place_of(table: NDArray[np.int64], first: int, second: int) -> int:
    """Return where an identity is in a table, or where it would be."""
    mask = table.shape[0] - 1
    place = int((first ^ (second << 1)) & mask)
    while table[place, 2] != NULL and (table[place, 0] != first or table[place, 1] != second):
        place = (place + 1) & mask
    return place


@kernel("void(int64[:, ::1], int64[:, ::1])", allocates=False)
def _move(table: NDArray[np.int64], to: NDArray[np.int64]) -> None:
    """Write all identities of a table into another one."""
    for place in range(table.shape[0]):
        if table[place, 2] != NULL:
            to[_place_of(to, table[place, 0], table[place, 1])] = table[place]


@kernel(
    f"int64({_COLUMNS}, {_COLUMNS}, {_COLUMNS}, int64, int64[:, ::1], int64[:, ::1], boolean[::1])", allocates=False
)
def _mark_repeats(
    times: NDArray[np.int64],
    firsts: NDArray[np.int64],
    seconds: NDArray[np.int64],
    within: int,
    old: NDArray[np.int64],
    new: NDArray[np.int64],
    repeats: NDArray[np.bool_],
) -> int:
    """Mark the rows that come again; note the others in `new` and return how many were new to it."""
    added = 0
    for row in range(len(times)):
        time, first, second = times[row], firsts[row], seconds[row]
        repeats[row] = False
        if first == NULL:
            continue
        place = _place_of(new, first, second)
        known = new[place, 2]
        if known == NULL:
            added += 1
            known = old[_place_of(old, first, second), 2]
        repeats[row] = known != NULL and time - known <= within
        new[place, 0], new[place, 1], new[place, 2] = first, second, known if repeats[row] else time
    return added


def _empty(size: int) -> NDArray[np.int64]:
    return np.full((size, 3), NULL, np.int64)


class Repeats:
    """Drops events that come again.

    Parameters
    ----------
    within : int
        ns after an event within which another one of the same identity is the same; a later one is an event of its
        own.

    Attributes
    ----------
    by_source : Counter
        How many were dropped of each source, by ordinal.
    """

    def __init__(self, within: int) -> None:
        self._within = within
        self._old, self._new = _empty(_SMALLEST), _empty(_SMALLEST)
        self._count, self._began, self._old_until, self._until = 0, NULL, NULL, NULL
        self.by_source: Counter[int] = Counter()

    @property
    def capacity(self) -> int:
        """Identities that there is room for."""
        return len(self._old) + len(self._new)

    def drop(self, batch: EventBatch) -> EventBatch:
        """Return the events of a batch that have not come before.

        Parameters
        ----------
        batch : EventBatch
            In the order of the tape, behind those of all calls before; its identities are taken out of it.
        """
        names = [column.name for column in IDENTITY]
        if names[0] not in batch.columns or not len(batch):
            return batch
        columns: dict[str, NDArray[Any]] = dict(batch.columns)
        first, second = (columns.pop(name) for name in names)
        batch = EventBatch(columns, batch.texts)
        times = columns["time"]
        self._turn(int(times[0]))
        while 2 * (self._count + len(times)) > len(self._new):
            larger = _empty(2 * len(self._new))
            _move(self._new, larger)
            self._new = larger
        repeats = np.empty(len(times), np.bool_)
        self._count += _mark_repeats(times, first, second, self._within, self._old, self._new, repeats)
        if self._began == NULL:
            self._began = int(times[0])
        self._until = int(times[-1])
        if not repeats.any():
            return batch
        self.by_source.update(columns["source"][repeats].tolist())
        return batch.take(~repeats)

    def _turn(self, now: int) -> None:
        """Begin a new generation when the old one is further back than anything is compared with."""
        if self._began == NULL or now - self._began <= self._within:
            return
        if self._old_until == NULL or now - self._old_until > self._within:
            self._old, self._old_until = self._new, self._until
            self._new, self._count, self._began = _empty(_SMALLEST), 0, NULL
