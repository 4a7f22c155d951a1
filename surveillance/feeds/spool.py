"""Bytes that come only once, such as standard input: kept on disk as they are read, so that they can be read again.

A run opens a source more than once: to see its columns, to sort it, to take its digest. Reading goes on as the bytes
come; nothing waits for their end but formats that need it.
"""

from __future__ import annotations

import io
import os
import select
import sys
import tempfile
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final, Protocol

from surveillance.errors import InputError, Location, Problem

_PIECE: Final = 1 << 18
_PATIENCE: Final = 0.2
"""Seconds after which a thread that waits for bytes looks whether it is still wanted."""


class ReadOnce(Protocol):
    """What a spool reads."""

    def read(self, most: int, /) -> bytes | None:
        """Return up to `most` bytes, none at the end."""

    def fileno(self) -> int:
        """Return its number as a file of the operating system."""

    def close(self) -> None:
        """Close it."""


class Spool:
    """Something that can be read only once, made to be read again.

    Parameters
    ----------
    source : ReadOnce
        A binary file: what is read, from where it stands.
    label : str
        What messages call it.
    name : str
        Its name as a source.
    close_source : bool
        Close `source` with the spool.
    """

    def __init__(self, source: ReadOnce, label: str, name: str, *, close_source: bool = True) -> None:
        self.label, self.name = label, name
        self._source, self._lock, self._stopped = source, Lock(), Event()
        self._close_source = close_source
        self._kept: Any = tempfile.NamedTemporaryFile(prefix="surveillance-", suffix=".spool", buffering=0)  # noqa: SIM115 - see close
        self._size, self._ended = 0, False

    def size(self) -> int:
        """Return how many bytes have come so far."""
        return self._size

    def open(self) -> io.RawIOBase:
        """Open it at its beginning."""
        return _SpoolReader(self)

    def local_path(self) -> Path:
        """Wait for the end and return a file with all that came."""
        place = 0
        while got := len(self.read_at(place, _PIECE)):
            place += got
        return Path(self._kept.name)

    def read_at(self, place: int, most: int) -> bytes:
        """Return up to `most` bytes from `place`, waiting for them if they have not come yet; none at the end.

        Raises
        ------
        InputError
            If reading was stopped.
        """
        with self._lock:
            while place >= self._size and not self._ended:
                piece = self._next()
                self._kept.seek(self._size)
                self._kept.write(piece)
                self._size, self._ended = self._size + len(piece), not piece
            self._kept.seek(place)
            found: bytes = self._kept.read(most)
            return found

    def _next(self) -> bytes:
        try:
            number = self._source.fileno()
        except (OSError, AttributeError):  # no file of the operating system
            return self._source.read(_PIECE) or b""
        while not self._stopped.is_set():
            if os.name == "nt" or select.select([number], [], [], _PATIENCE)[0]:
                return os.read(number, _PIECE)
        raise InputError(Problem("stopped", "reading was stopped", Location(self.label)))

    def stop(self) -> None:
        """Let threads that wait for bytes go."""
        self._stopped.set()

    def close(self) -> None:
        """Remove what was kept."""
        self.stop()
        self._kept.close()
        if self._close_source:
            self._source.close()


class _SpoolReader(io.RawIOBase):
    """One reading of a spool."""

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self._spool, self._place = spool, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._spool.read_at(self._place, len(view))
        view[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._place


def standard_input() -> Spool:
    """Return what comes from standard input.

    Raises
    ------
    InputError
        If that is a terminal: nobody types events.
    """
    if sys.stdin is None or sys.stdin.isatty():
        hint = "Send a file into it: zcat day.csv.gz | surveil detect - …"
        raise InputError(Problem("no-input", "nothing comes from standard input", Location("-"), hint))
    return Spool(sys.stdin.buffer, "standard input", "stdin", close_source=False)
