"""transactions.csv, block by block: plain rows by the kernel, all others by Python.

This is the feed profile of the pack. It differs from that of `surveil detect`: no byte order mark, rows that are too
long are kept, numbers may have any size, and the zone of each time is kept, since it is printed again.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.compat.layering import records
from surveillance.compat.layering.values import Row, RowError, read_row
from surveillance.errors import InputError, Location, Problem
from surveillance.events.dictionary import Dictionary
from surveillance.events.text import Text
from surveillance.events.text_table import TextTable

IntArray = NDArray[Any]
OnReject = Callable[[dict[str, Any]], None]

_CHUNK: Final = 1 << 21
_ROWS: Final = 1 << 15
_OFFSETS: Final = 10_000
"""Zones from here on are places in the list of offsets that are not whole minutes."""

_BESIDE: Final = 2
_REJECTED: Final = 3
_PRICE_SCALE: Final = 10**records.PRICE_DECIMALS
_MOST: Final = 10**records.MOST_DIGITS
_MOST_PRICE_DIGITS: Final = 20
_MOST_NS: Final = 9_200_000_000 * 10**9
_MINUTE: Final = 60_000_000
_RAW_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True)
class Block:
    """Accepted rows in the order of the file.

    Parameters
    ----------
    time : ndarray of int64
        ns since 1970 in UTC; of local times without an offset as if they were UTC.
    zone : int or ndarray of int32
        Of all rows, or one a row; see `Zones`.
    kind, side : ndarray of int8
        As on the tape.
    price, quantity : ndarray of int64
        Millionths; whole numbers.
    account, instrument : ndarray of int32
        Codes.
    beside : ndarray of bool or None
        Rows with a time or number that the tape cannot hold; their own are not set. None: there is no such row.
    """

    time: IntArray
    zone: int | IntArray
    kind: IntArray
    side: IntArray
    price: IntArray
    quantity: IntArray
    account: IntArray
    instrument: IntArray
    beside: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.time)


class Zones:
    """Offsets of times as small numbers: whole minutes stand for themselves."""

    def __init__(self) -> None:
        self._others: list[int] = []

    def code(self, offset: int | None) -> int:
        """Return the zone of an offset in microseconds."""
        if offset is None:
            return records.NAIVE
        if offset % _MINUTE == 0:
            return offset // _MINUTE
        if offset not in self._others:
            self._others.append(offset)
        return _OFFSETS + self._others.index(offset)

    def offset(self, zone: int) -> int | None:
        """Return the offset of a zone."""
        if zone == records.NAIVE:
            return None
        return zone * _MINUTE if zone < _OFFSETS else self._others[zone - _OFFSETS]


@dataclass(slots=True)
class Counts:
    """What became of the rows."""

    rows: int = 0
    rejected: dict[str, int] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """Rows that could not be used."""
        return sum(self.rejected.values())


class _Coder:
    """Codes of the texts of one column, without the spaces around them; 0 for nothing but spaces."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary, self._table = dictionary, TextTable()
        self._codes = np.zeros(1, np.int32)

    def codes(self, data: NDArray[np.uint8], starts: IntArray, ends: IntArray) -> IntArray:
        numbers = self._table.numbers(Text(data, starts, ends))
        known = len(self._codes)
        if len(self._table) >= known:
            new = [self.code(self._table.bytes_of(one).decode()) for one in range(known, len(self._table) + 1)]
            self._codes = np.concatenate((self._codes, np.array(new, np.int32)))
        codes: IntArray = self._codes[numbers]
        return codes

    def code(self, text: str) -> int:
        stripped = text.strip()
        return self._dictionary.code(stripped) if stripped else 0


class _MoreError(Exception):
    """The record goes on behind the bytes that have been read."""


