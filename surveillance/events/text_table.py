"""Texts seen so far, numbered: each row of a column is looked up by its bytes, each new text is handled once.

The table lives as long as its column is read, so a text that stands in every block costs one hash and one
comparison a row, and nothing in Python.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.text import BYTES, SLICES, Text
from surveillance.kernel import kernel

_FEWEST_SLOTS: Final = 1024
_SIZE, _BYTES = 0, 1  # fields of `counts`: texts, bytes of the arena in use


@kernel(
    f"int64({BYTES}, {SLICES}, {SLICES}, int64, uint32[::1], int32[::1], uint8[::1], int64[::1], uint32[::1],"
    " int64[::1])",
    allocates=False,
)
def _number_rows(
    data: NDArray[Any],
    starts: NDArray[Any],
    ends: NDArray[Any],
    first: int,
    slots: NDArray[Any],
    numbers: NDArray[Any],
    arena: NDArray[Any],
    places: NDArray[Any],
    hashes: NDArray[Any],
    counts: NDArray[Any],
) -> int:
    """Give rows from `first` on their numbers; return the row for whose text there was no room, or how many there are.

    Text ``k`` (from 1) is ``arena[places[k - 1]:places[k]]``; `slots` hold its number, `hashes` 32 bits of its hash.
    """
    mask = len(slots) - 1
    for row in range(first, len(starts)):
        start, end = starts[row], ends[row]
        size = end - start
        if size == 0:
            numbers[row] = 0
            continue
        hashed = np.int64(1469598103934665603)
        for at in range(start, end):
            hashed = (hashed ^ np.int64(data[at])) * np.int64(1099511628211)
        short = np.uint32((hashed ^ (hashed >> 29)) & 0xFFFFFFFF)
        slot = np.int64(short) & mask
        found = np.int64(0)
        while slots[slot] != 0:
            number = np.int64(slots[slot])
            if hashes[number] == short and places[number] - places[number - 1] == size:
                same = True
                for step in range(size):
                    if data[start + step] != arena[places[number - 1] + step]:
                        same = False
                        break
                if same:
                    found = number
                    break
            slot = (slot + 1) & mask
        if found == 0:
            used = counts[_BYTES]
            found = counts[_SIZE] + 1
            if 2 * found > len(slots) or found >= len(places) or used + size > len(arena):
                return row
            for step in range(size):
                arena[used + step] = data[start + step]
            places[found] = used + size
            hashes[found] = short
            slots[slot] = np.uint32(found)
            counts[_SIZE], counts[_BYTES] = found, used + size
        numbers[row] = found
    return len(starts)


@kernel("void(uint32[::1], uint32[::1], int64)", allocates=False)
def _fill(slots: NDArray[Any], hashes: NDArray[Any], size: int) -> None:
    """Put the numbers of all texts into empty `slots`."""
    mask = len(slots) - 1
    for number in range(1, size + 1):
        slot = np.int64(hashes[number]) & mask
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = np.uint32(number)


class TextTable:
    """Distinct texts, numbered from 1 in the order in which they were first seen; null is 0."""

    __slots__ = ("_arena", "_counts", "_hashes", "_places", "_slots")

    def __init__(self) -> None:
        self._slots = np.zeros(_FEWEST_SLOTS, dtype=np.uint32)
        self._arena = np.zeros(16 * _FEWEST_SLOTS, dtype=np.uint8)
        self._places = np.zeros(_FEWEST_SLOTS, dtype=np.int64)
        self._hashes = np.zeros(_FEWEST_SLOTS, dtype=np.uint32)
        self._counts = np.zeros(2, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._counts[_SIZE])

    def numbers(self, text: Text) -> NDArray[np.int32]:
        """Return the number of each row's text, numbering those that are new."""
        numbers = np.empty(len(text), dtype=np.int32)
        done = self._number_rows(text, 0, numbers)
        while done < len(text):
            self._grow(int(text.ends[done] - text.starts[done]))
            done = self._number_rows(text, done, numbers)
        return numbers

    def _number_rows(self, text: Text, first: int, numbers: NDArray[np.int32]) -> int:
        return int(
            _number_rows(
                text.data, text.starts, text.ends, first, self._slots, numbers, self._arena, self._places, self._hashes,
                self._counts,
            )
        )  # fmt: skip

    def _grow(self, size: int) -> None:
        """Make room for one more text of `size` bytes, and for many more."""
        texts, used = len(self), int(self._counts[_BYTES])
        if used + size > len(self._arena):
            self._arena = np.concatenate((self._arena, np.zeros(len(self._arena) + size, dtype=np.uint8)))
        if texts + 1 >= len(self._places):
            self._places = np.concatenate((self._places, np.zeros_like(self._places)))
            self._hashes = np.concatenate((self._hashes, np.zeros_like(self._hashes)))
        if 2 * (texts + 1) > len(self._slots):
            self._slots = np.zeros(2 * len(self._slots), dtype=np.uint32)
            _fill(self._slots, self._hashes, texts)

    def bytes_of(self, number: int) -> bytes:
        """Return the bytes of a text."""
        return self._arena[self._places[number - 1] : self._places[number]].tobytes()
