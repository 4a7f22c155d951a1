"""Pairs of codes become dense codes, so that what is kept per key is an array and not a dictionary.

The table is open addressing with linear probing. A slot holds the code and 32 bits of the pair's hash: a probe
that misses ends in the slot, and the pair itself is compared before a code is given, so codes are exact.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.kernel import kernel

_FEWEST_SLOTS: Final = 64
_FEWEST_ENTRIES: Final = 32
_SIZE, _FREE = 0, 1  # fields of `counts`
_PAIR, _LAST_ROW = 0, 1  # fields of an entry
_UNUSED: Final = int(np.iinfo(np.int64).min)  # last row of a code that no pair has

_INPUT = "Array(int32, 1, 'A', True)"  # also takes read-only columns, such as those that arrow lends

_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(0xFFFFFFFF00000000)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_MULTIPLY_1, _MULTIPLY_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@kernel(allocates=False, inlined=True)
def _mix(pair: int) -> Any:
    """Finaliser of splitmix64: every bit of the pair moves every bit of the hash."""
    mixed = np.uint64(pair)
    mixed = (mixed ^ (mixed >> _30)) * _MULTIPLY_1
    mixed = (mixed ^ (mixed >> _27)) * _MULTIPLY_2
    return mixed ^ (mixed >> _31)


@kernel(
    f"int64({_INPUT}, {_INPUT}, int32[:], int64, int64, uint64[::1], int64[:,::1], int32[::1], int64[::1])",
    allocates=False,
)
def _code_rows(
    left: NDArray[Any],
    right: NDArray[Any],
    out: NDArray[Any],
    start: int,
    first_row: int,
    slots: NDArray[Any],
    entries: NDArray[Any],
    free: NDArray[Any],
    counts: NDArray[Any],
) -> int:
    """Code rows from `start`; return the row at which there was no room for a new pair, or the number of rows."""
    mask = np.uint64(len(slots) - 1)
    one = np.uint64(1)
    previous_pair = np.int64(0)
    previous_code = np.int64(0)
    for row in range(start, len(left)):
        if left[row] == 0 or right[row] == 0:
            out[row] = 0
            continue
        pair = (np.int64(left[row]) << 32) | np.int64(right[row])
        if pair == previous_pair:
            out[row] = previous_code
            entries[previous_code, _LAST_ROW] = first_row + row
            continue
        mixed = _mix(pair)
        at = mixed & mask
        code = np.int64(0)
        while slots[at] != 0:
            if (slots[at] ^ mixed) <= _LOW:
                code = np.int64(slots[at] & _LOW)
                if entries[code, _PAIR] == pair:
                    break
                code = np.int64(0)
            at = (at + one) & mask
        if code == 0:
            live = counts[_SIZE] - counts[_FREE]
            if 2 * live > len(slots):
                return row
            if counts[_FREE] > 0:
                counts[_FREE] -= 1
                code = np.int64(free[counts[_FREE]])
            elif counts[_SIZE] < len(entries):
                code = counts[_SIZE]
                counts[_SIZE] += 1
            else:
                return row
            entries[code, _PAIR] = pair
            slots[at] = (mixed & _HIGH) | np.uint64(code)
        entries[code, _LAST_ROW] = first_row + row
        out[row] = code
        previous_pair, previous_code = pair, code
    return len(left)


@kernel("int64(int64, uint64[::1], int64[:,::1])", allocates=False)
def _find(pair: int, slots: NDArray[Any], entries: NDArray[Any]) -> int:
    mask = np.uint64(len(slots) - 1)
    at = _mix(pair) & mask
    while slots[at] != 0:
        code = np.int64(slots[at] & _LOW)
        if entries[code, _PAIR] == pair:
            return int(code)
        at = (at + np.uint64(1)) & mask
    return 0


@kernel("void(uint64[::1], int64[:,::1], int64)", allocates=False)
def _fill_slots(slots: NDArray[Any], entries: NDArray[Any], size: int) -> None:
    """Put all pairs in use into empty `slots`."""
    mask = np.uint64(len(slots) - 1)
    for code in range(1, size):
        if entries[code, _LAST_ROW] != _UNUSED:
            mixed = _mix(entries[code, _PAIR])
            at = mixed & mask
            while slots[at] != 0:
                at = (at + np.uint64(1)) & mask
            slots[at] = (mixed & _HIGH) | np.uint64(code)


def _slots_for(pairs: int) -> int:
    """Slots that hold `pairs` at most a third full, so that there is room before the next rehash."""
    return max(_FEWEST_SLOTS, 1 << (3 * pairs).bit_length())


class PairCoder:
    """Give each distinct pair of codes a code of its own, counting from 1; 0 is null.

    Codes of forgotten pairs are used again, lowest first. So memory follows the most pairs that were in use at
    once: about 50 bytes a pair.
    """

    __slots__ = ("_counts", "_entries", "_free", "_slots")

    def __init__(self) -> None:
        self._slots = np.zeros(_FEWEST_SLOTS, dtype=np.uint64)
        self._entries = np.zeros((_FEWEST_ENTRIES, 2), dtype=np.int64)
        self._entries[:, _LAST_ROW] = _UNUSED
        self._free = np.zeros(0, dtype=np.int32)
        self._counts = np.array([1, 0], dtype=np.int64)

    def codes(self, left: NDArray[np.int32], right: NDArray[np.int32], out: NDArray[np.int32], first_row: int) -> None:
        """Write the code of each pair into `out` and note the row as the pair's last.

        Parameters
        ----------
        left, right : ndarray of int32
            Codes, 0 for null; a pair with a null side has code 0.
        out : ndarray of int32
            Takes the codes; as long as `left` and `right`.
        first_row : int
            Row of the first pair; rows grow from call to call.

        Raises
        ------
        ValueError
            The three arrays differ in length.
        """
        if not len(left) == len(right) == len(out):
            raise ValueError(f"{len(left)} left codes, {len(right)} right codes and {len(out)} places for them")
        done = _code_rows(left, right, out, 0, first_row, self._slots, self._entries, self._free, self._counts)
        while done < len(left):
            self._grow()
            done = _code_rows(left, right, out, done, first_row, self._slots, self._entries, self._free, self._counts)

    def _grow(self) -> None:
        size = self.size
        if 2 * (len(self) + 1) > len(self._slots):
            self._slots = np.zeros(2 * len(self._slots), dtype=np.uint64)
            _fill_slots(self._slots, self._entries, size)
        if size == len(self._entries) and not self._counts[_FREE]:
            self._resize_entries(2 * size)

    def _resize_entries(self, length: int) -> None:
        entries = np.zeros((length, 2), dtype=np.int64)
        entries[:, _LAST_ROW] = _UNUSED
        kept = min(length, self.size)
        entries[:kept] = self._entries[:kept]
        self._entries = entries

    def __len__(self) -> int:
        return int(self._counts[_SIZE] - 1 - self._counts[_FREE])

    @property
    def size(self) -> int:
        """Highest code + 1: arrays of state by code need this length. It can fall after `forget`."""
        return int(self._counts[_SIZE])

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._slots.nbytes + self._entries.nbytes + self._free.nbytes + self._counts.nbytes

    @property
    def left_of(self) -> NDArray[np.int32]:
        """Left code by code (a copy, `size` long); 0 for codes that no pair has."""
        return (self._entries[: self.size, _PAIR] >> 32).astype(np.int32)

    @property
    def right_of(self) -> NDArray[np.int32]:
        """Right code by code (a copy, `size` long); 0 for codes that no pair has."""
        return (self._entries[: self.size, _PAIR] & 0xFFFFFFFF).astype(np.int32)

    @property
    def last_row(self) -> NDArray[np.int64]:
        """Row in which each code was last seen (a view, `size` long); the least int64 for codes that no pair has."""
        return self._entries[: self.size, _LAST_ROW]

    def pair(self, code: int) -> tuple[int, int]:
        """Return the pair that has `code`; (0, 0) for code 0.

        Raises
        ------
        KeyError
            No pair has this code.
        """
        if code == 0:
            return 0, 0
        if not 0 < code < self.size or self._entries[code, _LAST_ROW] == _UNUSED:
            raise KeyError(code)
        pair = int(self._entries[code, _PAIR])
        return pair >> 32, pair & 0xFFFFFFFF

    def find(self, left: int, right: int) -> int:
        """Return the code of a pair, or 0 when it has none."""
        if left == 0 or right == 0:
            return 0
        return int(_find((left << 32) | right, self._slots, self._entries))

    def forget(self, before_row: int) -> NDArray[np.int32]:
        """Free the codes of all pairs last seen before `before_row`.

        Costs one pass over all codes. Whoever keeps state by code clears it for the codes returned, since new pairs
        will get them.

        Returns
        -------
        ndarray of int32
            The codes freed, ascending.
        """
        last = self.last_row
        freed = np.flatnonzero((last < before_row) & (last != _UNUSED)).astype(np.int32)
        if not len(freed):
            return freed
        self._entries[freed, _PAIR] = 0
        self._entries[freed, _LAST_ROW] = _UNUSED
        used = self._entries[: self.size, _LAST_ROW] != _UNUSED
        used[0] = True
        size = int(np.flatnonzero(used)[-1]) + 1
        free = np.flatnonzero(~used[:size])[::-1].astype(np.int32)
        self._free = free
        self._counts[:] = size, len(free)
        if 4 * size < len(self._entries):
            self._resize_entries(max(_FEWEST_ENTRIES, 2 * size))
        slots = min(len(self._slots), _slots_for(len(self)))
        self._slots = np.zeros(slots, dtype=np.uint64)
        _fill_slots(self._slots, self._entries, size)
        return freed
