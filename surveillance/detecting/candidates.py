"""What a detector returns: candidates with measures, as vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, PPM
from surveillance.kernel import kernel

IntArray = NDArray[Any]

_HIGHEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of one detector, one an element, in the order of their anchors.

    Parameters
    ----------
    row : ndarray of int64
        Anchor of each candidate.
    measures : mapping of str to ndarray of int64
        Measures in their own whole-number units; null (`NULL`) where one cannot be known.
    first, last : ndarray of int64, optional
        Rows between which the events of the candidate lie, both included; by default the window of the detector.
    uses : ndarray of int64, optional
        Last row that a hit uses up where the rule says `consume`; by default `last`.
    rows : sequence of ndarray of int64, optional
        Rows of each candidate's events, ascending, where these are not all those of its key between `first` and
        `last`: a group of accounts has events of several keys. Candidates of one rule with a row in common are one
        episode, whatever their keys.
    """

    row: IntArray
    measures: Mapping[str, IntArray]
    first: IntArray | None = None
    last: IntArray | None = None
    uses: IntArray | None = None
    rows: Sequence[IntArray] | None = None

    @classmethod
    def of_rows(cls, row: IntArray, rows: Sequence[IntArray], measures: Mapping[str, IntArray]) -> Candidates:
        """Return candidates that say their events row by row."""
        first, last = (np.array([each[place] for each in rows], dtype=np.int64) for place in (0, -1))
        return cls(row, measures, first, last, None, rows)


def candidates(
    *, row: IntArray, first: IntArray | None = None, last: IntArray | None = None, uses: IntArray | None = None,
    **measures: IntArray,
) -> Candidates:  # fmt: skip
    """Make candidates; every further keyword is a measure."""
    return Candidates(row, measures, first, last, uses)


def ratio(part: IntArray, whole: IntArray, scale: int = PPM) -> IntArray:
    """Return ``part / whole`` in whole parts of `scale`, rounded half even; null where `whole` is not above 0.

    A ratio above the greatest whole number of 64 bits is that number.

    Parameters
    ----------
    part, whole : ndarray of int64
        Numbers in the same unit; `part` must not be negative.
    scale : int
        Units of the result that make one; parts per million by default.

    Returns
    -------
    ndarray of int64
    """
    part, whole = np.asarray(part, dtype=np.int64), np.asarray(whole, dtype=np.int64)
    if part.shape != whole.shape:
        part, whole = np.broadcast_arrays(part, whole)
    found = np.empty(part.shape, dtype=np.int64)
    _ratio(part.ravel(), whole.ravel(), scale, found.ravel())
    return found


@kernel(allocates=False)
def _part_of(rest: int, scale: int, whole: int) -> tuple[int, int]:
    """Return quotient and remainder of ``rest * scale / whole`` digit by digit: the product may not fit."""
    divisor, quotient, left = np.uint64(whole), np.uint64(0), np.uint64(0)
    for bit in range(62, -1, -1):
        quotient, left = quotient << np.uint64(1), left << np.uint64(1)
        for added in (np.uint64(0), np.uint64(rest if (scale >> bit) & 1 else 0)):  # each step fits 64 bits
            left += added
            if left >= divisor:
                left -= divisor
                quotient += np.uint64(1)
    return np.int64(quotient), np.int64(left)


@kernel("void(Array(int64, 1, 'C', True), Array(int64, 1, 'C', True), int64, int64[::1])", allocates=False)
def _ratio(part: IntArray, whole: IntArray, scale: int, found: IntArray) -> None:
    fits = _HIGHEST // scale
    for row in range(part.shape[0]):
        if whole[row] <= 0 or part[row] == NULL:
            found[row] = NULL
            continue
        divisor, times, rest = np.uint64(whole[row]), np.int64(0), part[row]
        if rest < 0 or rest >= whole[row]:
            times = rest // whole[row]
            rest -= times * whole[row]
        if rest <= fits:
            below = np.int64(np.uint64(rest * scale) // divisor)
            left = rest * scale - below * whole[row]
        else:
            below, left = _part_of(rest, scale, whole[row])
        half = whole[row] - left
        if left > half or (left == half and (below + times % 2 * (scale % 2)) % 2 == 1):
            below += 1
        found[row] = times * scale + below if times <= (_HIGHEST - below) // scale else _HIGHEST


def share(part: IntArray, whole: IntArray) -> IntArray:
    """Return `part` as a share of `whole` in parts per million; null where `whole` is not above 0."""
    return ratio(part, whole, PPM)
