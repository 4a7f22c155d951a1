"""The bytes of one source, however they are packed: readers of text get UTF-8 from a stream and know nothing of it.

How a file is packed is told by its first bytes and not by its name. Nothing is ever held whole: a stream unpacks and
decodes as it is read, and a source can be opened again.
"""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import Any, Final, Protocol

from surveillance.errors import InputError, Location, Problem

UTF_8: Final = "utf-8"
_MAGIC: Final = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "bz2": b"BZh"}
_PACKED_SUFFIXES: Final = frozenset({".gz", ".gzip", ".zst", ".zstd", ".bz2"})
_PIECE: Final = 1 << 20
_MOST_MAGIC: Final = 4


class Stored(Protocol):
    """Something with bytes that can be read from their beginning more than once."""

    label: str
    """What messages call it."""
    name: str
    """Last part of its path."""

    def size(self) -> int:
        """Return how many bytes it has, as far as that is known."""

    def open(self) -> io.RawIOBase:
        """Open it at its beginning."""

    def local_path(self) -> Path:
        """Return a file with all of its bytes, for formats that are not read from front to back."""

    def stop(self) -> None:
        """Let threads go that wait for bytes."""


class StoredFile:
    """A file on a disk.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.label, self.name = str(path), path.name

    def size(self) -> int:
        """Return its size in bytes."""
        return self._path.stat().st_size

    def open(self) -> io.RawIOBase:
        """Open it at its beginning."""
        return self._path.open("rb", buffering=0)

    def local_path(self) -> Path:
        """Return its path."""
        return self._path

    def stop(self) -> None:
        """Do nothing: the bytes are there."""


class StoredAs(StoredFile):
    """A file that is read under the name that it had as a source of an earlier run.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Name of the source, with slashes between the parts.
    """

    def __init__(self, path: Path, source: str) -> None:
        super().__init__(path)
        self.parts = tuple(source.split("/"))
        self.name = self.parts[-1]


class Content:
    """The content of one source.

    Parameters
    ----------
    stored : Stored, Path or str
        Where its bytes are.
    encoding : str
        Of its text: a name that Python knows.

    Attributes
    ----------
    packing : str
        ``gzip``, ``zstd``, ``bz2``, or empty.
    name : str
        Last part of its path without the suffix of the packing, so that it is called the same however it is packed.

    Raises
    ------
    InputError
        If it cannot be read, or is empty.
    """

    def __init__(self, stored: Stored | Path | str, encoding: str = UTF_8) -> None:
        self.stored: Stored = StoredFile(Path(stored)) if isinstance(stored, (str, Path)) else stored
        self.label = self.stored.label
        self.encoding = UTF_8 if is_utf_8(encoding) else encoding
        try:
            with self.stored.open() as raw:
                first = read_up_to(raw, _MOST_MAGIC)
        except OSError as error:
            raise self._unreadable(error) from None
        self.packing = next((name for name, magic in _MAGIC.items() if first.startswith(magic)), "")
        if not first or (self.packing and not self.peek(1)):
            raise InputError(Problem("empty-file", "is empty", Location(self.label)))
        self.name = without_packing(self.stored.name)

    @property
    def size(self) -> int:
        """Bytes as they are stored."""
        return self.stored.size()

    def open(self) -> Stream:
        """Open the text from its beginning, unpacked, in UTF-8."""
        try:
            raw = self.stored.open()
        except OSError as error:
            raise self._unreadable(error) from None
        return Stream(raw, self)

    def peek(self, most: int = 4096) -> bytes:
        """Return the first bytes of the text."""
        with self.open() as stream:
            return read_up_to(stream, most)

    def local_path(self) -> Path:
        """Return a file with the bytes, for a format that cannot be read from front to back.

        Raises
        ------
        InputError
            If it is packed.
        """
        if self.packing:
            what, hint = f"is packed with {self.packing}", "This format is packed inside already: unpack the file."
            raise InputError(Problem("packed-file", what, Location(self.label), hint))
        return self.stored.local_path()

    def _unreadable(self, error: OSError) -> InputError:
        where = Location(self.label)
        if isinstance(error, FileNotFoundError):
            return InputError(Problem("no-such-file", "does not exist", where))
        if isinstance(error, IsADirectoryError):
            return InputError(Problem("not-a-file", "is a folder, not a file", where, "Name the files in it."))
        return InputError(Problem("cannot-read", f"cannot be read: {error.strerror}", where))


class Stream(io.RawIOBase):
    """The text of a source: unpacked, and in UTF-8 whatever its encoding.

    Parameters
    ----------
    raw : io.RawIOBase
        The bytes as they are stored; closed with the stream.
    content : Content
        What they are.

    Notes
    -----
    What cannot be decoded becomes bytes that are not UTF-8, so that readers reject the record and not the file.
    """

    def __init__(self, raw: io.RawIOBase, content: Content) -> None:
        super().__init__()
        self._raw, self._content, self._read_bytes = raw, content, 0
        self._source: Any = raw
        if content.packing:
            import pyarrow as pa

            self._source = pa.CompressedInputStream(pa.PythonFile(raw, "r"), content.packing)
        self._decoder = None
        if content.encoding != UTF_8:
            self._decoder = codecs.getincrementaldecoder(content.encoding)("surveillance.mark")
        self._rest, self._ended = memoryview(b""), False

    @property
    def consumed(self) -> int:
        """Bytes read so far, as they are stored."""
        return self._raw.tell()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read up to the size of `buffer`; 0 at the end.

        Raises
        ------
        InputError
            If the bytes are damaged or cut off.
        """
        view = memoryview(buffer).cast("B")
        if self._decoder is None:
            return self._take(view)
        while not self._rest and not self._ended:
            piece = bytearray(_PIECE)
            got = self._take(memoryview(piece))
            self._ended = got == 0
            text = self._decode(bytes(piece[:got]))
            self._rest = memoryview(text.encode("utf-8", "surrogatepass"))
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _decode(self, piece: bytes) -> str:
        assert self._decoder is not None
        try:
            return self._decoder.decode(piece, self._ended)
        except UnicodeError as error:  # such as text that is not of the encoding at all: no place to go on from
            what = f"is not {self._content.encoding}: {error}"
            hint = "The feed profile names the encoding."
            raise InputError(Problem("wrong-encoding", what, Location(self._content.label), hint)) from None

    def _take(self, view: memoryview) -> int:
        try:
            got = self._source.readinto(view) or 0
        except OSError as error:
            done = "packed with " + self._content.packing if self._content.packing else "being read"
            what = f"is damaged or cut off after {self._read_bytes:,} bytes of content ({done}): {error}"
            raise InputError(Problem("damaged-file", what, Location(self._content.label))) from None
        self._read_bytes += got
        return int(got)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            if self._source is not self._raw:
                self._source.close()
            self._raw.close()
        super().close()


def is_utf_8(encoding: str) -> bool:
    """Tell whether a name means UTF-8; the byte order mark is the readers' matter.

    Raises
    ------
    LookupError
        If Python knows no such encoding of text.
    """
    found = codecs.lookup(encoding)
    if found.incrementaldecoder is None or not found._is_text_encoding:  # noqa: SLF001 - as open() does
        raise LookupError(encoding)
    return found.name in ("utf-8", "utf-8-sig")


def without_packing(name: str) -> str:
    """Return a file name without a suffix such as .gz."""
    path = Path(name)
    return path.stem if path.suffix.lower() in _PACKED_SUFFIXES else name


def read_up_to(stream: io.RawIOBase, most: int) -> bytes:
    """Read `most` bytes; fewer only where there are no more.

    Parameters
    ----------
    stream : io.RawIOBase
        Where they come from; it may give fewer at a time.
    most : int
        How many are wanted.
    """
    found = bytearray(most)
    size = 0
    while size < most and (got := stream.readinto(memoryview(found)[size:])):
        size += got
    return bytes(found[:size])


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Stand for what cannot be decoded by a lone surrogate, which is not UTF-8."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error("surveillance.mark", _mark)
