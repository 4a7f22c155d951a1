"""Small CSV files that people keep, such as reference data: read strictly, with the place of every field."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from surveillance.errors import Location, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a small file.

    Parameters
    ----------
    file : str
        Path as the user wrote it.
    line : int
        Its first line, from 1; for Parquet the number of the row, from 1.
    values : list of str
        Its fields; absent ones are empty.
    raw : str
        The record as it stands in the file; empty for Parquet.
    """

    file: str
    line: int
    values: list[str]
    raw: str = ""

    def place(self, field: int | None = None) -> Location:
        """Return the place of a field (its number, from 0), or of the whole record."""
        column = 0 if field is None or not self.raw or "\n" in self.raw.rstrip("\r\n") else _start(self.raw, field) + 1
        return Location(self.file, self.line, column)


class _Lines:
    """Lines of a file, and those of them that the current record is made of."""

    def __init__(self, file: TextIO) -> None:
        self._file, self.taken = file, [""]

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.taken.append(line)
            yield line


def read_csv(path: Path, problems: list[Problem]) -> Iterator[Row]:
    """Yield the records of a CSV file, the header first; blank lines are left out.

    Parameters
    ----------
    path : Path
        UTF-8, with or without byte order mark.
    problems : list of Problem
        Takes what stops the reading, and records that are shorter or longer than the header; these are not yielded.
    """
    width, line = None, 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, strict=True)
            lines.taken.clear()
            for values in reader:
                row = Row(str(path), line, values, "".join(lines.taken))
                line = reader.line_num + 1
                lines.taken.clear()
                if not values:
                    continue
                width = len(values) if width is None else width
                if len(values) == width:
                    yield row
                else:
                    what = f"has {len(values)} fields; the header has {width}"
                    problems.append(Problem("bad-record", what, row.place()))
    except OSError as error:
        problems.append(Problem("unreadable-file", f"cannot be read: {error.strerror}", Location(str(path))))
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem("unreadable-file", f"cannot be read: {error}", Location(str(path), line)))


def _start(raw: str, field: int) -> int:
    """Return where in a record of one line a field starts, from 0."""
    quoted, at = False, 0
    for place, letter in enumerate(raw):
        if at == field:
            return place
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            at += 1
    return len(raw.rstrip("\r\n"))
