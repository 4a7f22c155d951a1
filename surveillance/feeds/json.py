"""JSON: files of one object a line, and files that are one array of objects, read in blocks and never whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Location, Problem
from surveillance.events.raw import BrokenRecord, RawBlock
from surveillance.events.text import Text
from surveillance.feeds import json_split as split
from surveillance.feeds.content import UTF_8, Content, read_up_to
from surveillance.feeds.csv_split import is_utf8
from surveillance.feeds.json_tree import NameTree, columns_of, tree_of, values_of

MAX_RECORD: Final = 1 << 20
"""Longest record in bytes; a longer one is rejected."""

_BOM: Final = b"\xef\xbb\xbf"
_BUFFER_RECORDS: Final = 4
_SMALLEST_BUFFER: Final = 4096
_BYTES_OF_ROW: Final = 32
"""A buffer begins at so many bytes a row of a block, and grows where records are longer than it."""
_SAMPLE_RECORDS: Final = 1_000
_SHOWN_BYTES: Final = 16_384
_SMALLEST_RECORD: Final = 3


@dataclass(slots=True)
class _Buffer:
    """Text that was read, and where in it splitting stands."""

    data: NDArray[np.uint8]
    end: int
    final: bool
    state: NDArray[np.int64]


@dataclass(slots=True)
class _Found:
    """Records of a buffer: first and last places of their values and of themselves, lines and flags."""

    values: NDArray[np.int32]
    spans: NDArray[np.int32]
    lines: NDArray[np.int64]
    flags: NDArray[np.uint8]


class JsonReader:
    """One file of JSON objects.

    Parameters
    ----------
    content : Content
        The file.
    block_rows : int
        Most records of a block.
    lines : bool
        Each line is an object (NDJSON); otherwise the file is one array of objects.
    max_record : int
        Bytes from which on a record is over-long.

    Raises
    ------
    InputError
        If none of its first records is an object, or an array is due and there is something else.

    Notes
    -----
    `columns` are the names and paths in the first 1,000 records. One that appears later is read all the same, but the
    source does not count as having it.
    """

    def __init__(self, content: Content, block_rows: int, *, lines: bool, max_record: int = MAX_RECORD) -> None:
        self._content, self._block_rows, self._lines, self._most = content, block_rows, lines, max_record
        self.consumed = 0
        if not lines:
            self._check_array()
        self.columns: list[str] = columns_of(islice(self._texts(), _SAMPLE_RECORDS))
        self.consumed = 0
        if not self.columns:
            what, hint = "holds no JSON object in its first lines", "Each line must be one JSON object."
            if not lines:
                what, hint = "holds no JSON object in its first elements", "It must be an array of objects."
            code = "not-ndjson" if lines else "not-json"
            raise InputError(Problem(code, what, Location(content.label), hint))

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._content.size

    def _check_array(self) -> None:
        first = self._content.peek().removeprefix(_BOM).lstrip(b" \t\r\n")[:1]
        if first == b"[":
            return
        what = "an array of objects is due, and it begins with " + ("an object" if first == b"{" else repr(first)[1:])
        hint = "Where each line is an object, the suffix is .ndjson, or the feed profile says file: {format: ndjson}."
        raise InputError(Problem("not-json", what, Location(self._content.label, 1), hint if first == b"{" else ""))

    def _texts(self) -> Iterator[bytes]:
        """Yield the text of each record."""
        tree = tree_of([])
        for buffer in self._buffers():
            while len((found := self._split(buffer, tree, 0)).lines):
                for first, last in found.spans.T.tolist():
                    yield buffer.data[first:last].tobytes()

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:  # noqa: ARG002 - as of all readers
        """Yield the records in file order.

        Parameters
        ----------
        columns : list of str
            Names or paths to give out; an object without one has null there.
        encoded : set of str
            Not used: texts are coded at the door.

        Raises
        ------
        InputError
            If an array is not closed, or something stands behind it.
        """
        tree, position = tree_of(columns), 0
        for buffer in self._buffers():
            while len((found := self._split(buffer, tree, len(columns))).lines):
                yield self._block(buffer, found, columns, position)
                position += len(found.lines)
        self.consumed = self.size

    def _buffers(self) -> Iterator[_Buffer]:
        """Yield the text in buffers; what was not split comes again with what follows."""
        state = np.array([0, 1, 0, split.BEFORE, 0], np.int64)
        with self._content.open() as stream:
            rest = np.frombuffer(read_up_to(stream, len(_BOM)).removeprefix(_BOM), np.uint8)
            most = _BUFFER_RECORDS * self._most
            size = min(most, max(_SMALLEST_BUFFER, _BYTES_OF_ROW * self._block_rows))
            while True:
                size = max(size, min(2 * len(rest), most))
                data = np.empty(size, np.uint8)
                data[: len(rest)] = rest
                end, final = len(rest), False
                while end < len(data) and not final:
                    got = stream.readinto(data[end:].data)
                    end, final = end + got, got == 0
                self.consumed = stream.consumed
                yield _Buffer(data, end, final, state)
                if not self._lines:
                    self._check_phase(state, final=final)
                if final:
                    return
                rest = data[int(state[split.PLACE]) : end]
                state[split.PLACE] = 0

    def _check_phase(self, state: NDArray[np.int64], *, final: bool) -> None:
        where = Location(self._content.label, int(state[split.LINE]))
        if state[split.PHASE] == split.TRAILING:
            raise InputError(Problem("damaged-file", "something stands behind the end of the array", where))
        if final and state[split.PHASE] != split.DONE and not state[split.SKIPPING]:
            raise InputError(Problem("damaged-file", "is cut off: the array is not closed", where))

    def _split(self, buffer: _Buffer, tree: NameTree, slots: int) -> _Found:
        """Split one block; an empty one says that the buffer holds no further record."""
        left = buffer.end - int(buffer.state[split.PLACE])
        room = min(self._block_rows, left // _SMALLEST_RECORD + 1)
        values, spans = np.empty((2, slots, room), np.int32), np.empty((2, room), np.int32)
        lines, flags = np.empty(room, np.int64), np.empty(room, np.uint8)
        found = split.split_objects(
            buffer.data,
            buffer.end,
            buffer.final,
            self._lines,
            self._most,
            tree.names,
            tree.nodes,
            np.zeros(tree.nodes.shape[1], np.int64),
            np.empty((split.LEVEL_FACTS, split.DEEPEST), np.int64),
            buffer.state,
            values,
            spans,
            lines,
            flags,
            np.empty(3, np.int64),
        )
        return _Found(values[:, :, :found], spans[:, :found], lines[:found], flags[:found])

    def _block(self, buffer: _Buffer, found: _Found, columns: list[str], position: int) -> RawBlock:
        (starts, ends), spans, lines = found.values, found.spans, found.lines
        positions = np.arange(position, position + len(lines))
        original = data = buffer.data
        broken: list[BrokenRecord] = []
        if len(lines) and found.flags.max() > split.PLAIN:
            slow = self._doubtful(data, found)
            data, bad = _read_slowly(data, buffer.end, starts, ends, spans, slow, columns)
            broken = [self._broken(data, found, row, position) for row in bad]
            if bad:
                good = np.delete(np.arange(len(lines)), bad)
                starts, ends, spans, lines = starts[:, good], ends[:, good], spans[:, good], lines[good]
                positions = positions[good]
        texts = {
            name: Text(data, np.ascontiguousarray(starts[slot]), np.ascontiguousarray(ends[slot]))
            for slot, name in enumerate(columns)
        }

        def raw_of(row: int) -> tuple[int, str]:
            return int(lines[row]), _shown(original, spans, row)

        return RawBlock(texts, positions, raw_of, broken)

    def _doubtful(self, data: NDArray[np.uint8], found: _Found) -> list[int]:
        """Return the rows that have to be read slowly: those the kernel left, and those that are not UTF-8."""
        doubtful = found.flags > split.NOT_ASCII
        beyond = np.flatnonzero(found.flags == split.NOT_ASCII)
        if len(beyond) and not is_utf8(data, int(found.spans[0, beyond[0]]), int(found.spans[1, beyond[-1]])):
            for row in beyond.tolist():
                doubtful[row] = not is_utf8(data, int(found.spans[0, row]), int(found.spans[1, row]))
        rows: list[int] = np.flatnonzero(doubtful).tolist()
        return rows

    def _broken(self, data: NDArray[np.uint8], found: _Found, row: int, position: int) -> BrokenRecord:
        raw, line = _shown(data, found.spans, row), int(found.lines[row])
        if found.flags[row] == split.OVER_LONG:
            reason = f"is longer than {self._most} bytes"
            return BrokenRecord(position + row, line, "over-long-record", reason, raw)
        if not is_utf8(data, int(found.spans[0, row]), int(found.spans[1, row])):
            known = self._content.encoding
            code = "bad-utf8" if known == UTF_8 else "bad-encoding"
            return BrokenRecord(position + row, line, code, f"is not {known.upper()}", raw)
        return BrokenRecord(position + row, line, "bad-json", "is not a JSON object", raw)


def _shown(data: NDArray[np.uint8], spans: NDArray[np.int32], row: int) -> str:
    first, last = int(spans[0, row]), int(spans[1, row])
    text = data[first : min(last, first + _SHOWN_BYTES)].tobytes().decode("utf-8", "backslashreplace")
    return text.rstrip("\r\n")


def _read_slowly(
    data: NDArray[np.uint8], end: int, starts: Any, ends: Any, spans: Any, rows: list[int], columns: list[str]
) -> tuple[NDArray[np.uint8], list[int]]:
    """Read some rows one by one: write their values behind the data and point to them; return the rows that fail."""
    bad: list[int] = []
    side = bytearray()
    for row in rows:
        record = data[int(spans[0, row]) : int(spans[1, row])].tobytes()
        values = values_of(record, columns) if len(record) < MAX_RECORD else None
        if values is None:
            bad.append(row)
            continue
        for slot, value in enumerate(values):
            starts[slot, row] = end + len(side)
            side += value
            ends[slot, row] = end + len(side)
    if not side:
        return data, bad
    return np.concatenate([data[:end], np.frombuffer(bytes(side), np.uint8)]), bad
