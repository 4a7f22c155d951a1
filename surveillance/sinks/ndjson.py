"""Results as NDJSON files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from surveillance.errors import InputError, Location, Problem

_ENCODER = msgspec.json.Encoder(decimal_format="number", order=None)


def encode(record: Any) -> bytes:
    """Return a record as JSON; decimals are exact numbers."""
    return _ENCODER.encode(record)


class NdjsonFile:
    """A file of records that takes its name only when it is complete.

    Parameters
    ----------
    path : Path
        The final name.
    ordered : bool
        Whether records are put in the order of their keys at the end; else they stay as they came.
    """

    def __init__(self, path: Path, *, ordered: bool = False) -> None:
        self.path, self._ordered = path, ordered
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._index: list[tuple[tuple[str, ...], int, int]] = []
        self._file: BinaryIO = _writing(self._part, lambda: self._part.open("wb+"))
        self.count = 0

    def write(self, record: Any, key: tuple[str, ...] = ()) -> None:
        """Add a record."""
        line = encode(record) + b"\n"
        if self._ordered:
            self._index.append((key, self._file.tell(), len(line)))
        _writing(self._part, lambda: self._file.write(line))
        self.count += 1

    def _in_order(self) -> Iterator[bytes]:
        for _, start, length in sorted(self._index):
            self._file.seek(start)
            yield self._file.read(length)

    def commit(self) -> None:
        """Put the records in order if asked, and give the file its name."""
        _writing(self._part, self._finish)

    def _finish(self) -> None:
        self._file.flush()
        if self._ordered:
            sorted_part = self._part.with_suffix(".sorted")
            try:
                with sorted_part.open("wb") as file:
                    file.writelines(self._in_order())
                    file.flush()
                    os.fsync(file.fileno())
                self._file.close()
                sorted_part.replace(self._part)
            finally:
                sorted_part.unlink(missing_ok=True)
        else:
            os.fsync(self._file.fileno())
            self._file.close()
        self._part.replace(self.path)

    def discard(self) -> None:
        """Remove what was written."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def write_json(path: Path, record: Any) -> None:
    """Write one record as an indented JSON file, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    text = msgspec.json.format(encode(record), indent=2) + b"\n"

    def write() -> None:
        with part.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    try:
        _writing(path, write)
    finally:
        part.unlink(missing_ok=True)


def _writing(path: Path, action: Any) -> Any:
    """Do something that writes; say plainly what the system refused."""
    try:
        return action()
    except OSError as error:
        hint = "free space or name another folder with --out; nothing was left half written"
        raise InputError(
            Problem("cannot-write", f"cannot write: {error.strerror or error}", Location(str(path)), hint)
        ) from error
