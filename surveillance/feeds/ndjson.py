"""NDJSON files: one object a line, each line decoded by itself, so that a bad one costs nothing but itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Final

import msgspec
import numpy as np

from surveillance.errors import InputError, Location, Problem
from surveillance.events.raw import BrokenRecord, RawBlock
from surveillance.feeds.content import Content

MAX_RECORD: Final = 1 << 20
"""Longest line in bytes; a longer one is rejected."""

_BOM: Final = b"\xef\xbb\xbf"
_MOST_ROWS: Final = 32_768
"""Records of a block: as Python objects they take about 1 kB each."""
_SAMPLE_LINES: Final = 1_000
_SHOWN_BYTES: Final = 16_384


class NdjsonReader:
    """One NDJSON file.

    Parameters
    ----------
    content : Content
        The file.
    block_rows : int
        Most records of a block.

    Raises
    ------
    InputError
        If none of its first lines holds an object.

    Notes
    -----
    `columns` are the keys of the first 1,000 lines. A key that appears later is read all the same, but the source
    does not count as having it.
    """

    def __init__(self, content: Content, block_rows: int) -> None:
        self._content, self._block_rows = content, block_rows
        self.consumed = 0
        keys: dict[str, None] = {}
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        for number, (_, line, _whole) in enumerate(self._lines()):
            if number == _SAMPLE_LINES:
                break
            keys.update(dict.fromkeys(_decoded(decode, line) or {}))
        self.consumed = 0
        self.columns: list[str] = list(keys)
        if not keys:
            hint = "Each line must be one JSON object."
            raise InputError(
                Problem("not-ndjson", "holds no JSON object in its first lines", Location(content.label), hint)
            )

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._content.size

    def _lines(self) -> Iterator[tuple[int, bytes, bool]]:
        """Yield number, bytes and wholeness of each line that is not blank."""
        self.consumed = 0
        stream = self._content.open()
        with io.BufferedReader(stream, 1 << 20) as file:
            number = 0
            while line := file.readline(MAX_RECORD + 1):
                number += 1
                self.consumed = stream.consumed
                whole = len(line) <= MAX_RECORD
                if number == 1:
                    line = line.removeprefix(_BOM)
                if not whole:
                    piece = line
                    while piece and not piece.endswith(b"\n"):
                        piece = file.readline(MAX_RECORD)
                if line.strip(b" \t\r\n"):
                    yield number, line, whole

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:  # noqa: ARG002 - as of all readers
        """Yield the records in file order.

        Parameters
        ----------
        columns : list of str
            Keys to give out; an object without one has null there.
        encoded : set of str
            Not used: texts are coded at the door.
        """
        fields: list[Any] = [(f"field_{slot}", Any, None) for slot in range(len(columns))]
        names = {f"field_{slot}": name for slot, name in enumerate(columns)}
        record = msgspec.defstruct("Record", fields, rename=names, gc=False)
        # Numbers stay the text that was written: no digit of a price is lost to a float.
        decode = msgspec.json.Decoder(record, float_hook=str).decode
        rows = min(self._block_rows, _MOST_ROWS)
        objects: list[Any] = []
        positions: list[int] = []
        lines: list[bytes] = []
        numbers: list[int] = []
        broken: list[BrokenRecord] = []
        for position, (number, line, whole) in enumerate(self._lines()):
            found = _decoded(decode, line) if whole else None
            if found is None:
                broken.append(_broken(position, number, line, whole))
            else:
                objects.append(found)
                positions.append(position)
                lines.append(line)
                numbers.append(number)
            if len(objects) + len(broken) == rows:
                yield _block(objects, positions, numbers, lines, broken, columns)
                objects, positions, numbers, lines, broken = [], [], [], [], []
        if objects or broken:
            yield _block(objects, positions, numbers, lines, broken, columns)
        self.consumed = self.size


def _decoded(decode: Callable[[bytes], Any], line: bytes) -> Any:
    """Decode one line; None when it is not an object."""
    try:
        return decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _broken(position: int, number: int, line: bytes, whole: bool) -> BrokenRecord:
    raw = line[:_SHOWN_BYTES].decode("utf-8", "backslashreplace").rstrip("\r\n")
    if not whole:
        return BrokenRecord(position, number, "over-long-record", f"is longer than {MAX_RECORD} bytes", raw)
    try:
        line.decode()
    except UnicodeDecodeError:
        return BrokenRecord(position, number, "bad-utf8", "is not UTF-8", raw)
    return BrokenRecord(position, number, "bad-json", "is not a JSON object", raw)


def _block(
    objects: list[Any],
    positions: list[int],
    numbers: list[int],
    lines: list[bytes],
    broken: list[BrokenRecord],
    columns: list[str],
) -> RawBlock:
    def raw(row: int) -> tuple[int, str]:
        return numbers[row], lines[row][:_SHOWN_BYTES].decode("utf-8", "backslashreplace").rstrip("\r\n")

    getters = [attrgetter(f"field_{slot}") for slot in range(len(columns))]
    arrays = {name: _column(list(map(get, objects))) for name, get in zip(columns, getters, strict=True)}
    return RawBlock(arrays, np.array(positions, np.int64), raw, broken)


def _column(values: list[Any]) -> Any:
    """Return one key's values as text, whatever they are: what a row means must not depend on its neighbours."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        texts = [value if value is None or type(value) is str else _text(value) for value in values]
        return pa.array(texts, pa.string())


def _text(value: Any) -> str:
    if type(value) is int:
        return str(value)
    return msgspec.json.encode(value).decode()