class Transactions:
    """One file.

    Parameters
    ----------
    path : Path
        The file.
    accounts, products : Dictionary
        Where texts get their codes.
    on_reject : callable
        Takes each row that is skipped: source, position, line, field, code, reason, raw.

    Raises
    ------
    InputError
        There is no such file, or its header does not name all columns.
    """

    def __init__(self, path: Path, accounts: Dictionary, products: Dictionary, on_reject: OnReject) -> None:
        self._path, self._on_reject = path, on_reject
        self.counts, self.zones = Counts(), Zones()
        self._accounts, self._products = _Coder(accounts), _Coder(products)
        self._data: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._place = self._end = self._before = 0
        self._final = False
        self._lines: int | None = None  # line ends before `_counted`; not counted until a row is skipped
        self._counted = 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._plain = True
        self._columns: list[int] = []
        self._slots: IntArray = np.empty(0, np.int32)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of the file.

        Raises
        ------
        InputError
            The file cannot be read, its header does not name all columns, or it is not UTF-8.
        """
        try:
            with self._path.open("rb", buffering=0) as file:
                yield from self._blocks(file)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(Problem("cannot-read", f"cannot be read: {reason}", Location(str(self._path)))) from error

    def rows(self) -> Iterator[Row]:
        """Yield the accepted rows once more, read by Python alone."""
        with self._path.open(encoding="utf-8", newline="") as file:
            records_ = csv.reader(file)
            next(records_, None)
            for cells in records_:
                if cells:
                    try:
                        yield read_row([cells[place] if place < len(cells) else None for place in self._columns])
                    except RowError:
                        continue

    def _blocks(self, file: FileIO) -> Iterator[Block]:
        self._fill(file)
        self._read_header(self._record(file))
        state, cells, seen = np.zeros(3, np.int64), np.zeros(15, np.int32), np.zeros(4, np.int64)
        while True:
            rows = _Rows(_ROWS)
            state[records.ROW] = 0
            hard: dict[int, list[str]] = {}
            while True:
                state[records.PLACE] = self._place
                records.read_records(
                    self._data, self._end, self._final, self._slots, state, rows.time, rows.zone, rows.kind, rows.side,
                    rows.price, rows.quantity, rows.texts, rows.spans, rows.flags, cells, seen,
                )  # fmt: skip
                self._place, row = int(state[records.PLACE]), int(state[records.ROW])
                if not state[records.HARD]:
                    break
                first = self._place
                found = self._complete_record()
                if found is None:
                    break
                if found:
                    rows.texts[:, row], rows.spans[:, row], rows.flags[row] = 0, (first, self._place), records.ODD
                    hard[row] = found
                    state[records.ROW] = row + 1
            if row:
                yield self._block(rows, row, hard)
            elif self._final:
                return
            if row < _ROWS and not self._final:
                self._fill(file)

    def _fill(self, file: FileIO) -> None:
        """Read on; what was not used yet comes first."""
        if self._lines is not None:
            self._line_number(self._place)
            self._counted = 0
        rest = self._data[self._place : self._end]
        self._before += self._place
        data = np.empty(len(rest) + max(_CHUNK, len(rest)), np.uint8)
        data[: len(rest)] = rest
        end = len(rest)
        while end < len(data):
            got = file.readinto(data[end:].data)
            if not got:
                self._final = True
                break
            end += got
        self._check(data[len(rest) : end])
        self._data, self._place, self._end = data, 0, end

    def _check(self, fresh: NDArray[np.uint8]) -> None:
        """Check that bytes are UTF-8; most files are ASCII, which costs nearly nothing to see."""
        if self._plain and (not len(fresh) or fresh.max() < 128):
            return
        self._plain = False
        try:
            self._utf8.decode(fresh.tobytes(), final=self._final)
        except UnicodeDecodeError as error:
            hint = "save the file as UTF-8"
            raise InputError(
                Problem("bad-utf8", f"is not UTF-8: {error.reason}", Location(str(self._path)), hint)
            ) from None

    def _record(self, file: FileIO) -> list[str]:
        """Read the next record by Python, blank or not, and go behind it."""
        while True:
            found = self._complete_record()
            if found is not None:
                return found
            self._fill(file)

    def _complete_record(self) -> list[str] | None:
        """Read the next record by Python and go behind it; None if the bytes that have been read do not hold it all."""
        used = self._place

        def lines() -> Iterator[str]:
            nonlocal used
            while used < self._end:
                line = self._line(used)
                used += len(line)
                yield line.decode()

        try:
            found = next(csv.reader(lines()), [])
        except _MoreError:
            return None
        except csv.Error as error:
            where = Location(str(self._path), self._line_number(self._place))
            raise InputError(Problem("bad-csv", f"is not CSV from here on: {error}", where)) from None
        if used >= self._end and not self._final:
            return None
        self._place = used
        return found

    def _line(self, start: int) -> bytes:
        """Return the bytes up to and with the next line end: LF, CR or both."""
        size = 1 << 12
        while True:
            piece = self._data[start : min(start + size, self._end)].tobytes()
            ends = [place for place in (piece.find(b"\n"), piece.find(b"\r")) if place >= 0]
            if ends:
                stop = min(ends) + 1
                if piece[stop - 1 : stop] == b"\n":
                    return piece[:stop]
                if stop < len(piece):
                    return piece[: stop + (piece[stop : stop + 1] == b"\n")]
            if start + size >= self._end:
                if not self._final:
                    raise _MoreError
                return piece
            size *= 4

    def _line_number(self, place: int) -> int:
        """Return the physical line, from 1, in which a byte of the data stands."""
        if self._lines is None:
            self._lines, left = 0, self._before
            with self._path.open("rb") as file:
                while left > 0 and (piece := file.read(min(left, _CHUNK))):
                    self._lines += piece.count(b"\n")
                    left -= len(piece)
        self._lines += int(np.count_nonzero(self._data[self._counted : place] == 10))
        self._counted = place
        return self._lines + 1

    def _read_header(self, names: list[str]) -> None:
        missing = [name for name in records.FIELDS if name not in names]
        if missing:
            where = Location(str(self._path), 1)
            what = f"has no column {', '.join(missing)}"
            hint = f"its header is {', '.join(map(repr, names[:20]))}" if names else "the file has no header line"
            if names and names[0].startswith("\ufeff"):
                hint = "the file begins with a byte order mark: save it as UTF-8 without one"
            raise InputError(Problem("missing-column", what, where, hint))
        places = {name: place for place, name in enumerate(names)}  # of two with one name the last counts
        self._columns = [places[name] for name in records.FIELDS]
        self._slots = np.full(len(names), -1, np.int32)
        self._slots[self._columns] = np.arange(len(records.FIELDS))

    def _block(self, rows: _Rows, count: int, hard: dict[int, list[str]]) -> Block:
        """Make a block of the first `count` rows."""
        rows.cut(count)
        flags, texts = rows.flags, rows.texts
        account = self._accounts.codes(self._data, texts[0], texts[1])
        product = self._products.codes(self._data, texts[2], texts[3])
        unclear = np.flatnonzero((flags != records.FINE) | (account == 0) | (product == 0))
        for row in unclear.tolist():
            cells = hard.get(row) or self._cells(rows.spans[:, row])
            try:
                found = read_row([cells[place] if place < len(cells) else None for place in self._columns])
            except RowError as error:
                flags[row] = _REJECTED
                self._reject(error, self.counts.rows + row, rows.spans[:, row])
            else:
                account[row], product[row] = self._accounts.code(found.account), self._products.code(found.product)
                flags[row] = rows.put(row, found, self.zones)
        self.counts.rows += count
        if len(unclear) and (flags == _REJECTED).any():
            kept = flags != _REJECTED
            rows.keep(kept)
            account, product = account[kept], product[kept]
        beside = rows.flags == _BESIDE if len(unclear) else None
        zone = rows.zone
        same = len(zone) > 0 and int(zone.min()) == int(zone.max())
        return Block(
            rows.time, int(zone[0]) if same else zone, rows.kind, rows.side, rows.price, rows.quantity, account,
            product, beside if beside is not None and beside.any() else None,
        )  # fmt: skip

    def _cells(self, span: IntArray) -> list[str]:
        text = self._data[int(span[0]) : int(span[1])].tobytes().decode()
        return next(csv.reader([text]), [])

    def _reject(self, error: RowError, position: int, span: IntArray) -> None:
        self.counts.rejected[error.code] = self.counts.rejected.get(error.code, 0) + 1
        raw = self._data[int(span[0]) : int(span[1])].tobytes().decode().rstrip("\r\n")
        self._on_reject(
            {
                "source": self._path.name,
                "position": position,
                "line": self._line_number(int(span[0])),
                "field": error.field,
                "code": error.code,
                "reason": error.reason,
                "raw": raw[:_RAW_CHARACTERS],
            }
        )


class _Rows:
    """Columns that the kernel fills."""

    def __init__(self, room: int) -> None:
        self.time, self.price, self.quantity = (np.empty(room, np.int64) for _ in range(3))
        self.zone = np.empty(room, np.int32)
        self.kind, self.side, self.flags = (np.empty(room, np.int8) for _ in range(3))
        self.texts, self.spans = np.empty((4, room), np.int32), np.empty((2, room), np.int32)

    def cut(self, count: int) -> None:
        """Forget the rows behind the first `count`."""
        for name in ("time", "zone", "kind", "side", "price", "quantity", "flags"):
            setattr(self, name, getattr(self, name)[:count])
        self.texts, self.spans = self.texts[:, :count].copy(), self.spans[:, :count]

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Keep some rows."""
        for name in ("time", "zone", "kind", "side", "price", "quantity", "flags"):
            setattr(self, name, getattr(self, name)[kept])

    def put(self, row: int, found: Row, zones: Zones) -> int:
        """Write a row; return whether it is fine or has something that the tape cannot hold."""
        self.kind[row], self.side[row] = found.kind, found.side
        self.zone[row] = zones.code(found.stamp.offset)
        self.time[row] = self.price[row] = self.quantity[row] = 0
        time = found.stamp.instant * 1000
        few = len(found.price.as_tuple().digits) <= _MOST_PRICE_DIGITS  # so that nothing is rounded here
        price = found.price * _PRICE_SCALE if few and found.price < _MOST else None
        fits = price is not None and price >= 1 and price == price.to_integral_value()
        if not fits or not -_MOST_NS < time < _MOST_NS or found.quantity >= _MOST:
            return _BESIDE
        assert price is not None
        self.time[row], self.price[row], self.quantity[row] = time, int(price), found.quantity
        return records.FINE
