"""Alerts outlive the process: each is appended to a file, on disk before the caller sees it, and again when it grows.

The file is JSON, one revision of an alert a line. What a later call finds again unchanged is not written again, in this
process or in the next. A call never fails because its alerts cannot be kept; it says so.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from logging import ERROR, INFO, WARNING
from pathlib import Path
from threading import Lock
from typing import Any, Final

from surveillance.compat.pipeline_log import log

OFF: Final = "off"
_MOST: Final = 100_000
"""Alerts whose last revision is remembered; an older one that comes again is written again."""

_NOT_CONTENT: Final = frozenset({"detected_at", "revision"})


class Keeper:
    """A file of alerts.

    Parameters
    ----------
    path : Path
        The file; made with its folders when the first alert is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: OrderedDict[str, tuple[int, str]] | None = None
        self._lock = Lock()

    def keep(self, anomalies: Iterable[Mapping[str, Any]]) -> int:
        """Append the alerts that are new or have changed; return how many, once they are on the disk.

        Raises
        ------
        OSError
            The file cannot be read or written.
        """
        with self._lock:
            known = self._known = self._read() if self._known is None else self._known
            fresh: dict[str, tuple[int, str]] = {}
            lines = []
            for one in anomalies:
                content = {name: value for name, value in one.items() if name not in _NOT_CONTENT}
                digest = hashlib.sha256(_encoded(content)).hexdigest()[:16]
                revision, last = fresh.get(one["alert_id"]) or known.get(one["alert_id"]) or (0, "")
                if digest != last:
                    fresh[one["alert_id"]] = revision + 1, digest
                    lines.append(_encoded({**one, "revision": revision + 1}) + b"\n")
            if lines:
                self._append(b"".join(lines))
                known.update(fresh)
                while len(known) > _MOST:
                    known.popitem(last=False)
            return len(lines)

    def _append(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size:  # a process that died while it wrote left half a line
                os.lseek(handle, size - 1, os.SEEK_SET)
                data = data if os.read(handle, 1) == b"\n" else b"\n" + data
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        finally:
            os.close(handle)

    def _read(self) -> OrderedDict[str, tuple[int, str]]:
        known: OrderedDict[str, tuple[int, str]] = OrderedDict()
        if not self.path.exists():
            return known
        with self.path.open("rb") as lines:
            for line in lines:
                try:
                    one = json.loads(line)
                    name, revision = one["alert_id"], one["revision"]
                except (ValueError, TypeError, KeyError):
                    log(WARNING, "kept_line_unreadable", file=str(self.path), line=line[:80])
                    continue
                content = {key: value for key, value in one.items() if key not in _NOT_CONTENT}
                known[name] = revision, hashlib.sha256(_encoded(content)).hexdigest()[:16]
                known.move_to_end(name)
                if len(known) > _MOST:
                    known.popitem(last=False)
        return known


_KEEPERS: Final[dict[Path, Keeper]] = {}
_KEEPERS_LOCK: Final = Lock()


def keep(anomalies: Iterable[Mapping[str, Any]], setting: str) -> str:
    """Keep alerts where the setting says; return why that was not possible, or nothing.

    Parameters
    ----------
    anomalies : iterable of Mapping
        The alerts.
    setting : str
        A file, ``off``, or empty for ``trade-surveillance/pipeline-alerts.ndjson`` in the user's state folder.
    """
    if setting == OFF:
        return ""
    path = Path(setting) if setting else state_folder() / "trade-surveillance" / "pipeline-alerts.ndjson"
    with _KEEPERS_LOCK:
        keeper = _KEEPERS.setdefault(path, Keeper(path))
    try:
        written = keeper.keep(anomalies)
    except OSError as error:
        reason = f"{path}: {error.strerror or error}"
        log(ERROR, "alerts_not_kept", reason=reason)
        return reason
    if written:
        log(INFO, "alerts_kept", file=str(path), written=written)
    return ""


def state_folder() -> Path:
    """Return the folder in which programs of this user keep what must outlive them."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return Path(given) if given else Path(os.path.expanduser("~")) / ".local" / "state"  # noqa: PTH111 - never raises


def _encoded(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, default=str).encode()
