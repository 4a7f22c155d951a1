"""Columns that grow for ever in address space and only occupy what is still needed.

A row's number is its address for as long as the process lives: nothing is ever copied or renumbered. The operating
system is asked for far more address space than will be used, hands out pages as they are first written, and takes the
pages of old rows back (`madvise`). Where that is refused, a buffer that doubles takes its place.
"""

from __future__ import annotations

import mmap
import sys
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESERVED_ROWS: Final = 1 << 32
"""Rows that a reserved column can hold: over a year at 10 million a day."""

_NORESERVE: Final = 0x4000 if sys.platform.startswith("linux") else 0
_GIVE_BACK: Final = getattr(mmap, "MADV_DONTNEED", None)


class GrowingColumn:
    """One column of whole numbers, addressed by row number.

    Parameters
    ----------
    dtype : str
        numpy type.
    reserve : bool
        Reserve address space (the default); False takes the doubling buffer.
    width : int
        Numbers in a row of an array of two dimensions; 0: the array has one.
    """

    __slots__ = ("_given_back", "_map", "_row_bytes", "array", "dtype")

    def __init__(self, dtype: str, *, reserve: bool = True, width: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self._row_bytes = max(width, 1) * self.dtype.itemsize
        self._given_back = 0
        self._map: mmap.mmap | None = self._reserve() if reserve else None
        self.array: NDArray[Any]
        if self._map is not None:
            self.array = np.frombuffer(self._map, dtype=self.dtype)
        else:
            self.array = np.zeros(1024 * max(width, 1), dtype=self.dtype)
        if width:
            self.array = self.array.reshape(-1, width)

    def _reserve(self) -> mmap.mmap | None:
        if _GIVE_BACK is None or not hasattr(mmap, "MAP_ANONYMOUS"):
            return None
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE
        try:
            return mmap.mmap(-1, RESERVED_ROWS * self._row_bytes, flags=flags)
        except (OSError, ValueError, MemoryError, OverflowError):
            return None  # the platform, or a limit on address space, says no: the doubling buffer serves

    @property
    def reserved(self) -> bool:
        """Whether the column lives in reserved address space."""
        return self._map is not None

    def ensure(self, rows: int) -> None:
        """Make room for rows 0 to `rows` - 1."""
        if rows <= len(self.array):
            return
        if self._map is not None:
            raise MemoryError(f"a tape holds at most {RESERVED_ROWS:,} rows in one process; start a new one")
        grown = np.zeros((max(rows, 2 * len(self.array)), *self.array.shape[1:]), dtype=self.dtype)
        grown[: len(self.array)] = self.array
        self.array = grown

    def give_back(self, before: int) -> None:
        """Return the pages of rows before `before` to the operating system; those rows read as zero from then on."""
        if self._map is None or _GIVE_BACK is None:
            return
        end = before * self._row_bytes // mmap.PAGESIZE * mmap.PAGESIZE
        if end > self._given_back:
            self._map.madvise(_GIVE_BACK, self._given_back, end - self._given_back)
            self._given_back = end
