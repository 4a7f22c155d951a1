"""Records by code and time: which record of an account, trader or instrument holds when an event happens.

Records of one code lie side by side in the order of time, so that a whole column is looked up in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.dictionary import Dictionary
from surveillance.events.lookup import look_up
from surveillance.events.reference import Record
from surveillance.events.reference_files import EVER
from surveillance.kernel import kernel

_IN: Final = "Array({0}, 1, 'C', True)"


class Register:
    """Records of the ids of one column.

    Parameters
    ----------
    dictionary : Dictionary
        Codes of the ids; it may grow.
    history : callable
        Id to its records in the order of time.
    fields : dict of str to tuple
        Field to its numpy type and to what makes a number of its text (None: the field is absent).
    """

    def __init__(
        self,
        dictionary: Dictionary,
        history: Callable[[str], Sequence[Record]],
        fields: dict[str, tuple[str, Callable[[str | None], int]]],
    ) -> None:
        self._dictionary, self._history, self.fields = dictionary, history, fields
        self._bounds = np.zeros(1, np.int64)  # records of code c are those from bounds[c] + 1 to bounds[c + 1]
        self._first = np.zeros(0, np.int32)
        self._since, self._until = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self._values = {name: np.array([read(None)], dtype) for name, (dtype, read) in fields.items()}
        self._lasting = True
        self._by_code: dict[str, NDArray[Any]] = {}

    def at(self, codes: NDArray[np.int32], times: NDArray[np.int64]) -> Found:
        """Return what holds for each row."""
        self._grow()
        return Found(self, codes, None if self._lasting else self.records(codes, times))

    def by_code(self, name: str) -> NDArray[Any]:
        """Return a field of the first record of each code, for what never changes."""
        self._grow()
        found = self._by_code.get(name)
        if found is None:
            found = self._by_code[name] = self._values[name].take(self._first)
        return found

    def strangers(self) -> NDArray[np.int8]:
        """Return 1 for each code that has no record."""
        return np.append(np.int8(0), self._first[1:] == 0).astype(np.int8)

    def records(self, codes: NDArray[np.int32], times: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the number of the record that holds for each row; 0 where none does."""
        self._grow()
        if self._lasting:
            return self._first.take(codes)
        found = np.empty(len(codes), np.int32)
        as_of(codes, times, self._bounds, self._since, self._until, found)
        return found

    def values(self, name: str, records: NDArray[np.int32]) -> NDArray[Any]:
        """Return a field of the given records."""
        return self._values[name].take(records)

    def _grow(self) -> None:
        """Take in the records of codes that were not there before."""
        known = len(self._first)
        if known == len(self._dictionary):
            return
        fresh: list[Record] = []
        bounds, first = [], []
        for code in range(known, len(self._dictionary)):
            found = self._history(self._dictionary.clear(code) or "")
            first.append(len(self._since) + len(fresh) if found else 0)
            fresh += found
            bounds.append(len(self._since) - 1 + len(fresh))
        self._bounds = np.concatenate([self._bounds, np.array(bounds, np.int64)])
        self._first = np.concatenate([self._first, np.array(first, np.int32)])
        self._since = np.concatenate([self._since, np.array([one.since for one in fresh], np.int64)])
        self._until = np.concatenate([self._until, np.array([one.until for one in fresh], np.int64)])
        for name, (dtype, read) in self.fields.items():
            values = np.array([read(one.fields.get(name)) for one in fresh], dtype)
            self._values[name] = np.concatenate([self._values[name], values])
        self._by_code.clear()
        self._lasting = self._lasting and all((one.since, one.until) == EVER for one in fresh)


class Found:
    """The records that hold for the rows of a block.

    Parameters
    ----------
    register : Register
        Where the records are.
    codes : ndarray of int32
        The rows' ids.
    records : ndarray of int32 or None
        The rows' records; None where each code has one for all time.
    """

    __slots__ = ("_codes", "_records", "_register")

    def __init__(self, register: Register, codes: NDArray[np.int32], records: NDArray[np.int32] | None) -> None:
        self._register, self._codes, self._records = register, codes, records

    def values(self, name: str) -> NDArray[Any]:
        """Return a field of each row's record."""
        if self._records is None:
            return look_up(self._codes, self._register.by_code(name))
        return self._register.values(name, self._records)

    def unknown(self) -> NDArray[np.bool_] | None:
        """Return which rows have an id without a record; None when none has."""
        if self._records is not None:
            return None if self._records.all() else (self._records == 0) & (self._codes != 0)
        strangers = self._register.strangers()
        return look_up(self._codes, strangers).view(np.bool_) if strangers.any() else None


@kernel(
    f"void({_IN.format('int32')}, {_IN.format('int64')}, int64[::1], int64[::1], int64[::1], int32[::1])",
    allocates=False,
)
def as_of(
    codes: NDArray[Any],
    times: NDArray[Any],
    bounds: NDArray[Any],
    since: NDArray[Any],
    until: NDArray[Any],
    found: NDArray[Any],
) -> None:
    """Find the record of each row's code that holds at its time: from `since` on and before `until`."""
    for row in range(len(codes)):
        code, time = codes[row], times[row]
        start = bounds[code] + 1
        low, high = start, bounds[code + 1] + 1
        while low < high:  # the first record that begins after the event
            middle = (low + high) // 2
            if since[middle] <= time:
                low = middle + 1
            else:
                high = middle
        found[row] = low - 1 if low > start and time < until[low - 1] else 0
