"""A reader as a profile sees it: with columns that are made from the file's, and with two-sided records as two rows.

Profiles that use columns as they are get the reader itself, so that what is simple costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Location, Problem
from surveillance.events.conditions import holds
from surveillance.events.derived import constant
from surveillance.events.json_paths import leaves, values_of
from surveillance.events.mapping import TextNumbers
from surveillance.events.profile import Profile
from surveillance.events.raw import RawBlock, Reader
from surveillance.events.text import Text


def shaped(reader: Reader, profile: Profile, name: str, label: str) -> Reader:
    """Return the reader with the columns that the profile asks for.

    Parameters
    ----------
    reader : Reader
        Of the file as it is.
    profile : Profile
        What is to be made of it.
    name : str
        Of the file, without folder and packing.
    label : str
        What messages call it.

    Raises
    ------
    InputError
        If the file's name does not tell what the profile reads from it, or a column is missing without which there
        are no times or kinds.
    """
    told = _told_by(name, profile, label)
    found = ShapedReader(reader, profile, told)
    if not profile.derived and profile.sides is None and not told and found.columns == found.columns_of_file:
        return reader
    problems = [
        _missing(field, found, profile, label)
        for field in ("time", "kind")
        if field in profile.fields
        and profile.fields[field].column in profile.derived
        and profile.fields[field].column not in found.columns
        and field not in profile.defaults
    ]
    if problems:
        raise InputError(problems)
    return found


def _told_by(name: str, profile: Profile, label: str) -> dict[str, str]:
    """Return what the name of a file tells."""
    if profile.file_name is None:
        return {}
    found = profile.file_name.fullmatch(name)
    if found is None:
        what = (
            f"the file's name is not of the form {profile.file_name_text!r}, from which {profile.name!r} reads columns"
        )
        hint = "Rename the file, or copy the profile and give the values in it."
        raise InputError(Problem("bad-file-name", what, Location(label), hint))
    return found.groupdict()


def _missing(field: str, reader: ShapedReader, profile: Profile, label: str) -> Problem:
    names = [name for name in profile.origins(profile.fields[field].column) if not reader.can(name)]
    shown = " and ".join(repr(name) for name in names)
    what = f"has no column {shown}, which the feed profile {profile.name!r} needs for {field}"
    columns = ", ".join(reader.columns_of_file[:20])
    return Problem("missing-column", what, Location(label), f"It has: {columns}.")


class ShapedReader:
    """A reader with more columns than its file.

    Parameters
    ----------
    reader : Reader
        Of the file.
    profile : Profile
        Says what is to be made.
    told : Mapping
        Columns that the file's name fills.
    """

    def __init__(self, reader: Reader, profile: Profile, told: Mapping[str, str]) -> None:
        self._reader, self.profile, self.told = reader, profile, told
        self.columns_of_file = list(reader.columns)
        self._has = set(reader.columns)
        asked = [*profile.derived, *told, *profile.columns(set(profile.fields))]
        self.columns: list[str] = [*reader.columns, *(name for name in dict.fromkeys(asked) if self._is_made(name))]
        self.memory: dict[tuple[str, str], TextNumbers] = {}

    @property
    def consumed(self) -> int:
        """Bytes read so far."""
        return self._reader.consumed

    @consumed.setter
    def consumed(self, size: int) -> None:
        self._reader.consumed = size

    def can(self, name: str) -> bool:
        """Tell whether a column is in the file or can be made."""
        if name in self._has or name in self.told:
            return True
        made = self.profile.derived.get(name)
        if made is None:
            return bool(self.parent(name))
        enough = any if made.one_is_enough else all
        return not made.needs or enough(self.can(other) for other in made.needs)

    def _is_made(self, name: str) -> bool:
        return name not in self._has and self.can(name)

    def parent(self, name: str) -> str:
        """Return the column inside which ``a.b.c`` is found: the longest of ``a.b`` and ``a`` that the file has."""
        parent = name
        while "." in parent:
            parent = parent.rpartition(".")[0]
            if parent in self._has:
                return parent
        return ""

    def _bases(self, name: str) -> list[str]:
        """Return the columns of the file that a column needs."""
        if name in self._has:
            return [name]
        if name in self.told:
            return []
        made = self.profile.derived.get(name)
        if made is None:
            return [self.parent(name)] if self.parent(name) else []
        return [base for other in made.needs for base in self._bases(other)]

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:
        """Yield the records in file order, those with two sides as two rows.

        Parameters
        ----------
        columns : list of str
            Columns to give out.
        encoded : set of str
            Those of them whose texts repeat.
        """
        sides = self.profile.sides
        wanted = [*columns, *(test.column for test in (sides.where if sides is not None else ()))]
        bases = list(dict.fromkeys(base for name in wanted for base in self._bases(name)))
        for block in self._reader.blocks(bases or self.columns_of_file[:1], encoded & set(bases)):
            whole = self._halved(block)
            view = _View(self, whole.columns, len(whole), whole.part)
            made = {name: view.get(name) for name in columns}
            yield RawBlock(made, whole.positions, whole.raw, whole.broken, part=whole.part)

    def _halved(self, block: RawBlock) -> RawBlock:
        """Return the block with each two-sided record as two rows."""
        sides = self.profile.sides
        if sides is None:
            return block
        two = holds(sides.where, _View(self, block.columns, len(block), None))
        times = np.where(two, 2, 1)
        rows = np.repeat(np.arange(len(block)), times)
        part = np.zeros(len(rows), np.int8)
        first = np.cumsum(times) - times
        part[first[two]], part[first[two] + 1] = 1, 2
        taken = {name: _take(column, rows) for name, column in block.columns.items()}
        positions = block.positions[rows]
        return RawBlock(taken, positions, lambda row: block.raw(int(rows[row])), block.broken, part=part)


def _take(column: Any, rows: NDArray[np.intp]) -> Any:
    if isinstance(column, Text):
        return Text(column.data, column.starts[rows], column.ends[rows])
    import pyarrow as pa

    return column.take(pa.array(rows))


class _View:
    """The columns of one block as they are asked for; each is made once."""

    def __init__(self, reader: ShapedReader, columns: dict[str, Any], rows: int, part: NDArray[np.int8] | None) -> None:
        self._reader, self._found = reader, dict(columns)
        self.rows, self.part = rows, part

    def get(self, name: str) -> Any:
        """Return a column; None if it cannot be had."""
        if name not in self._found:
            self._found[name] = self._make(name)
        return self._found[name]

    def numbers(self, name: str, key: str, number: Callable[[str], int]) -> NDArray[np.int32] | None:
        """Return `number` of each text of a column, remembered under `key`; None if it cannot be had."""
        column = self.get(name)
        if column is None:
            return None
        memory = self._reader.memory
        known = memory.get((name, key))
        if known is None:
            known = memory[name, key] = TextNumbers(number)
        return known.rows(column)

    def _make(self, name: str) -> Any:
        reader = self._reader
        if not reader.can(name):
            return None
        made = reader.profile.derived.get(name)
        if made is not None:
            return made.make(self)
        if name in reader.told:
            return constant(reader.told[name], self.rows)
        parent = reader.parent(name)
        values = f"{parent} as values"
        if values not in self._found:
            self._found[values] = values_of(self._found[parent])
        return leaves(self._found[values], name.removeprefix(parent + ".").split("."))
