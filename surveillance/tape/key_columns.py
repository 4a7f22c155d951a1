"""Columns of dense key codes: each key made once, however many windows and spans use it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import CODES, ENUMS, NULL_DAY
from surveillance.tape.keys import PairCoder
from surveillance.tape.memory import GrowingColumn
from surveillance.tape.tape import Tape


def _code_of(values: NDArray[Any]) -> NDArray[Any]:
    """Return codes above 0 for days and sessions, which count from 1970 and can be 0 or less; null keeps code 0."""
    return np.where(values == NULL_DAY, 0, np.where(values >= 0, 2 * values + 1, -2 * values))


def _value_of(code: int) -> int:
    return code // 2 if code % 2 else -(code // 2)


class KeyColumn:
    """Dense codes of one key, a column beside the tape; code 0 is null.

    A key of one code column is that column. A key of more is coded pair by pair, so that keys with the same
    beginning share the work.
    """

    __slots__ = ("_coder", "_column", "_left", "_right", "_tape", "fields")

    def __init__(self, tape: Tape, fields: tuple[str, ...], left: KeyColumn | None, right: KeyColumn | None) -> None:
        self.fields = fields
        self._tape = tape
        self._left, self._right = left, right
        self._coder = None if left is None else PairCoder()
        if left is None and fields[0] in CODES:
            self._column: GrowingColumn = tape.columns[fields[0]]
        else:
            self._column = tape.derive("int32")
            tape.on_append(self._code)

    def _code(self, _batch: EventBatch, first: int, end: int) -> None:
        self._column.ensure(end)
        out = self._column.array[first:end]
        if self._coder is not None and self._left is not None and self._right is not None:
            self._coder.codes(self._left.array[first:end], self._right.array[first:end], out, first)
        else:
            values = self._tape[self.fields[0]][first:end]
            out[:] = values if self.fields[0] in ENUMS else _code_of(values)

    @property
    def array(self) -> NDArray[np.int32]:
        """The codes by row."""
        return self._column.array

    @property
    def size(self) -> int:
        """Highest code + 1: state by key needs this length."""
        if self._coder is not None:
            return self._coder.size
        field = self.fields[0]
        if field in CODES:
            return len(self._tape.dictionaries[field])
        if field in ENUMS:
            return max(ENUMS[field]) + 1
        return int(self.array[self._tape.head : self._tape.end].max(initial=0)) + 1

    def values(self, code: int) -> dict[str, int]:
        """Return the column values that make up a key."""
        if self._left is None or self._right is None or self._coder is None:
            field = self.fields[0]
            return {field: int(code) if field in CODES or field in ENUMS else _value_of(int(code))}
        left, right = self._coder.pair(code)
        return {**self._left.values(left), **self._right.values(right)}

    def texts(self, code: int) -> dict[str, str]:
        """Return the key as text by column; sessions and days, which only keep windows apart, are left out."""
        named: dict[str, str] = {}
        for field, value in self.values(code).items():
            if field in ENUMS:
                named[field] = ENUMS[field](value).name.lower()
            elif field in CODES:
                named[field] = self._tape.dictionaries[field].text(value) or ""
        return named

    def forget(self, before_row: int) -> NDArray[np.int32]:
        """Free the codes of keys last seen before `before_row`; state kept for them must be cleared."""
        return self._coder.forget(before_row) if self._coder is not None else np.zeros(0, dtype=np.int32)


class Keys:
    """All key columns of a tape, by their fields."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._columns: dict[tuple[str, ...], KeyColumn] = {}

    def column(self, fields: tuple[str, ...]) -> KeyColumn:
        """Return the key column of these fields, making it (and those it builds on) if it is new.

        Raises
        ------
        ValueError
            There are no fields.
        """
        if not fields:
            raise ValueError("a key has at least one column")
        found = self._columns.get(fields)
        if found is None:
            if len(fields) == 1:
                found = KeyColumn(self._tape, fields, None, None)
            else:
                found = KeyColumn(self._tape, fields, self.column(fields[:-1]), self.column(fields[-1:]))
            self._columns[fields] = found
        return found

    @property
    def size(self) -> int:
        """Codes in use or to be used again, of all keys that are coded here."""
        return sum(column.size for column in self._columns.values() if len(column.fields) > 1)

    def forget(self, before_row: int) -> dict[tuple[str, ...], NDArray[Any]]:
        """Free the codes of keys that no row since `before_row` has; return them by key fields."""
        longest_first = sorted(self._columns, key=len, reverse=True)
        return {fields: self._columns[fields].forget(before_row) for fields in longest_first}
