"""The events of a finding: how many, from when to when, and a digest of them all."""

from __future__ import annotations

import hashlib
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, NULL_DAY
from surveillance.kernel import kernel
from surveillance.tape.tape import Tape

_I1, _I4, _I8 = nb.int8[::1], nb.int32[::1], nb.int64[::1]


@kernel(nb.int64(nb.int64, nb.int64, _I4, _I1, nb.int64, _I4, nb.boolean, _I4, _I8, _I8, _I8, _I8), allocates=False)
def gather_rows(
    low: int, high: int, keys: NDArray[Any], kind: NDArray[Any], mask: int, part: NDArray[Any], parted: bool,
    slots: NDArray[Any], first: NDArray[Any], last: NDArray[Any], rows: NDArray[Any], owners: NDArray[Any],
) -> int:  # fmt: skip
    """Find the rows of some keys; return how many there are, writing as many as `rows` can take.

    `slots` gives each key code 1 + its place in `first` and `last` (the rows between which it wants events), 0 for
    keys that nobody asks about. Where `parted`, it wants those of the same `part` of the tape as its last row.
    """
    found = 0
    for row in range(low, high):
        slot = slots[keys[row]]
        if slot == 0 or ((mask >> kind[row]) & 1) == 0 or row < first[slot - 1] or row > last[slot - 1]:
            continue
        if parted and part[row] != part[last[slot - 1]]:
            continue
        if found < rows.shape[0]:
            rows[found] = row
            owners[found] = slot - 1
        found += 1
    return found


_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def digest_of(positions: NDArray[np.int64], salt: int) -> int:
    """Return the sum (modulo 2**64) of splitmix64 of the events' positions in their source.

    A sum does not depend on how the events were batched.
    """
    mixed = positions.astype(np.uint64) + np.uint64(salt)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return int((mixed ^ (mixed >> np.uint64(31))).sum(dtype=np.uint64))


def salt_of(source: str) -> int:
    """Return a number for a source that depends on its name alone."""
    return int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], "little")


class Trail:
    """Events of one finding, taken from the tape as they join it."""

    __slots__ = (
        "count", "digest", "first_row", "first_time", "last_row", "last_time", "trading_day",
    )  # fmt: skip

    def __init__(self) -> None:
        self.count = 0
        self.digest = 0
        self.first_row = -1
        self.last_row = -1
        self.first_time = self.last_time = NULL
        self.trading_day = NULL_DAY

    def extend(self, tape: Tape, rows: NDArray[np.int64], salts: dict[int, int]) -> None:
        """Add rows, ascending and all later than those before.

        Parameters
        ----------
        salts : dict of int to int
            A number for each source's ordinal, made from its name, so that digests do not depend on ordinals.
        """
        if not len(rows):
            return
        if self.first_row < 0:
            self.first_row, self.first_time = int(rows[0]), int(tape["time"][rows[0]])
            self.trading_day = int(tape["trading_day"][rows[0]]) if "trading_day" in tape.columns else NULL_DAY
        self.last_row, self.last_time = int(rows[-1]), int(tape["time"][rows[-1]])
        self.count += len(rows)
        sources = tape["source"][rows]
        for source in np.unique(sources):
            self.digest += digest_of(tape["position"][rows[sources == source]], salts.get(int(source), 0))
        self.digest &= (1 << 64) - 1
