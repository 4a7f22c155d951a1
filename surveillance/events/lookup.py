"""A number for each row's code, out of a table: the one step by which columns of codes become columns of anything."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arrow import NO_MASK
from surveillance.kernel import kernel

_SIGNATURE: Final = "void(Array(int32, 1, 'C', True), Array(boolean, 1, 'C', True), Array({0}, 1, 'C', True), {0}[::1])"


def look_up(codes: NDArray[np.int32], table: NDArray[Any], given: NDArray[np.bool_] = NO_MASK) -> NDArray[Any]:
    """Return the entry of a table for each code.

    Parameters
    ----------
    codes : ndarray of int32
        Places in the table.
    table : ndarray
        Of int8, int32 or int64.
    given : ndarray of bool
        Rows that have a code, the others get 0; empty when all have one.
    """
    found = np.empty(len(codes), table.dtype)
    look_up_rows(codes, given, table, found)
    return found


@kernel(*(_SIGNATURE.format(dtype) for dtype in ("int8", "int32", "int64")), allocates=False)
def look_up_rows(codes: NDArray[np.int32], given: NDArray[np.bool_], table: NDArray[Any], found: NDArray[Any]) -> None:
    """Write what `look_up` returns."""
    masked = len(given) > 0
    for row in range(len(codes)):
        if masked and not given[row]:
            found[row] = 0
        else:
            found[row] = table[codes[row]]
