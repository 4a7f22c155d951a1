"""Which rows, keyed by what: the vocabulary in which aggregates and spans are declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import CODES, ENUMS, AssetClass, Kind
from surveillance.kernel import kernel
from surveillance.tape.key_columns import KeyColumn
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.tape import Tape

FILTERS: Final = tuple(name for name in ENUMS if name != "kind")
"""Columns by whose value rows may be chosen, beside their kind."""

_ASSET_CLASSES: Final = max(AssetClass) + 1
_KINDS: Final = max(Kind) + 1

KEY_FIELDS: Final = (*CODES, *FILTERS, "session", "trading_day")
"""Columns that a key may be made of."""


def column_enum(column: str, value: str) -> int:
    """Return the code of a value of an enumeration column, such as ``("aggressor", "taker")``.

    Raises
    ------
    ValueError
        Rows cannot be chosen by this column, or it has no such value.
    """
    if column not in FILTERS:
        raise ValueError(f"rows cannot be chosen by {column!r}; there are {', '.join(FILTERS)}")
    known = ENUMS[column].__members__
    if value.upper() not in known:
        raise ValueError(f"{column} has no value {value!r}; there are {', '.join(one.lower() for one in known)}")
    return int(known[value.upper()])


@dataclass(frozen=True, slots=True)
class RowTest:
    """A condition on the columns of a row, such as whether an order goes through the best price of the other side.

    Parameters
    ----------
    columns : tuple of str
        Columns of the tape that it reads.
    holds : callable
        Takes a mapping of these names to vectors, a value for each row, and returns a vector of bool. It must depend
        on each row alone, and be a function of a module: two tests are the same where their functions are.
    if_known : tuple of str
        Columns of small numbers that it reads as well where a feed has them; 0 elsewhere, and no rule is blind for it.
    """

    columns: tuple[str, ...]
    holds: Callable[[Mapping[str, NDArray[Any]]], NDArray[np.bool_]]
    if_known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowClass:
    """Rows of some kinds, perhaps with some values, keyed by some columns.

    Parameters
    ----------
    kinds : tuple of Kind
        Kinds of events.
    key : tuple of str
        Columns that make the key; a row with a null in one of them belongs to no key.
    where : tuple of (str, int)
        Columns of `FILTERS` and the value that each must have.
    classes : frozenset of int
        Codes of the asset classes that belong (0: not known); None: all.
    tests : tuple of RowTest
        Conditions that must hold.
    """

    kinds: tuple[Kind, ...]
    key: tuple[str, ...]
    where: tuple[tuple[str, int], ...] = ()
    classes: frozenset[int] | None = None
    tests: tuple[RowTest, ...] = ()

    @property
    def columns(self) -> set[str]:
        """Columns of the tape that it reads."""
        tested = (name for test in self.tests for name in test.columns)
        return {*self.key, *(name for name, _ in self.where), *tested}

    @property
    def identity(self) -> tuple[object, ...]:
        """What two row classes with the same rows have in common, whatever their keys."""
        return (frozenset(self.kinds), self.where, self.classes, frozenset(self.tests))

    @property
    def kind_mask(self) -> int:
        """Bit `k` is set when rows of kind `k` belong."""
        return sum(1 << int(kind) for kind in set(self.kinds))


class Members:
    """For each row whether it belongs to a row class: a column of small numbers and a mask of those that do.

    Without filters that is the column of kinds itself; with filters a column of its own is kept.
    """

    __slots__ = ("_classes", "_column", "_kinds", "_tape", "_tests", "_where", "mask")

    def __init__(self, tape: Tape, rows: RowClass) -> None:
        self._tape, self._where, self._tests = tape, rows.where, rows.tests
        self._kinds = np.array([kind in rows.kinds for kind in range(_KINDS)], dtype=np.int8)
        chosen = None if rows.classes is None else [one in rows.classes for one in range(_ASSET_CLASSES)]
        self._classes = None if chosen is None else np.array(chosen, dtype=np.int8)
        self._column: GrowingColumn
        if rows.where or rows.tests or rows.classes is not None:
            self._column = tape.derive("int8")
            self.mask = 1 << 1
            tape.on_append(self._mark)
        else:
            self._column = tape.columns["kind"]
            self.mask = rows.kind_mask

    @property
    def column(self) -> GrowingColumn:
        """Row `r` belongs when bit ``column.array[r]`` of `mask` is set."""
        return self._column

    def _mark(self, _batch: EventBatch, first: int, end: int) -> None:
        self._column.ensure(end)
        belongs = self._kinds[self._tape["kind"][first:end]]
        for name, value in self._where:
            belongs &= self._tape[name][first:end] == value
        if self._classes is not None:
            belongs &= self._classes[self._tape["asset_class"][first:end]]
        for test in self._tests:  # each looks at the rows that are left
            left = np.flatnonzero(belongs)
            read = {name: self._tape[name][first:end][left] for name in test.columns}
            for name in test.if_known:
                known = name in self._tape.columns
                read[name] = self._tape[name][first:end][left] if known else np.zeros(len(left), dtype=np.int8)
            belongs[left] = test.holds(read)
        self._column.array[first:end] = belongs

    def chosen(self, key: KeyColumn, low: int, high: int) -> NDArray[np.int64]:
        """Return the rows from `low` to `high` that belong and have a key."""
        rows = np.empty(high - low + 1, dtype=np.int64)  # one more: the kernel writes before it knows
        return rows[: choose_rows(self._column.array, self.mask, key.array, low, high, rows)]


class Entering:
    """The rows of a class that have a key, of those that entered in the last step."""

    def __init__(self, tape: Tape, members: Members, key: KeyColumn) -> None:
        self.members, self._key = members, key
        self._done = tape.end
        self.rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def advance(self, end: int) -> None:
        """Choose among the rows that have entered since the last step."""
        self.rows = self.members.chosen(self._key, self._done, end)
        self._done = end


@kernel(nb.int64(nb.int8[::1], nb.int64, nb.int32[::1], nb.int64, nb.int64, nb.int64[::1]), allocates=False)
def choose_rows(member: NDArray[Any], mask: int, keys: NDArray[Any], low: int, high: int, rows: NDArray[Any]) -> int:
    """Write the rows from `low` to `high` that belong and have a key; return how many there are.

    Row `r` belongs when bit ``member[r]`` of `mask` is set; it has a key when ``keys[r]`` is not 0.
    """
    count = 0
    for row in range(low, high):
        rows[count] = row
        count += ((mask >> member[row]) & 1) & (keys[row] != 0)
    return count
