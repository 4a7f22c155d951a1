"""Where the rows of a trade are, by its id: what busts and corrections need to find what they revise.

The rows whose ids fall into one bucket are a chain from the newest back, as distances in a column beside the tape.
Chains are never cleaned: a walk ends where the tape does, and what it meets is compared as text.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import Kind
from surveillance.events.text import BYTES, SLICES, text_of_arrow
from surveillance.kernel import kernel
from surveillance.tape.tape import Tape

BUCKETS: Final = 1 << 18
"""Ids fall into so many chains: a walk meets a few others where a window holds a million trades."""

_TRADE: Final = int(Kind.TRADE)


@kernel(f"void({BYTES}, {SLICES}, {SLICES}, int64[::1])", allocates=False)
def _number(data: NDArray[Any], starts: NDArray[Any], ends: NDArray[Any], buckets: NDArray[Any]) -> None:
    """Write the bucket of each text."""
    for row in range(len(starts)):
        if starts[row] == ends[row]:
            buckets[row] = 0
            continue
        mixed = np.uint64(1469598103934665603)
        for place in range(starts[row], ends[row]):
            mixed = (mixed ^ np.uint64(data[place])) * np.uint64(1099511628211)
        buckets[row] = 1 + np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(BUCKETS - 1))


@kernel(nb.void(nb.int64, nb.int64[::1], nb.int8[::1], nb.int64[::1], nb.int32[::1]), allocates=False)
def _chain(first: int, buckets: NDArray[Any], kind: NDArray[Any], newest: NDArray[Any], back: NDArray[Any]) -> None:
    """Put the trades among the rows from `first` on at the ends of their chains."""
    for place in range(len(buckets)):
        row, bucket = first + place, buckets[place]
        if bucket == 0 or kind[row] != _TRADE:
            continue
        before = newest[bucket] - 1
        distance = row - before
        back[row] = distance if before >= 0 and distance <= np.iinfo(np.int32).max else 0
        newest[bucket] = row + 1


class TradeIndex:
    """Rows of trades by trade id, of those that the tape still holds.

    Parameters
    ----------
    tape : Tape
        Its rows from the head on are indexed at once; `add` those that follow.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._back = tape.derive("int32")
        self._newest = np.zeros(BUCKETS + 1, dtype=np.int64)
        for first, texts in tape.id_blocks("trade"):
            self.add(buckets_of(texts), first)

    def add(self, buckets: NDArray[np.int64], first: int) -> None:
        """Index the rows from `first` on, which are in these buckets and are on the tape."""
        self._back.ensure(first + len(buckets))
        _chain(first, buckets, self._tape["kind"], self._newest, self._back.array)

    def rows(self, text: str, bucket: int) -> list[int]:
        """Return the rows of the trade with this id, ascending."""
        tape, found = self._tape, []
        row = int(self._newest[bucket]) - 1
        while row >= tape.head:
            if tape.id_text("trade", row) == text:
                found.append(row)
            step = int(self._back.array[row])
            row = row - step if step else -1
        return found[::-1]


def buckets_of(texts: Any) -> NDArray[np.int64]:
    """Return the bucket of each id (an Arrow string array), counting from 1; 0 for null."""
    text = text_of_arrow(texts)
    buckets = np.empty(len(text), dtype=np.int64)
    _number(text.data, text.starts, text.ends, buckets)
    return buckets
