"""What is usual of some entities: weighted counts over their days, of which older ones weigh less.

Whole numbers only. A day that is added counts `ONE` a unit; each trading day after it takes a 32nd off, rounded down,
so that a day weighs half after 22 trading days, and what has stopped is forgotten in the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, PPM

ONE: Final = 1 << 10
"""Weight of a unit on its own day."""

KEPT: Final = 31
OF: Final = 32
"""What a trading day leaves of the weights before it."""

FORGOTTEN: Final = ONE // 32
"""Entities whose days weigh less than this are given up: about five months without an event."""

PER_OCTAVE: Final = 8
BUCKETS: Final = 63 * PER_OCTAVE
"""Sizes are counted in buckets, eight to a doubling: a median is right within 6%."""

_BITS: Final = 3  # PER_OCTAVE is 2 ** 3
_GREATEST: Final = 1 << 62

MOST: Final = 1 << 47
"""Greatest count of a day that is added; it leaves room for its weight in 64 bits."""

IntArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class BaselineTable:
    """Entities of one kind, sorted by id.

    Parameters
    ----------
    ids : ndarray of object
        Texts, sorted.
    days : ndarray of int64
        Trading days on which each was active, not weighted.
    weight : ndarray of int64
        The same, weighted.
    counts : ndarray of int64, shape (entities, columns)
        Weighted counts; what they count is for who made the table to know.
    sizes : ndarray of int64, shape (n, 3)
        Entity, bucket and weighted count, ascending.
    """

    ids: NDArray[Any]
    days: NDArray[np.int64]
    weight: NDArray[np.int64]
    counts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of_day(cls, ids: Sequence[str], counts: IntArray, sizes: IntArray) -> BaselineTable:
        """Make a table of one day.

        Parameters
        ----------
        ids : sequence of str
            Entities, distinct, in any order.
        counts : ndarray of int64, shape (entities, columns)
            Plain counts.
        sizes : ndarray of int64, shape (n, 3)
            Place of the entity, bucket and plain count.
        """
        names = np.array([*ids, ""], dtype=object)[:-1]
        order = np.argsort(names, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        weighed = sizes.astype(np.int64).reshape(-1, 3).copy()
        weighed[:, 0] = place[weighed[:, 0]]
        weighed[:, 2] = np.minimum(weighed[:, 2], MOST) * ONE
        ones = np.ones(len(order), dtype=np.int64)
        return cls(
            names[order],
            ones,
            ones * ONE,
            np.clip(counts[order].astype(np.int64), -MOST, MOST) * ONE,
            weighed[np.lexsort((weighed[:, 1], weighed[:, 0]))],
        )

    @classmethod
    def empty(cls, columns: int) -> BaselineTable:
        """Return a table without entities."""
        return cls.of_day((), np.zeros((0, columns), np.int64), np.zeros((0, 3), np.int64))

    def followed_by(self, day: BaselineTable) -> BaselineTable:
        """Return the table after one more trading day."""
        ids = np.array([*sorted({*self.ids.tolist(), *day.ids.tolist()}), ""], dtype=object)[:-1]
        place = {name: at for at, name in enumerate(ids.tolist())}
        old, new = (np.array([place[name] for name in one.ids.tolist()], dtype=np.int64) for one in (self, day))
        days, weight = (np.zeros(len(ids), dtype=np.int64) for _ in range(2))
        counts = np.zeros((len(ids), day.counts.shape[1]), dtype=np.int64)
        days[old], weight[old], counts[old] = self.days, _aged(self.weight), _aged(self.counts)
        days[new] += day.days
        weight[new] += day.weight
        counts[new] += day.counts
        aged, added = self.sizes.copy(), day.sizes.copy()
        aged[:, 2] = _aged(aged[:, 2])
        aged[:, 0], added[:, 0] = old[aged[:, 0]], new[added[:, 0]]
        return BaselineTable(ids, days, weight, counts, _merged(aged, added)).without_forgotten()

    def without_forgotten(self) -> BaselineTable:
        """Return the table without entities that were not active for long."""
        kept = self.weight >= FORGOTTEN
        if kept.all():
            return self
        place = np.cumsum(kept) - 1
        sizes = self.sizes[kept[self.sizes[:, 0]]].copy()
        sizes[:, 0] = place[sizes[:, 0]]
        return BaselineTable(self.ids[kept], self.days[kept], self.weight[kept], self.counts[kept], sizes)

    def medians(self) -> NDArray[np.int64]:
        """Return the median size of each entity: the middle of the bucket in which it lies; null without sizes."""
        found = np.full(len(self.ids), NULL)
        if not len(self.sizes):
            return found
        owner, weight = self.sizes[:, 0], self.sizes[:, 2]
        first = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
        total = np.add.reduceat(weight, first)
        upto = np.cumsum(weight)
        before = np.repeat(upto[first] - weight[first], np.diff(np.append(first, len(owner))))
        half = np.repeat(total, np.diff(np.append(first, len(owner)))) / 2
        reached = np.flatnonzero(upto - before >= half)
        mine, places = np.unique(owner[reached], return_index=True)
        found[mine] = middle_of(self.sizes[reached[places], 1])
        return found

    def per(self, part: int, whole: int | None = None, scale: int = PPM) -> NDArray[np.int64]:
        """Return a count as a part of another one, or of days; null where that is 0.

        Parameters
        ----------
        part, whole : int
            Columns of `counts`; None: days on which the entity was active.
        scale : int
            Units of the result that make one.
        """
        below = self.weight if whole is None else self.counts[:, whole]
        return quotient(self.counts[:, part], below, scale)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "ids": self.ids.tolist(),
            "days": self.days.tolist(),
            "weight": self.weight.tolist(),
            "counts": self.counts.T.tolist(),
            "sizes": self.sizes.T.tolist(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], columns: int) -> BaselineTable:
        """Return a table that was written.

        Raises
        ------
        ValueError
            It does not fit together.
        """
        count = len(content["ids"])
        days, weight = (np.array(content[name], dtype=np.int64) for name in ("days", "weight"))
        counts = np.array(content["counts"], dtype=np.int64).reshape(columns, count).T
        sizes = np.array(content["sizes"], dtype=np.int64).reshape(3, -1).T
        if not len(days) == len(weight) == count:
            raise ValueError("columns of different lengths")
        ids = np.array([*content["ids"], ""], dtype=object)[:-1]
        return cls(ids, days, weight, np.ascontiguousarray(counts), np.ascontiguousarray(sizes))


def _aged(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    return weights // OF * KEPT + weights % OF * KEPT // OF


def _merged(one: IntArray, other: IntArray) -> NDArray[np.int64]:
    both = np.concatenate([one, other])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    if not len(both):
        return both
    apart = np.concatenate(([True], (np.diff(both[:, 0]) != 0) | (np.diff(both[:, 1]) != 0)))
    first = np.flatnonzero(apart)
    merged = both[first].copy()
    merged[:, 2] = np.add.reduceat(both[:, 2], first)
    kept: NDArray[np.int64] = merged[merged[:, 2] > 0]
    return kept


def middle_of(bucket: IntArray) -> NDArray[np.int64]:
    """Return the middle of each bucket of sizes; see `bucket_of` in `baseline_day`."""
    octave, part = np.divmod(bucket.astype(np.int64), PER_OCTAVE)
    width = np.left_shift(1, np.maximum(octave - _BITS, 0))
    low = np.where(octave >= _BITS, (PER_OCTAVE + part) * width, (PER_OCTAVE + part) >> np.maximum(_BITS - octave, 0))
    found: NDArray[np.int64] = low + (width - 1) // 2
    return found


def quotient(part: IntArray, whole: IntArray, scale: int) -> NDArray[np.int64]:
    """Return ``part * scale / whole`` rounded down, exactly; null where `whole` is not above 0."""
    found = np.full(len(part), NULL)
    some = np.flatnonzero(whole > 0)
    exact = part[some].astype(object) * scale // whole[some].astype(object)
    found[some] = np.minimum(exact, _GREATEST).astype(np.int64)
    return found
