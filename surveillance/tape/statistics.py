"""Mean and standard deviation from exact sums: whole numbers in, whole numbers out."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL

_LIMB: Final = 62
_SURE: Final = float(1 << 62)


def mean(total: NDArray[Any], known: NDArray[Any]) -> NDArray[np.int64]:
    """Return ``total / known`` rounded half even; null where nothing is known.

    Parameters
    ----------
    total, known : ndarray of int64
        Sum of the values, and how many there are.
    """
    count = np.maximum(known, 1)
    whole, rest = np.divmod(total, count)
    whole += (2 * rest > count) | ((2 * rest == count) & (whole % 2 != 0))
    return np.where(known > 0, whole, NULL)


def deviation(total: NDArray[Any], known: NDArray[Any], squares: NDArray[Any]) -> NDArray[np.int64]:
    """Return the standard deviation of the population, rounded to whole units; null where nothing is known.

    With ``m`` the floor of the mean, the sum of ``(x - m)**2`` follows from the sums of x and x**2 by subtracting
    numbers of up to 124 bits. Modulo 2**64 that is exact whenever the result has fewer than 62 bits; where it has
    more, Python's own integers do it.

    Parameters
    ----------
    total, known : ndarray of int64
        Sum of the values, and how many there are.
    squares : ndarray of int64, shape (2, n)
        Sum of their squares, as ``squares[0] * 2**62 + squares[1]``.
    """
    count = np.maximum(known, 1)
    floor, rest = np.divmod(total, count)
    high, low = squares[0], squares[1]
    about = high.astype(np.float64) * 2.0**_LIMB + low
    near = about - 2.0 * floor * total.astype(np.float64) + count * floor.astype(np.float64) ** 2
    sure = np.abs(near) + about * 2.0**-48 < _SURE
    with np.errstate(over="ignore"):
        modulo = (high.astype(np.uint64) << np.uint64(_LIMB)) + low.astype(np.uint64)
        modulo -= np.uint64(2) * floor.astype(np.uint64) * total.astype(np.uint64)
        modulo += count.astype(np.uint64) * floor.astype(np.uint64) ** 2
    spread = modulo.astype(np.float64) - rest.astype(np.float64) ** 2 / count
    result = np.rint(np.sqrt(np.maximum(spread, 0.0) / count)).astype(np.int64)
    for place in np.flatnonzero(~sure & (known > 0)):
        n, s = int(known[place]), int(total[place])
        both = (int(high[place]) << _LIMB) + int(low[place])
        result[place] = math.isqrt((n * both - s * s) // (n * n))
    return np.where(known > 0, result, NULL)
