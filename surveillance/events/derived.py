"""Columns that a file does not have as they are: put together, picked, told from others, or found inside JSON.

A profile names them like columns of the file. They are made block by block, from the columns that they need.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from surveillance.events.raw import as_text
from surveillance.events.text import Text

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


class Columns(Protocol):
    """The columns of one block, as they are needed."""

    rows: int
    part: NDArray[np.int8] | None
    """0: a row of its own, 1 and 2: buying and selling half of a record; None: no record has halves."""

    def get(self, name: str) -> Any:
        """Return a column; None if it cannot be had."""

    def numbers(self, name: str, key: str, number: Callable[[str], int]) -> NDArray[np.int32] | None:
        """Return `number` of each text of a column, remembered under `key`; None if it cannot be had."""


class Derived(Protocol):
    """A column that is made from others."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns that it is made from."""

    one_is_enough: ClassVar[bool]
    """It can be made where only one of them is there."""

    def make(self, columns: Columns) -> Any:
        """Return the column."""


def texts(column: Any) -> Any:
    """Return a column as an Arrow string array; what is empty is null."""
    return as_text(column).to_arrow()


def constant(text: str, rows: int) -> Any:
    """Return a column that holds one text in every row."""
    return choices(np.zeros(rows, np.int32), [text])


def choices(numbers: NDArray[Any], names: list[str], null: NDArray[np.bool_] | None = None) -> Any:
    """Return a column of few texts: each row has the place of its text in `names`, or is null."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32), mask=null), pa.array(names))


@dataclass(frozen=True, slots=True)
class Template:
    """Texts of columns and words between them; null where one of the columns is.

    Parameters
    ----------
    parts : tuple of (str, bool)
        Words, and names of columns (True).
    """

    parts: tuple[tuple[str, bool], ...]
    one_is_enough: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns that it is made from."""
        return tuple(part for part, is_column in self.parts if is_column)

    def make(self, columns: Columns) -> Any:
        """Return the texts."""
        import pyarrow as pa
        import pyarrow.compute as pc

        pieces = [texts(columns.get(part)) if is_column else pa.scalar(part) for part, is_column in self.parts]
        return pc.binary_join_element_wise(*pieces, "", null_handling="emit_null")


def read_template(text: str) -> Template:
    """Read ``{venue}-{order_id}``; ``{{`` and ``}}`` are braces.

    Raises
    ------
    ValueError
        If it names no column, or has a brace without its other half.
    """
    parts: list[tuple[str, bool]] = []
    plain, end = "", 0
    for found in [*_PLACE.finditer(text), None]:
        between = text[end : found.start() if found else len(text)]
        plain += between
        parts.append((between, False))
        if found:
            parts.append((found[1], True) if found[1] else (found[0][0], False))
            end = found.end()
    if "{" in plain or "}" in plain:
        raise ValueError("has a brace without its other half")
    if not any(is_column for _, is_column in parts):
        raise ValueError("names no column in braces")
    return Template(tuple(part for part in parts if part[0]))


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several columns that has a value in the row."""

    needs: tuple[str, ...]
    one_is_enough: ClassVar[bool] = True

    def make(self, columns: Columns) -> Any:
        """Return the values, as they are if only one column is there, else as texts."""
        import pyarrow.compute as pc

        there = [found for name in self.needs if (found := columns.get(name)) is not None]
        return there[0] if len(there) == 1 else pc.coalesce(*map(texts, there))


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A column without what stands for nothing, or with its numbers written plainly.

    Parameters
    ----------
    column : str
        As the file has it.
    nulls : frozenset of str
        Texts that mean that no value is given.
    decimal, thousands : str
        Signs in numbers; empty: none but a point.
    """

    column: str
    nulls: frozenset[str] = frozenset()
    decimal: str = ""
    thousands: str = ""
    one_is_enough: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def make(self, columns: Columns) -> Any:
        """Return the values as texts; numbers of columns that hold numbers are left alone."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = columns.get(self.column)
        plain = isinstance(column, Text) or pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)
        if not plain and not self.nulls:
            return column
        found = texts(column)
        if self.nulls:
            found = pc.if_else(pc.is_in(found, pa.array(sorted(self.nulls))), None, found)
        if plain and self.thousands:
            found = pc.replace_substring(found, self.thousands, "")
        return pc.replace_substring(found, self.decimal, ".") if plain and self.decimal else found


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a text that stands where a form says; null where the text is not of the form.

    Parameters
    ----------
    column : str
        The column of the texts.
    form : Pattern
        With a group called ``value``.
    """

    column: str
    form: re.Pattern[str]
    one_is_enough: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def make(self, columns: Columns) -> Any:
        """Return the parts."""
        import pyarrow as pa

        encoded = texts(columns.get(self.column)).dictionary_encode()
        found = [self.form.fullmatch(text) for text in encoded.dictionary.to_pylist()]
        parts = pa.array([match["value"] if match else None for match in found], pa.string())
        return parts.take(encoded.indices)
