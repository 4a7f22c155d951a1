"""The audit log of a house: who ran, released, decided and exported what, each entry chained to the one before."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.alerts.values import iso_time
from surveillance.audit.chain import NOTHING, Entry, Head, append, lines_of, read_head
from surveillance.audit.locking import locked
from surveillance.errors import InputError, Location, Problem

LOG: Final = "log.ndjson"
HEADS: Final = "heads"
TORN: Final = "torn.ndjson"
FOLDER: Final = "SURVEIL_AUDIT"
"""Environment variable that names the folder of the log."""

OUT: Final = Path("out")
"""Where runs leave their results by default."""

_LAST_BYTES: Final = 1 << 16


class AuditLog:
    """A log in a folder: ``log.ndjson``, and in ``heads`` one file a day with the head of that day's last entry.

    Parameters
    ----------
    folder : Path
        Made when the first entry is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / LOG

    def add(self, kind: str, what: Mapping[str, Any], *, by: str = "") -> Entry:
        """Write an entry.

        Parameters
        ----------
        kind : str
            ``run``, ``release``, …
        what : Mapping
            The facts, as plain values.
        by : str
            Who; by default the user of this process.

        Raises
        ------
        InputError
            The log cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / ".lock"):
                self._mend()
                return self._add(kind, what, by or user())
        except OSError as error:
            hint = f"free space, or name another folder in ${FOLDER}"
            what_failed = f"the audit log cannot be written: {error.strerror}"
            raise InputError(Problem("cannot-log", what_failed, Location(str(self.path)), hint)) from error

    def _add(self, kind: str, what: Mapping[str, Any], by: str) -> Entry:
        last = self.head()
        entry = Entry(last.number + 1, iso_time(time.time_ns()), kind, by, dict(what), last.hash)
        written = append(self.path, entry)
        day = self.folder / HEADS / f"{written.time[:10]}.head"
        day.parent.mkdir(exist_ok=True)
        fresh = day.with_suffix(".new")
        fresh.write_text(f"{Head(written.number, written.hash)}\n", encoding="utf-8")
        fresh.replace(day)
        return written

    def _mend(self) -> None:
        """Put the rest of an entry that was being written when the machine stopped aside, and say so in the log."""
        if not self.path.exists():
            return
        content = _tail(self.path)
        rest = content[content.rfind(b"\n") + 1 :]
        if not rest:
            return
        with (self.folder / TORN).open("ab") as aside:
            aside.write(rest + b"\n")
        os.truncate(self.path, self.path.stat().st_size - len(rest))
        self._add("torn", {"bytes": len(rest), "aside": TORN}, user())

    def head(self) -> Head:
        """Return the number and hash of the last entry."""
        if not self.path.exists() or not self.path.stat().st_size:
            return Head(0, NOTHING)
        content = _tail(self.path)
        last = content.rstrip(b"\n").rpartition(b"\n")[2]
        try:
            entry = msgspec.json.decode(last, type=Entry)
        except msgspec.MsgspecError as error:
            what = f"the last entry of the audit log cannot be read: {error}"
            hint = "`surveil log verify` says what is wrong with it"
            raise InputError(Problem("log-broken", what, Location(str(self.path)), hint)) from error
        return Head(entry.number, entry.hash)

    def heads(self) -> dict[str, Head]:
        """Return the heads of each day, by file."""
        return {str(path): read_head(path.read_text("utf-8")) for path in sorted((self.folder / HEADS).glob("*.head"))}

    def entries(self) -> Iterator[Entry]:
        """Yield all entries; see `surveillance.audit.chain.verify` for what may be wrong with them."""
        for _, raw in lines_of(self.path):
            yield msgspec.json.decode(raw, type=Entry)


def opened_log(folder: Path | None = None, out: Path = OUT) -> AuditLog:
    """Return the log in a folder; by default the one in ``$SURVEIL_AUDIT``, or in ``audit`` among a run's results."""
    return AuditLog(folder or Path(os.environ.get(FOLDER) or out / "audit"))


def _tail(path: Path) -> bytes:
    """Return the end of a file, with at least its last whole line."""
    size, wanted = path.stat().st_size, _LAST_BYTES
    with path.open("rb") as file:
        while True:
            file.seek(max(size - wanted, 0))
            content = file.read()
            if wanted >= size or content.rstrip(b"\n").count(b"\n"):
                return content
            wanted *= 4


def user() -> str:
    """Return the user of this process; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "nobody that the system knows"
