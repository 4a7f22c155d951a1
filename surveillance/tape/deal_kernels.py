"""Joins the two rows of each trade, and says how close the two orders came."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind
from surveillance.events.text import BYTES, SLICES
from surveillance.kernel import kernel

SLOTS: Final = 1 << 16
"""Rows that wait for their other side, by the lowest bits of their id; in audit trails it is the next row."""

STANDING: Final = 10 * 60 * 10**9
"""An order entered longer before the deal than this, ns, stood open to all: how close it came says nothing."""

CLASSES: Final = 512
LAST: Final = CLASSES - 1
_MILLIONTHS: Final = 1_000_000
_TRADE: Final = int(Kind.TRADE)

Array = NDArray[Any]
_I1, _I2, _I4, _I8, _U8 = nb.int8[::1], nb.int16[::1], nb.int32[::1], nb.int64[::1], nb.uint64[::1]


@kernel(allocates=False)
def _hash(data: Array, start: int, end: int) -> Any:
    """Return 64 bits of a text, never 0."""
    mixed = np.uint64(14695981039346656037)
    for place in range(start, end):
        mixed = (mixed ^ np.uint64(data[place])) * np.uint64(1099511628211)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed ^ (mixed >> np.uint64(27))) | np.uint64(1)


@kernel(
    f"int64(int64, {BYTES}, {SLICES}, {SLICES}, int8[::1], int8[::1], int64[::1], int64[::1], int32[::1], int32[::1], "
    "uint64[::1], int64[::1], int64, int64[::1], int64[::1])",
    allocates=False,
)
def join_pass(
    first: int, data: Array, starts: Array, ends: Array, kind: Array, side: Array, price: Array, quantity: Array,
    instrument: Array, account: Array, ids: Array, rows: Array, end: int, out_row: Array, out_other: Array,
) -> int:  # fmt: skip
    """Write the deals that the rows from `first` on complete; return where the log ends then."""
    for place in range(starts.shape[0]):
        row = first + place
        if kind[row] != _TRADE or starts[place] == ends[place] or account[row] == 0 or quantity[row] <= 0:
            continue
        name = _hash(data, starts[place], ends[place])
        slot = np.int64((name >> np.uint64(1)) & np.uint64(SLOTS - 1))
        before = rows[slot]
        if (
            ids[slot] == name
            and side[row] + side[before] == 3
            and side[row] != 0
            and side[before] != 0
            and instrument[row] == instrument[before]
            and quantity[row] == quantity[before]
            and price[row] == price[before]
        ):
            out_row[end] = row
            out_other[end] = before
            end += 1
            ids[slot] = 0
        else:
            ids[slot] = name
            rows[slot] = row
    return end


@kernel(allocates=False)
def _class_of(value: int) -> int:
    """Return the class of a number: up to 16 its own, above it eight to each doubling."""
    if value < 16:
        return value
    shift = 0
    while value >> shift >= 16:
        shift += 1
    return 8 * shift + (value >> shift)


@kernel(nb.void(nb.int64, nb.int64, _I8, _I8, _I8, _I8, _I8, _I8, _I8, _I2, _I2, _I2), allocates=False)
def closeness_pass(
    begin: int, end: int, row: Array, other: Array, time: Array, quantity: Array, order_time: Array,
    order_quantity: Array, out_time: Array, near: Array, unlike: Array, size: Array,
) -> None:  # fmt: skip
    """Write the classes of each deal of the log from `begin` to `end`."""
    for deal in range(begin, end):
        one, two = row[deal], other[deal]
        out_time[deal] = time[one]
        size[deal] = _class_of(quantity[one])
        near[deal] = unlike[deal] = LAST
        entered, met = order_time[one], order_time[two]
        if NULL in (entered, met) or min(entered, met) < time[one] - STANDING:
            continue
        near[deal] = _class_of(abs(entered - met))
        mine, theirs = order_quantity[one], order_quantity[two]
        if mine > 0 and theirs > 0:
            greater, less = max(mine, theirs), min(mine, theirs)
            unlike[deal] = _class_of(np.int64(_MILLIONTHS * ((greater - less) / greater)))
