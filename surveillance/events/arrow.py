"""Arrow arrays as numpy arrays: a look at the same memory, without a copy.

`Array.to_numpy` imports pandas where that is installed, which takes longer than to read a million rows.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NO_MASK: Final = np.zeros(0, np.bool_)
"""What kernels take for a mask where every row has a value."""


def numbers_of(array: Any) -> NDArray[Any]:
    """Return whole numbers or floats; those of nulls are not defined.

    Parameters
    ----------
    array : pyarrow.Array
        Of whole numbers, floats, times or days.
    """
    import pyarrow as pa

    kind, data = array.type, array.buffers()[1]
    sign = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    if data is None:
        return np.zeros(len(array), f"{sign}{kind.bit_width // 8}")
    return np.frombuffer(data, f"{sign}{kind.bit_width // 8}")[array.offset : array.offset + len(array)]


def present(array: Any) -> NDArray[np.bool_]:
    """Return which rows are not null; `NO_MASK` when none is."""
    if not array.null_count:
        return NO_MASK
    bits = array.buffers()[0]
    if bits is None:  # of type null
        return np.zeros(len(array), np.bool_)
    whole = np.unpackbits(np.frombuffer(bits, np.uint8), count=array.offset + len(array), bitorder="little")
    return whole[array.offset :].view(np.bool_)
