"""Counts and weighs the deals of each pair of accounts, instrument by instrument."""

from __future__ import annotations

import math
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.kernel import kernel
from surveillance.tape.deal_kernels import CLASSES

FIELDS: Final = 10
ONE, TWO, COUNT, OFTEN, CLOSE, FORTH, BACK, FIRST, _TIMED, _SIZED = range(FIELDS)
"""Fields of a pair; the last two hold sums of logarithms while a pass runs."""

_SCALE: Final = 1_000_000
_MOST_TERMS: Final = 400
_ENOUGH: Final = 1e-12

Array = NDArray[Any]
_I2, _I4, _I8, _I8_2 = nb.int16[::1], nb.int32[::1], nb.int64[::1], nb.int64[:, ::1]


@kernel(allocates=False)
def _often(count: int, mean: float) -> float:
    """Return the decimal logarithm of 1 / P(Poisson(mean) >= count); 0 where that is nothing unusual."""
    if count <= mean or mean <= 0:
        return 0.0
    term, total = 1.0, 1.0
    for step in range(1, _MOST_TERMS):
        term *= mean / (count + step)
        total += term
        if term < _ENOUGH:
            break
    return max(0.0, -(count * math.log(mean) - mean - math.lgamma(count + 1.0) + math.log(total)) / math.log(10.0))


@kernel(allocates=False)
def _close(parts: int, total: float) -> float:
    """Return the decimal logarithm of 1 / P(Gamma(parts) >= total); 0 where that is nothing unusual."""
    if total <= parts:
        return 0.0
    term, summed = 1.0, 1.0
    for step in range(1, parts):
        term *= (parts - step) / total
        summed += term
        if term < _ENOUGH:
            break
    log = (parts - 1) * math.log(total) - total - math.lgamma(float(parts)) + math.log(summed)
    return max(0.0, -log / math.log(10.0))


@kernel(allocates=False)
def _tenths(logarithm: float) -> int:
    """Round to tenths: no more is known, and the last bits of a logarithm are not the same on all machines."""
    return round(logarithm * 10.0) * (_SCALE // 10)


@kernel(allocates=False)
def _rank(counts: Array, which: int, every: int, from_top: bool) -> None:
    """Turn counts by class into -ln of the share of deals in this class and the closer (or larger) ones, in 10**-6."""
    running = 0
    for step in range(CLASSES):
        place = CLASSES - 1 - step if from_top else step
        running += counts[which, place]
        counts[which, place] = round(-math.log(max(running, 1) / every) * _SCALE)


@kernel(allocates=False)
def _weigh(at: int, every: int, taken: Array, found: Array) -> None:
    """Say how unlikely so many deals of a pair are, and how unlikely it is that they are so closely matched."""
    count, one, two = found[at, COUNT], found[at, ONE], found[at, TWO]
    mine, theirs = taken[one], taken[two]
    mean = mine * theirs / (2.0 * every) if one != two else mine * mine / (4.0 * every)
    timed, sized = found[at, _TIMED] / _SCALE, found[at, _SIZED] / _SCALE
    close = max(_close(2 * count, timed), _close(3 * count, timed + sized))
    found[at, OFTEN], found[at, CLOSE] = _tenths(_often(count, mean)), _tenths(close)


@kernel(
    nb.int64(_I8, _I8, _I4, _I4, _I8, _I2, _I2, _I2, _I8, nb.int64, _I8, _I8_2, _I8, _I8_2, _I8),
    allocates=False,
)
def tie_pass(
    order: Array, bounds: Array, buyer: Array, seller: Array, quantity: Array, near: Array, unlike: Array, size: Array,
    taken: Array, least: int, pair: Array, found: Array, slots: Array, counts: Array, moved: Array,
) -> int:  # fmt: skip
    """Write the pairs with at least `least` deals to `found` and each deal's pair to `pair`; return how many pairs.

    `order` are deals by instrument, from each of `bounds` to the next one instrument's. The rest is room to work in:
    `taken` for a count by account, all 0; `slots`, at least twice as many as an instrument has deals and a power of
    two, or 16; `counts` for three ranks of `CLASSES`; `moved` for a number by pair.
    """
    pairs = 0
    for part in range(bounds.shape[0] - 1):
        low, high = bounds[part], bounds[part + 1]
        every = high - low
        for place in range(CLASSES):
            counts[0, place] = counts[1, place] = counts[2, place] = 0
        room = 16
        while room < 2 * every:
            room *= 2
        for slot in range(room):
            slots[slot] = 0
        for place in range(low, high):
            deal = order[place]
            counts[0, near[deal]] += 1
            counts[1, unlike[deal]] += 1
            counts[2, size[deal]] += 1
            taken[buyer[deal]] += 1
            taken[seller[deal]] += 1
        for which in range(3):
            _rank(counts, which, every, which == 2)
        begin = pairs
        for place in range(low, high):
            deal = order[place]
            less, more = min(buyer[deal], seller[deal]), max(buyer[deal], seller[deal])
            mixed = ((np.uint64(less) << np.uint64(32)) | np.uint64(more)) * np.uint64(0x9E3779B97F4A7C15)
            slot = np.int64((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(8)) & (room - 1)
            while slots[slot] != 0:
                first, second = found[slots[slot] - 1, ONE], found[slots[slot] - 1, TWO]
                if min(first, second) == less and max(first, second) == more:
                    break
                slot = (slot + 1) & (room - 1)
            if slots[slot] == 0:
                slots[slot] = pairs + 1
                for field in range(FIELDS):
                    found[pairs, field] = 0
                found[pairs, ONE], found[pairs, TWO], found[pairs, FIRST] = buyer[deal], seller[deal], deal
                pairs += 1
            at = slots[slot] - 1
            pair[deal] = at
            found[at, COUNT] += 1
            if buyer[deal] == found[at, ONE]:
                found[at, FORTH] += quantity[deal]
            else:
                found[at, BACK] += quantity[deal]
            found[at, _TIMED] += counts[0, near[deal]] + counts[1, unlike[deal]]
            found[at, _SIZED] += counts[2, size[deal]]
        kept = begin
        for at in range(begin, pairs):
            moved[at] = -1
            if found[at, COUNT] >= least:
                _weigh(at, every, taken, found)
                for field in range(FIELDS):
                    found[kept, field] = found[at, field]
                moved[at] = kept
                kept += 1
        for place in range(low, high):
            deal = order[place]
            pair[deal] = moved[pair[deal]]
            taken[buyer[deal]] = taken[seller[deal]] = 0
        pairs = kept
    return pairs
