"""CSV files: split by a kernel, in blocks, with every record accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Location, Problem
from surveillance.events.raw import BrokenRecord, RawBlock
from surveillance.events.text import Text
from surveillance.feeds import csv_split as split
from surveillance.feeds.content import UTF_8, Content, read_up_to

MAX_RECORD: Final = 1 << 20
"""Longest record in bytes; a longer one is rejected up to the end of its line."""

_BUFFER_RECORDS: Final = 4
_SMALLEST_BUFFER: Final = 4096
_BYTES_OF_ROW: Final = 32
"""A buffer begins at so many bytes a row of a block, and grows where records are longer than it."""
_HEADER_PIECE: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_REASONS: Final = {
    split.UNCLOSED: ("unclosed-quote", "opens a quote and does not close it"),
    split.BAD_QUOTE: ("bad-quote", "closes a quote in the middle of a field"),
    split.SHORT: ("short-record", "has fewer fields than the header"),
    split.LONG: ("long-record", "has more fields than the header"),
    split.NOT_UTF8: ("bad-utf8", "is not UTF-8"),
    split.OVER_LONG: ("over-long-record", "is too long to be a record"),
}


class CsvReader:
    """One CSV file, with a header line unless the profile names the columns.

    Parameters
    ----------
    content : Content
        The file.
    block_rows : int
        Most records of a block.
    delimiter : str
        One ASCII character.
    header : sequence of str
        Column names of a file without a header line.
    max_record : int
        Bytes from which on a record is over-long.

    Raises
    ------
    InputError
        If its header cannot be read.
    """

    def __init__(
        self,
        content: Content,
        block_rows: int,
        *,
        delimiter: str = ",",
        header: Sequence[str] = (),
        max_record: int = MAX_RECORD,
    ) -> None:
        self._content, self._block_rows, self._delimiter = content, block_rows, delimiter
        self.consumed = 0
        self._most = max_record
        self._skip, self._line = 0, 1
        self.columns: list[str] = list(header) or self._header()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._content.size

    @property
    def _encoding(self) -> str:
        return self._content.encoding.upper()

    def _header(self) -> list[str]:
        """Read the header line; what follows begins at `_skip`."""
        where = Location(self._content.label, 1)
        with io.BufferedReader(self._content.open(), _HEADER_PIECE) as file:
            line = file.readline(MAX_RECORD)
            while line and not line.removeprefix(_BOM).strip(b"\r\n"):
                self._line += 1
                self._skip += len(line)
                line = file.readline(MAX_RECORD)
            self._skip += len(line)
        self._line += 1
        if b"\0" in line:
            hint = "If it is text in UTF-16, the feed profile has to name the encoding." if line[:2] in _UTF_16 else ""
            raise InputError(Problem("not-text", "is binary, and no text in " + self._encoding, where, hint))
        try:
            text = line.removeprefix(_BOM).decode()
            names = next(csv.reader([text.rstrip("\r\n")], delimiter=self._delimiter, strict=True), [])
        except UnicodeDecodeError:
            hint = "Save the file as UTF-8, or name its encoding in the feed profile."
            what = f"the header is not {self._encoding}"
            raise InputError(Problem("bad-utf8", what, where, hint)) from None
        except csv.Error as error:
            raise InputError(Problem("bad-header", f"the header cannot be read: {error}", where)) from None
        if not any(names):
            raise InputError(Problem("empty-file", "has no header", where))
        twice = sorted({name for name in names if names.count(name) > 1 and name})
        if twice:
            what = f"has a column twice: {', '.join(twice)}"
            raise InputError(Problem("duplicate-column", what, where))
        return names

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:  # noqa: ARG002 - as of all readers
        """Yield the records in file order.

        Parameters
        ----------
        columns : list of str
            Columns to give out.
        encoded : set of str
            Not used: texts are coded at the door.
        """
        slots = np.array([columns.index(name) if name in columns else -1 for name in self.columns], np.int32)
        position = 0
        for data, end, final, state in self._buffers():
            while True:
                block = self._split(data, end, final, slots, columns, state, position)
                if not block.positions.size and not block.broken:
                    break
                position += len(block) + len(block.broken)
                yield block
        self.consumed = self.size

    def _buffers(self) -> Iterator[tuple[NDArray[np.uint8], int, bool, NDArray[np.int64]]]:
        """Yield the file's bytes with the state of splitting; what was not split comes again with what follows."""
        state = np.array([0, self._line, 0], np.int64)
        with self._content.open() as stream:
            rest = np.frombuffer(read_up_to(stream, self._skip or len(_BOM)), np.uint8)
            if self._skip or rest.tobytes() == _BOM:
                rest = rest[:0]
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
                yield data, end, final, state
                if final:
                    return
                rest = data[int(state[split.PLACE]) : end]
                state[split.PLACE] = 0

    def _split(
        self,
        data: NDArray[np.uint8],
        end: int,
        final: bool,
        slots: NDArray[np.int32],
        columns: list[str],
        state: NDArray[np.int64],
        position: int,
    ) -> RawBlock:
        """Split one block; an empty one says that the buffer holds no further record."""
        room = min(self._block_rows, (end - int(state[split.PLACE])) // max(1, len(slots)) + 1)
        starts, ends = np.empty((len(columns), room), np.int32), np.empty((len(columns), room), np.int32)
        spans, lines, flags = np.empty((2, room), np.int32), np.empty(room, np.int64), np.empty(room, np.uint8)
        seen = np.zeros(3, np.int64)
        found = split.split_records(
            data, end, final, ord(self._delimiter), self._most, slots, state, starts, ends, spans, lines, flags, seen
        )
        positions = np.arange(position, position + found)
        starts, ends, spans, lines, flags = (
            starts[:, :found],
            ends[:, :found],
            spans[:, :found],
            lines[:found],
            flags[:found],
        )
        broken: list[BrokenRecord] = []
        if found and flags.max() > split.PLAIN:
            bad = flags > split.ESCAPED
            for row in np.flatnonzero(bad).tolist():
                code, reason = self._reason(int(flags[row]))
                raw = _shown(data, spans, row)
                broken.append(BrokenRecord(position + row, int(lines[row]), code, reason, raw))
            good = np.flatnonzero(~bad)
            escaped = np.flatnonzero(flags[good] == split.ESCAPED)
            starts, ends, spans, lines = starts[:, good], ends[:, good], spans[:, good], lines[good]
            positions = positions[good]
            original, data = data, _unescape(data, end, starts, ends, escaped)
        else:
            original = data
        texts = {
            name: Text(data, np.ascontiguousarray(starts[slot]), np.ascontiguousarray(ends[slot]))
            for slot, name in enumerate(columns)
        }

        def raw_of(row: int) -> tuple[int, str]:
            return int(lines[row]), _shown(original, spans, row)

        return RawBlock(texts, positions, raw_of, broken)

    def _reason(self, flag: int) -> tuple[str, str]:
        if flag == split.NOT_UTF8 and self._content.encoding != UTF_8:
            return "bad-encoding", f"is not {self._encoding}"
        return _REASONS[flag]


def _shown(data: NDArray[np.uint8], spans: NDArray[np.int32], row: int) -> str:
    first, last = int(spans[0, row]), int(spans[1, row])
    return data[first:last].tobytes().decode("utf-8", "backslashreplace").rstrip("\r\n")


def _unescape(data: NDArray[np.uint8], end: int, starts: Any, ends: Any, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Write fields with doubled quotes anew behind the data, and point to them."""
    if not len(rows):
        return data
    side = bytearray()
    for row in rows.tolist():
        for slot in range(len(starts)):
            start, stop = int(starts[slot, row]), int(ends[slot, row])
            field = data[start:stop].tobytes()
            if b'""' in field and start and data[start - 1] == 34:
                starts[slot, row] = end + len(side)
                side += field.replace(b'""', b'"')
                ends[slot, row] = end + len(side)
    return np.concatenate([data[:end], np.frombuffer(bytes(side), np.uint8)])
