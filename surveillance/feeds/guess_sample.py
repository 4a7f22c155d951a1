"""The first records of a file of which nothing is known: its format, its separators, its columns and their values."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from surveillance.errors import InputError, Location, Problem
from surveillance.events.profile import Profile, TimeMap
from surveillance.events.raw import RawBlock, as_text
from surveillance.events.text import text_of_arrow
from surveillance.events.text_table import TextTable
from surveillance.feeds.content import UTF_8, Content, Stored
from surveillance.feeds.registry import FORMATS, format_of

_ROWS: Final = 5_000
_LOOKED_AT: Final = 200_000
_FEW: Final = 40
_PEEK: Final = 1 << 16
_DELIMITERS: Final = ",;\t|"
_LINES: Final = 20


@dataclass(slots=True)
class Sample:
    """What the beginning of a file holds.

    Parameters
    ----------
    label, name : str
        The file, and the last part of its path.
    format : str
        How it was read; `by_suffix` says that its name tells as much.
    encoding : str
        Of its text, if not UTF-8.
    delimiter : str
        Of CSV, if not a comma.
    header : tuple of str
        Names given to the columns of CSV without a header line.
    columns : dict of str to list
        Values of each column as text; None where there is none.
    types : dict of str to Any
        Arrow types of columns that are no text.
    """

    label: str
    name: str
    format: str = ""
    by_suffix: bool = True
    encoding: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    types: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many records it has."""
        return max((len(values) for values in self.columns.values()), default=0)

    def given(self, name: str) -> list[str]:
        """Return the values of a column without those that are absent."""
        return [value for value in self.columns[name] if value is not None]


def read_sample(stored: Stored) -> Sample:
    """Read the first records of a file.

    Raises
    ------
    InputError
        If it holds none.
    """
    content = Content(stored)
    sample = Sample(content.label, content.name)
    first = content.peek(_PEEK)
    try:
        sample.format = format_of(content).name
    except InputError:
        sample.format, sample.by_suffix = _format(first), False
    if sample.format not in ("parquet", "fix"):
        sample.encoding = _encoding(first)
        if sample.encoding:
            content = Content(stored, sample.encoding)
            first = content.peek(_PEEK)
    if sample.format == "csv":
        _look_at_csv(first.decode("utf-8", "replace").removeprefix("\ufeff"), sample)
    if sample.format == "fix":
        return sample
    reader = FORMATS[sample.format].open(content, _bare(sample), _ROWS)
    names = list(reader.columns)
    sample.columns = {name: [] for name in names}
    blocks = reader.blocks(names, set())
    for block in blocks:
        for name, column in block.columns.items():
            text = as_text(column)
            sample.columns[name] += [text.at(row) or None for row in range(len(text))]
            if hasattr(column, "type"):
                sample.types[name] = column.type
        if sample.rows >= _ROWS:
            _look_on(sample, blocks)
            break
    if not sample.rows:
        raise InputError(Problem("no-records", "holds no record to guess from", Location(sample.label)))
    return sample


def _look_on(sample: Sample, blocks: Iterator[RawBlock]) -> None:
    """Add what is new in columns of few words, such as a rare kind of event, to the sample."""
    rows, tables = 0, {}
    for name, values in sample.columns.items():
        words = sorted({value for value in values if value is not None})
        if len(words) <= _FEW:
            tables[name] = TextTable()
            tables[name].numbers(text_of_arrow(pa.array(words, pa.string())))
    for block in blocks:
        for name, table in list(tables.items()):
            known = len(table)
            table.numbers(as_text(block.columns[name]))
            if len(table) > _FEW:
                del tables[name]
                continue
            new = [table.bytes_of(number) for number in range(known + 1, len(table) + 1)]
            sample.columns[name] += [word.decode("utf-8", "backslashreplace") for word in new]
        rows += len(block)
        if rows >= _LOOKED_AT or not tables:
            return


def _format(first: bytes) -> str:
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if first.startswith(b"PAR1"):
        return "parquet"
    if b"8=FIX" in first:
        return "fix"
    return "json" if text.startswith(b"[") else "ndjson" if text.startswith(b"{") else "csv"


def _encoding(first: bytes) -> str:
    """Return a name that Python knows; empty for UTF-8."""
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        first.decode(UTF_8)
    except UnicodeDecodeError as error:
        if error.start < len(first) - 3:
            return "cp1252"
    return ""


def _look_at_csv(text: str, sample: Sample) -> None:
    """Find the delimiter, and whether the first line is a header."""
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    counts = {sign: [line.count(sign) for line in lines] for sign in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda sign: (min(counts[sign], default=0), sum(counts[sign]), sign == ","))
    sample.delimiter = "" if best == "," or not any(counts[best]) else best
    names = next(csv.reader(lines[:1], delimiter=best), [])
    names = names[:-1] if names[-1:] == [""] else names  # lines may end with a delimiter
    if len(set(names)) != len(names) or any(not name.strip() or _is_value(name) for name in names):
        fields = len(next(csv.reader(lines[:1], delimiter=best)))
        sample.header = tuple(f"c{number}" for number in range(1, fields + 1))


def _is_value(text: str) -> bool:
    """Tell whether a text is a number or begins as a time does: no name of a column."""
    digits = sum(sign.isdigit() for sign in text)
    return digits * 2 > len(text.strip()) or text.strip().lstrip("+-")[:1].isdigit()


def _bare(sample: Sample) -> Profile:
    """Return a profile that only says how the file is cut into columns."""
    return Profile(
        name="guess",
        title="guess",
        fields={},
        defaults={},
        skip=(),
        time=TimeMap(),
        day_zone=None,
        price_scale=6,
        quantity_scale=6,
        multiplier=None,
        allow_negative_price=False,
        delimiter=sample.delimiter or ",",
        header=sample.header,
        file="",
        digest="",
    )
