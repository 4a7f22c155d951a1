"""rejects.ndjson: the rows that were skipped, each with its place and its reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from surveillance.errors import InputError, Location, Problem

REJECTS: Final = "rejects.ndjson"
_FEW: Final = 10


class Rejects:
    """The file; it takes its name only when the run is complete.

    Parameters
    ----------
    folder : Path
        Where it goes; made if it is not there.
    veiled : bool
        Whether accounts are pseudonyms: then nothing of a row is shown, since an account can stand in any of its cells.
    """

    def __init__(self, folder: Path, *, veiled: bool = False) -> None:
        self._veiled = veiled
        self._path = folder / REJECTS
        self._part = self._path.with_name(f".{REJECTS}.{os.getpid()}.part")
        self._file: BinaryIO
        self.first: list[tuple[int, str]] = []

    def __enter__(self) -> Rejects:  # noqa: PYI034 - Self needs Python 3.11
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("wb")
        except OSError as error:
            where = Location(str(self._path))
            raise InputError(Problem("cannot-write", f"cannot be written: {error.strerror or error}", where)) from error
        return self

    def write(self, record: dict[str, Any]) -> None:
        """Add a row."""
        if self._veiled:
            record = {name: value for name, value in record.items() if name != "raw"}
            record["reason"] = f"its {record['field']} cannot be used"
        if len(self.first) < _FEW:
            self.first.append((record["line"], record["reason"]))
        self._file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")

    def restart(self) -> None:
        """Forget what was written: the file is read once more."""
        self.first.clear()
        self._file.seek(0)
        self._file.truncate()

    def commit(self) -> None:
        """Give the file its name."""
        self._file.close()
        self._part.replace(self._path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)
