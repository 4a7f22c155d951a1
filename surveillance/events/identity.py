"""What identifies a record: the values of some columns, as a number that two records share only if they are the same.

The number has 122 bits and is made with keys that are drawn anew in each process. So nobody can choose an id that is
taken for another one, and that it happens by chance need not be thought of. The numbers never leave the process.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.raw import as_text
from surveillance.events.schema import IDENTITY, NULL
from surveillance.events.text import BYTES, SLICES
from surveillance.kernel import kernel

_PRIME: Final = (1 << 61) - 1
_LOW_31: Final = (1 << 31) - 1
_LOW_30: Final = (1 << 30) - 1
_BLOCK: Final = 7
"""Bytes that are hashed at a time: they are less than the prime."""

_KEYS: Final = [secrets.randbelow(_PRIME - 2) + 2 for _ in IDENTITY]


@kernel(allocates=False)
def _times(one: int, other: int) -> int:
    """Multiply modulo 2**61 - 1."""
    high, low, other_high, other_low = one >> 31, one & _LOW_31, other >> 31, other & _LOW_31
    middle = high * other_low + low * other_high
    found = 2 * high * other_high + (middle >> 30) + ((middle & _LOW_30) << 31) + low * other_low
    found = (found & _PRIME) + (found >> 61)
    return found - _PRIME if found >= _PRIME else found


@kernel(f"void({BYTES}, {SLICES}, {SLICES}, int64, int64[::1], boolean[::1])", allocates=False)
def _add_column(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    key: int,
    hashes: NDArray[np.int64],
    given: NDArray[np.bool_],
) -> None:
    """Go on with the polynomial of each row: its text in blocks, then the length of it."""
    for row in range(len(starts)):
        place, end, found = starts[row], ends[row], hashes[row]
        if place < end:
            given[row] = True
        while place < end:
            block, shift = 0, 0
            while place < end and shift < 8 * _BLOCK:
                block |= np.int64(data[place]) << shift
                place, shift = place + 1, shift + 8
            found = (_times(found, key) + block) % _PRIME
        hashes[row] = (_times(found, key) + 1 + end - starts[row]) % _PRIME


def identities(columns: Sequence[Any], part: NDArray[np.int8] | None) -> dict[str, NDArray[np.int64]]:
    """Return the columns that identify each row.

    Parameters
    ----------
    columns : sequence of Text or pyarrow.Array
        The values that together say which record it is. Where all are null, nothing does.
    part : ndarray of int8 or None
        Which half of a record each row is: halves are not the same.

    Returns
    -------
    dict of str to ndarray of int64
        `schema.IDENTITY`; null where nothing identifies the row.
    """
    texts = [as_text(column) for column in columns]
    rows = len(texts[0])
    found = {}
    for column, key in zip(IDENTITY, _KEYS, strict=True):
        hashes = np.ones(rows, np.int64) if part is None else part.astype(np.int64) + 1
        given = np.zeros(rows, np.bool_)
        for text in texts:
            _add_column(text.data, text.starts, text.ends, key, hashes, given)
        hashes[~given] = NULL
        found[column.name] = hashes
    return found
