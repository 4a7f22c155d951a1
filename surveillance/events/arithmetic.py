"""Price times quantity as money, exact: nothing wraps, and a half goes to the even neighbour.

Price and quantity at six decimals each make products of more than 64 bits for ordinary trades. The quotient is
estimated in floating point and mended with the remainder modulo 2**64, which is exact while the estimate is off by
little; the few rows outside of that go through Python's whole numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import MONEY_SCALE, NULL
from surveillance.kernel import kernel

NUMBERS: Final = "Array(int64, 1, 'C', True)"
SCALES: Final = "Array(int8, 1, 'C', True)"
MULTIPLIER_SCALE: Final = 6
"""Contract multipliers are held in units of 10**-6."""
PERCENT_DECIMALS: Final = 2
"""A clean price is per 100 of face."""

_TENS: Final = np.array([10**power for power in range(19)], np.int64)
_PARTS: Final = np.array([10.0**-power for power in range(19)])
_MOST: Final = 2**63 - 1


def multiply_money(
    prices: NDArray[np.int64],
    quantities: NDArray[np.int64],
    multipliers: NDArray[np.int64],
    decimals: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return ``|price| x quantity x multiplier`` as money at 10**-4, rounded half even.

    Parameters
    ----------
    prices, quantities : ndarray of int64
        Whole numbers at their scales; `NULL` in one of them makes the money `NULL`.
    multipliers : ndarray of int64
        At 10**-6, one a row or one for all; `NULL` makes the money `NULL`.
    decimals : ndarray of int8
        Sum of the three scales, a row.

    Returns
    -------
    tuple of ndarray
        Money (`NULL` where there is none) and a mask of the rows whose money does not fit 64 bits.
    """
    money, states = np.empty(len(prices), np.int64), np.empty(len(prices), np.uint8)
    slow = multiply_rows(prices, quantities, multipliers, decimals, money, states)
    if slow:
        for row in np.flatnonzero(states == 1).tolist():
            multiplier = int(multipliers[row if len(multipliers) > 1 else 0])
            exact = abs(int(prices[row]) * int(quantities[row]) * multiplier)
            money[row] = rounded = _half_even(exact, int(decimals[row]) - MONEY_SCALE)
            states[row] = 2 if rounded == NULL else 0
    return money, states == 2


def rescaled(number: int, step: int) -> int:
    """Return ``number x 10**step`` rounded half even; `NULL` when it does not fit 64 bits."""
    return _half_even(number, -step)


def _half_even(number: int, power: int) -> int:
    """Return ``number / 10**power`` rounded half even; `NULL` when it does not fit 64 bits."""
    if power <= 0:
        whole = number * 10**-power
    else:
        whole, left = divmod(number, 10**power)
        whole += 2 * left > 10**power or (2 * left == 10**power and whole & 1)
    return whole if abs(whole) <= _MOST else NULL


@kernel(f"int64({NUMBERS}, {NUMBERS}, {NUMBERS}, {SCALES}, int64[::1], uint8[::1])")
def multiply_rows(
    prices: NDArray[np.int64],
    quantities: NDArray[np.int64],
    multipliers: NDArray[np.int64],
    decimals: NDArray[np.int8],
    money: NDArray[np.int64],
    states: NDArray[np.uint8],
) -> int:
    """Multiply; rows that need Python's whole numbers get the state 1 and are counted in the result."""
    slow, many = 0, len(multipliers) > 1
    for row in range(len(prices)):
        price, quantity, multiplier = prices[row], quantities[row], multipliers[row if many else 0]
        money[row] = NULL
        states[row] = 0
        if price == NULL or quantity == NULL or multiplier == NULL:  # noqa: PLR1714 - a kernel
            continue
        power = np.int64(decimals[row]) - MONEY_SCALE
        if multiplier == 1000000:  # nearly always, and a division costs as much as all the rest
            multiplier = 1
            power -= MULTIPLIER_SCALE
        elif multiplier % 1000000 == 0:
            multiplier //= 1000000
            power -= MULTIPLIER_SCALE
        price, quantity, multiplier = abs(price), abs(quantity), abs(multiplier)
        while power < 0 and multiplier < 1000000000000:  # fewer decimals than money has: cents times whole shares
            multiplier *= 10
            power += 1
        scaled = np.float64(price) * np.float64(multiplier)
        estimate = scaled * np.float64(quantity)
        if power < 0 or power > 14 or scaled > 9e18 or estimate > 4e33:
            states[row] = 1
            slow += 1
            continue
        price *= multiplier
        unit = _TENS[power]
        estimate *= _PARTS[power]
        if estimate > 9.2e18:
            states[row] = 1
            slow += 1
            continue
        whole = np.int64(estimate)
        left = price * quantity - whole * unit  # both wrap; their difference is small
        if left < 0 or left >= unit:
            mend = left // unit
            whole += mend
            left -= mend * unit
        if left > unit - left or (left == unit - left and whole & 1):
            whole += 1
        money[row] = whole
    return slow
