"""What a detector returns: candidates with measures, as vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, PPM

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
    """

    row: IntArray
    measures: Mapping[str, IntArray]
    first: IntArray | None = None
    last: IntArray | None = None
    uses: IntArray | None = None


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
    part, whole = np.broadcast_arrays(np.asarray(part, dtype=np.int64), np.asarray(whole, dtype=np.int64))
    known = (whole > 0) & (part != NULL)
    divisor = np.where(known, whole, 1)
    whole_times, rest = np.divmod(np.where(known, part, 0), divisor)
    if divisor.max(initial=0) <= _HIGHEST // scale:
        below, left = np.divmod(rest * scale, divisor)
    else:  # rest x scale may not fit: rare enough for Python's own integers
        pairs = [divmod(int(r) * scale, int(d)) for r, d in zip(rest, divisor, strict=True)]
        below = np.array([pair[0] for pair in pairs], dtype=np.int64)
        left = np.array([pair[1] for pair in pairs], dtype=np.int64)
    half = divisor - left
    odd = (below + whole_times % 2 * (scale % 2)) % 2 == 1
    below += (left > half) | ((left == half) & odd)
    fits = whole_times <= (_HIGHEST - below) // scale
    result = np.where(fits, whole_times, 0) * scale + below
    return np.where(known, np.where(fits, result, _HIGHEST), NULL)


def share(part: IntArray, whole: IntArray) -> IntArray:
    """Return `part` as a share of `whole` in parts per million; null where `whole` is not above 0."""
    return ratio(part, whole, PPM)
