"""Codes of the terms of instruments: class, band, scales, tick size and multiplier of each row as one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.dictionary import PLAIN_MULTIPLIER, TermsTable
from surveillance.events.money_rows import BANDS, NONE, NONE_SMALL, PLAIN, SCALES, SPREAD, number_terms

MOST_TERMS: Final = 1 << 16
"""From so many terms on those that are new have no multiplier: a feed may give each trade another."""

_NO_TICKS: Final = np.zeros(0, np.int32)


class TermsCoder:
    """Gives the rows of one source the codes of their terms.

    Parameters
    ----------
    table : TermsTable
        Where terms have their codes.
    tick : callable
        Code of a tick size to the tick size.
    """

    def __init__(self, table: TermsTable, tick: Callable[[int], int]) -> None:
        self._table, self._tick = table, tick
        self._slots = np.zeros((1024, 3), np.int64)
        self._size = 0

    def codes(
        self,
        columns: dict[str, NDArray[Any]],
        price_scale: NDArray[np.int8],
        quantity_scale: NDArray[np.int8],
        ticks: NDArray[np.int32] | None,
        multipliers: NDArray[np.int64] | None,
    ) -> NDArray[np.int32]:
        """Return the code of each row's terms.

        Parameters
        ----------
        columns : dict of str to ndarray
            Of a block; ``asset_class`` and ``band`` are read if they are there.
        price_scale, quantity_scale : ndarray of int8
            Decimals.
        ticks : ndarray of int32 or None
            Codes of tick sizes; None: not known.
        multipliers : ndarray of int64 or None
            Contract multipliers at 10**-6; None: all 1.
        """
        codes = np.empty(len(price_scale), np.int32)
        classes, bands = columns.get("asset_class", NONE_SMALL), columns.get("band", NONE_SMALL)
        sizes = _NO_TICKS if ticks is None else ticks
        times = NONE if multipliers is None else multipliers
        row = 0
        while True:
            arguments = classes, bands, price_scale, quantity_scale, sizes, times, PLAIN_MULTIPLIER
            row = number_terms(row, *arguments, self._slots, codes)
            if row == len(codes):
                return codes
            if self._size >= MOST_TERMS and len(times) and times[row] != 0:
                times = np.where(np.arange(len(times)) < row, times, np.where(times == PLAIN_MULTIPLIER, times, 0))
                continue
            asset_class = int(classes[row]) if len(classes) else 0
            band = int(bands[row]) if len(bands) else 0
            scales = int(price_scale[row]), int(quantity_scale[row])
            tick = int(sizes[row]) if len(sizes) else 0
            self._add(asset_class, band, *scales, tick, int(times[row]) if len(times) else PLAIN_MULTIPLIER)

    def _add(
        self, asset_class: int, band: int, price_scale: int, quantity_scale: int, tick: int, multiplier: int
    ) -> None:
        known = max(multiplier, 0)  # of a derivative without one the multiplier is null
        code = self._table.code(asset_class, band, price_scale, quantity_scale, self._tick(tick), known)
        key = ((asset_class * BANDS + band) * SCALES + price_scale) * SCALES + quantity_scale + tick * PLAIN
        if 2 * self._size >= len(self._slots):
            old, self._slots = self._slots, np.zeros((2 * len(self._slots), 3), np.int64)
            for one in old[old[:, 2] != 0]:
                self._put(one)
        self._put(np.array([key, multiplier, code + 1], np.int64))
        self._size += 1

    def _put(self, entry: NDArray[np.int64]) -> None:
        mask = len(self._slots) - 1
        slot = (int(entry[0]) + int(entry[1]) % SPREAD) & mask
        while self._slots[slot, 2]:
            slot = (slot + 1) & mask
        self._slots[slot] = entry
