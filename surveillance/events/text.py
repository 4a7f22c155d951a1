"""A column of text that is never copied: rows are slices of one buffer of bytes.

The buffer is a block of a CSV file or the data of an Arrow array. An empty slice is null. Kernels read the slices,
so a price is parsed and an account is coded without a Python object or a copy a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arrow import present
from surveillance.kernel import kernel

BYTES: Final = "Array(uint8, 1, 'C', True)"
SLICES: Final = "Array(int32, 1, 'C', True)"
"""numba types of a text column's arrays; read-only, because Arrow's memory is."""


@dataclass(frozen=True, slots=True)
class Text:
    """Rows of UTF-8 text as slices of one buffer.

    Parameters
    ----------
    data : ndarray of uint8
        The buffer.
    starts, ends : ndarray of int32
        Row ``i`` is ``data[starts[i]:ends[i]]``; an empty one is null.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts)

    def bytes_at(self, row: int) -> bytes:
        """Return the bytes of one row."""
        return self.data[self.starts[row] : self.ends[row]].tobytes()

    def at(self, row: int) -> str:
        """Return one row as text; bytes that are not UTF-8 are shown with their numbers."""
        return self.bytes_at(row).decode("utf-8", "backslashreplace")

    def to_arrow(self) -> Any:
        """Return the rows as an Arrow string array; empty rows are null."""
        import pyarrow as pa

        rows = len(self)
        offsets = np.zeros(rows + 1, np.int32)
        lengths = self.ends - self.starts
        total = int(lengths.sum(dtype=np.int64))
        np.cumsum(lengths, out=offsets[1:])
        data = np.empty(total, np.uint8)
        gather(self.data, self.starts, self.ends, data)
        valid = lengths > 0
        nulls = rows - int(np.count_nonzero(valid))
        mask = pa.py_buffer(np.packbits(valid, bitorder="little")) if nulls else None
        buffers = [mask, pa.py_buffer(offsets), pa.py_buffer(data)]
        return pa.Array.from_buffers(pa.string(), rows, buffers, nulls)


def text_of_arrow(array: Any) -> Text:
    """Return an Arrow string or binary array as text without copying it; nulls become empty.

    Parameters
    ----------
    array : pyarrow.Array
        Of type string or binary; large variants are narrowed.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a large array holds more than 2 GB.
    """
    import pyarrow as pa

    if pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type):
        array = array.cast(pa.binary() if pa.types.is_large_binary(array.type) else pa.string())
    _, offsets, data = array.buffers()
    empty = np.zeros(0, np.uint8)
    if offsets is None or len(array) == 0:
        return Text(empty, np.zeros(len(array), np.int32), np.zeros(len(array), np.int32))
    places = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    bytes_ = empty if data is None else np.frombuffer(data, np.uint8)
    starts, ends = places[:-1], places[1:]
    if array.null_count:
        ends = np.where(present(array), ends, starts)
    return Text(bytes_, starts, ends)


@kernel(f"void({BYTES}, {SLICES}, {SLICES}, uint8[::1])")
def gather(data: NDArray[np.uint8], starts: NDArray[np.int32], ends: NDArray[np.int32], out: NDArray[np.uint8]) -> None:
    """Write all slices one behind the other."""
    place = 0
    for row in range(len(starts)):
        for source in range(starts[row], ends[row]):
            out[place] = data[source]
            place += 1
