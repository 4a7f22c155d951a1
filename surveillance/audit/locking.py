"""A file that one process at a time may hold, with what the platform has for it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def locked(path: Path) -> Iterator[None]:
        """Hold a file while the block runs; wait for whoever holds it."""
        with path.open("a+b") as file:
            file.seek(0)
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError as error:
                    if error.errno not in (errno.EACCES, errno.EDEADLK):  # it gives up after ten seconds
                        raise
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    @contextmanager
    def locked(path: Path) -> Iterator[None]:
        """Hold a file while the block runs; wait for whoever holds it."""
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
