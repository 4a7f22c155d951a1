"""What the door does with the numbers of each row: are they sound, which multiplier and which terms do they have."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import MAX_DECIMALS, NULL, AssetClass, Kind
from surveillance.kernel import kernel

SCALES: Final = MAX_DECIMALS + 1
BANDS: Final = 4
PLAIN: Final = 8 * BANDS * SCALES * SCALES
"""Classes, bands and scales that instruments of one tick size and multiplier can have."""

SPREAD: Final = 65521
"""Terms go to place ``key + multiplier % SPREAD`` of their hash table."""

NONE: Final = np.zeros(0, np.int64)
NONE_SMALL: Final = np.zeros(0, np.int8)
"""What stands for a column that is not there."""

_I1: Final = "Array(int8, 1, 'C', True)"
_I4: Final = "Array(int32, 1, 'C', True)"
_I8: Final = "Array(int64, 1, 'C', True)"
_ORDER, _TRADE, _DERIVATIVE = int(Kind.ORDER), int(Kind.TRADE), int(AssetClass.DERIVATIVE)


@kernel(f"boolean({_I8}, {_I8}, {_I8}, {_I1}, boolean)", allocates=False)
def sound(
    price: NDArray[Any], quantity: NDArray[Any], notional: NDArray[Any], kind: NDArray[Any], negative_prices: bool
) -> bool:
    """Tell whether no row has a number that no event can have; `MoneyDoor` says which and why."""
    prices, quantities, notionals = len(price) > 0, len(quantity) > 0, len(notional) > 0
    for row in range(len(kind)):
        if prices and not negative_prices and price[row] <= 0 and price[row] != NULL:
            return False
        sized = False
        if notionals:
            if notional[row] < 0 and notional[row] != NULL:
                return False
            sized = notional[row] > 0
        if quantities:
            if quantity[row] < 0 and quantity[row] != NULL:
                return False
            sized = sized or quantity[row] > 0
        if not sized and (kind[row] == _ORDER or kind[row] == _TRADE):
            return False
    return True


@kernel(f"void({_I1}, {_I8}, int64, int64, int64[::1])", allocates=False)
def choose_multipliers(
    classes: NDArray[Any], given: NDArray[Any], usual: int, one: int, multipliers: NDArray[Any]
) -> None:
    """Write the multiplier that a derivative is given, or else the usual one; `one` for all other rows."""
    told = len(given) > 0
    for row in range(len(classes)):
        if classes[row] != _DERIVATIVE:
            multipliers[row] = one
        elif told and given[row] != NULL:
            multipliers[row] = given[row]
        else:
            multipliers[row] = usual


@kernel(f"int64(int64, {_I1}, {_I1}, {_I1}, {_I1}, {_I4}, {_I8}, int64, int64[:, ::1], int32[::1])", allocates=False)
def number_terms(
    first: int,
    classes: NDArray[Any],
    bands: NDArray[Any],
    price_scale: NDArray[Any],
    quantity_scale: NDArray[Any],
    ticks: NDArray[Any],
    multipliers: NDArray[Any],
    one: int,
    slots: NDArray[Any],
    codes: NDArray[Any],
) -> int:
    """Write the code of each row's terms from row `first` on; return the first row whose terms are new, or all rows.

    `slots` are a hash table of (terms without multiplier, multiplier, code + 1), a power of two of them.
    """
    mask = len(slots) - 1
    known, times, code = np.int64(-1), np.int64(0), np.int64(-1)
    for row in range(first, len(codes)):
        key = np.int64(classes[row]) if len(classes) > 0 else np.int64(0)
        key = key * BANDS + (np.int64(bands[row]) if len(bands) > 0 else np.int64(0))
        key = (key * SCALES + price_scale[row]) * SCALES + quantity_scale[row]
        if len(ticks) > 0:
            key += np.int64(ticks[row]) * PLAIN
        multiplier = multipliers[row] if len(multipliers) > 0 else one
        if key != known or multiplier != times:
            known, times = key, multiplier
            slot = (key + multiplier % SPREAD) & mask
            while slots[slot, 2] != 0 and (slots[slot, 0] != key or slots[slot, 1] != multiplier):
                slot = (slot + 1) & mask
            code = slots[slot, 2] - 1
            if code < 0:
                return row
        codes[row] = code
    return len(codes)
