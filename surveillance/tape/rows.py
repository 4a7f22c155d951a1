"""Which rows, keyed by what: the vocabulary in which aggregates and spans are declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from surveillance.events.batch import EventBatch
from surveillance.events.schema import CODES, ENUMS, AssetClass, Kind
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.tape import Tape

FILTERS: Final = tuple(name for name in ENUMS if name != "kind")
"""Columns by whose value rows may be chosen, beside their kind."""

_ASSET_CLASSES: Final = max(AssetClass) + 1

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
    """

    kinds: tuple[Kind, ...]
    key: tuple[str, ...]
    where: tuple[tuple[str, int], ...] = ()
    classes: frozenset[int] | None = None

    @property
    def columns(self) -> set[str]:
        """Columns of the tape that it reads."""
        return {*self.key, *(name for name, _ in self.where)}

    @property
    def identity(self) -> tuple[object, ...]:
        """What two row classes with the same rows have in common, whatever their keys."""
        return (frozenset(self.kinds), self.where, self.classes)

    @property
    def kind_mask(self) -> int:
        """Bit `k` is set when rows of kind `k` belong."""
        return sum(1 << int(kind) for kind in set(self.kinds))


class Members:
    """For each row whether it belongs to a row class: a column of small numbers and a mask of those that do.

    Without filters that is the column of kinds itself; with filters a column of its own is kept.
    """

    __slots__ = ("_column", "_rows", "_tape", "mask")

    def __init__(self, tape: Tape, rows: RowClass) -> None:
        self._tape, self._rows = tape, rows
        self._column: GrowingColumn
        if rows.where or rows.classes is not None:
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
        belongs = (np.int64(self._rows.kind_mask) >> self._tape["kind"][first:end].astype(np.int64)) & 1
        for name, value in self._rows.where:
            belongs &= self._tape[name][first:end] == value
        if self._rows.classes is not None:
            chosen = np.isin(np.arange(_ASSET_CLASSES), list(self._rows.classes))
            belongs &= chosen[self._tape["asset_class"][first:end]]
        self._column.array[first:end] = belongs
