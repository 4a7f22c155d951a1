"""Money into the base currency: the newest rate published before the event, exact, rounded half even.

The quotient is estimated in floating point and mended with the remainder modulo 2**64, as in `arithmetic`; what is
too large for that goes through Python's whole numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.dictionary import Dictionary
from surveillance.events.rates import OLDEST, Rates
from surveillance.events.schema import NULL, NULL_DAY
from surveillance.events.times import DAY_NS
from surveillance.kernel import kernel

LARGE: Final = 2
"""State of a row whose money does not fit 64 bits in the base currency."""

_SLOW: Final = 1
_MOST: Final = 2**63 - 1
_MOST_PART: Final = 2**62
_IN: Final = "Array({0}, 1, 'C', True)"


class Exchange:
    """Money into the base currency, as far as it can be told.

    Parameters
    ----------
    currencies : Dictionary
        Codes of currencies; it may grow.
    base : str
        Currency into which money is converted.
    rates : Rates or None
        What is known; without it, money in other currencies has no value in the base currency.
    """

    def __init__(self, currencies: Dictionary, base: str, rates: Rates | None) -> None:
        self._base = currencies.code(base)
        self._converter = None if rates is None else Converter(rates, currencies, base)

    def convert(
        self, money: NDArray[np.int64], currency: NDArray[np.int32], times: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32] | None, NDArray[np.bool_] | None]:
        """Return what `Converter.convert` does; no days (None) where no rate was needed or none is known."""
        native = currency == self._base
        if native.all():
            return money, None, None
        if self._converter is None:
            return np.where(native, money, NULL), None, None
        return self._converter.convert(money, currency, times)


class Converter:
    """Converts columns of money.

    Parameters
    ----------
    rates : Rates
        What is known.
    currencies : Dictionary
        Codes of currencies; it may grow.
    base : str
        Currency into which money is converted.
    """

    def __init__(self, rates: Rates, currencies: Dictionary, base: str) -> None:
        self._rates, self._currencies, self._base = rates, currencies, base
        self._code = currencies.code(base)
        self._bounds = np.zeros(1, np.int64)  # rates of code c are those from bounds[c] to bounds[c + 1]
        self._days = np.zeros(0, np.int64)
        self._lasts = np.zeros(0, np.int64)
        self._numerators = np.zeros(0, np.int64)
        self._denominators = np.zeros(0, np.int64)
        self._fractions: list[Fraction] = []

    def convert(
        self, money: NDArray[np.int64], currency: NDArray[np.int32], times: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_] | None]:
        """Return money in the base currency, the day of the rate used, and which rows do not fit (None: all do).

        Parameters
        ----------
        money : ndarray of int64
            In units of 10**-4 of its currency; `NULL` stays `NULL`.
        currency : ndarray of int32
            Codes; 0 where the currency is not known.
        times : ndarray of int64
            Of the events, ns UTC.

        Returns
        -------
        tuple of ndarray
            Money (`NULL` where there is no rate), days (`NULL_DAY` where no rate was used) and a mask.
        """
        if len(self._bounds) <= len(self._currencies):
            self._grow()
        rows = len(money)
        based, days = np.empty(rows, np.int64), np.empty(rows, np.int32)
        states, used = np.empty(rows, np.uint8), np.empty(rows, np.int64)
        tables = self._bounds, self._days, self._lasts, self._numerators, self._denominators
        if not convert_rows(money, currency, times, self._code, *tables, based, days, states, used):
            return based, days, None
        for row in np.flatnonzero(states == _SLOW).tolist():
            whole = round(int(money[row]) * self._fractions[used[row]])  # a Fraction is rounded half even
            fits = -_MOST <= whole <= _MOST
            based[row], states[row] = (whole, 0) if fits else (NULL, LARGE)
        return based, days, states == LARGE

    def _grow(self) -> None:
        """Look up the rates of currencies that were not there before."""
        fresh: list[int] = []
        for code in range(len(self._bounds) - 1, len(self._currencies)):
            text = self._currencies.clear(code)
            series = {} if text is None or text == self._base else self._rates.series(text, self._base)
            fresh += series
            self._fractions += series.values()
            self._bounds = np.append(self._bounds, len(self._fractions))
        days = np.array(fresh, np.int64).astype("datetime64[D]")
        too_old = np.busday_offset(days, OLDEST + 1, roll="backward")
        self._days = np.concatenate([self._days, days.astype(np.int64)])
        self._lasts = np.concatenate([self._lasts, too_old.astype(np.int64) - 1])
        small = [max(one.numerator, one.denominator) < _MOST_PART for one in self._fractions]
        parts = list(zip(self._fractions, small, strict=True))
        self._numerators = np.array([one.numerator if fits else 0 for one, fits in parts], np.int64)
        self._denominators = np.array([one.denominator if fits else 0 for one, fits in parts], np.int64)


@kernel(
    f"int64({_IN.format('int64')}, {_IN.format('int32')}, {_IN.format('int64')}, int64, int64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], int64[::1], int32[::1], uint8[::1], int64[::1])"
)
def convert_rows(
    money: NDArray[Any],
    currency: NDArray[Any],
    times: NDArray[Any],
    base: int,
    bounds: NDArray[Any],
    days: NDArray[Any],
    lasts: NDArray[Any],
    numerators: NDArray[Any],
    denominators: NDArray[Any],
    based: NDArray[Any],
    fx_days: NDArray[Any],
    states: NDArray[Any],
    used: NDArray[Any],
) -> int:
    """Convert; rows that need Python's whole numbers get the state 1, and the result counts them and those too large.

    ``days`` ascend inside a currency; ``lasts`` are the last days of events for which a rate is young enough.
    """
    odd = 0
    looked, found = np.full(len(bounds), NULL), np.empty(len(bounds), np.int64)  # the last search of each currency
    for row in range(len(money)):
        amount, code = money[row], np.int64(currency[row])
        based[row], fx_days[row], states[row] = NULL, NULL_DAY, 0
        if amount == NULL or code == 0:
            continue
        if code == base:
            based[row] = amount
            continue
        day = times[row] // DAY_NS
        if looked[code] != day:
            low, high = bounds[code], bounds[code + 1]
            first = low
            while low < high:  # the first rate that is not before the event's day
                middle = (low + high) // 2
                if days[middle] < day:
                    low = middle + 1
                else:
                    high = middle
            found[code] = low - 1 if low > first and day <= lasts[low - 1] else -1
            looked[code] = day
        at = found[code]
        if at < 0:
            continue
        fx_days[row] = days[at]
        used[row] = at
        numerator, denominator = numerators[at], denominators[at]
        size = abs(amount)
        estimate = np.float64(size) * np.float64(numerator)
        if denominator == 0 or estimate > 4e33:
            states[row] = 1
            odd += 1
            continue
        estimate /= np.float64(denominator)
        if estimate > 9.2e18:
            states[row] = 1
            odd += 1
            continue
        whole = np.int64(estimate)
        left = size * numerator - whole * denominator  # both wrap; their difference is small
        mend = left // denominator
        whole += mend
        left -= mend * denominator
        if left > denominator - left or (left == denominator - left and whole & 1):
            whole += 1
        based[row] = whole if amount > 0 else -whole
    return odd
