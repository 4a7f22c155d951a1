"""What was traded in an instrument while a finding grew, by anybody: enough of it to draw.

Trades are summed up in intervals of equal length; when there are too many, two become one. The last state depends on
the trades alone, not on the batches in which they came.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.alerts.values import exact, iso_time
from surveillance.events.schema import NULL, Kind
from surveillance.tape.tape import Tape

MOST: Final = 256
"""Intervals that are kept."""

_SHORTEST: Final = 1 << 24
"""Length of the first intervals, ns: about 17 ms."""


class Prices:
    """Trades of one instrument in intervals: first, highest, lowest and last price, and the quantity."""

    __slots__ = ("_bars", "_scales", "_width")

    def __init__(self) -> None:
        self._bars: dict[int, list[int]] = {}
        self._width = _SHORTEST
        self._scales = (0, 0)

    def extend(self, tape: Tape, instrument: int, first: int, last: int) -> None:
        """Add the trades of an instrument among rows `first` to `last`, all later than those before."""
        if not {"price", "instrument", "kind"} <= set(tape.columns):
            return
        rows = slice(first, last + 1)
        found = np.flatnonzero(
            (tape["kind"][rows] == Kind.TRADE)
            & (tape["instrument"][rows] == instrument)
            & (tape["price"][rows] != NULL)
        )
        if not len(found):
            return
        found += first
        terms = tape.dictionaries.terms.rows[int(tape["terms"][found[0]])]
        self._scales = (terms[2], terms[3])
        quantity = tape["quantity"][found] if "quantity" in tape.columns else np.zeros(len(found), np.int64)
        self._take(tape["time"][found], tape["price"][found], np.where(quantity == NULL, 0, quantity))

    def _take(self, times: NDArray[Any], prices: NDArray[Any], quantities: NDArray[Any]) -> None:
        while True:
            keys, starts = np.unique(times // self._width, return_index=True)
            if len(keys) <= MOST and len(self._bars.keys() | set(keys.tolist())) <= MOST:
                break
            self._widen()
        ends = np.append(starts[1:], len(times))
        high, low = np.maximum.reduceat(prices, starts), np.minimum.reduceat(prices, starts)
        amount = np.add.reduceat(quantities, starts)
        for place, key in enumerate(keys.tolist()):
            new = [prices[starts[place]], high[place], low[place], prices[ends[place] - 1], amount[place]]
            self._join(self._bars, key, [int(one) for one in new])

    def _widen(self) -> None:
        self._width *= 2
        bars: dict[int, list[int]] = {}
        for key in sorted(self._bars):
            self._join(bars, key // 2, self._bars[key])
        self._bars = bars

    @staticmethod
    def _join(bars: dict[int, list[int]], key: int, new: list[int]) -> None:
        old = bars.get(key)
        bars[key] = new if old is None else [old[0], max(old[1], new[1]), min(old[2], new[2]), new[3], old[4] + new[4]]

    def bars(self) -> list[list[Any]]:
        """Return each interval that has a trade: its start, then first, highest, lowest, last price and quantity."""
        price, quantity = self._scales
        return [
            [iso_time(key * self._width), *(exact(one, 10**price) for one in bar[:4]), exact(bar[4], 10**quantity)]
            for key, bar in sorted(self._bars.items())
        ]
