"""Reading ahead: the next block of a source is read by another thread while the one before is judged.

Each source has at most one block in advance, and its blocks are read one after the other. So what comes out, and in
which order, does not depend on the thread.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")
_END: Final = object()


class ReadAhead:
    """A thread that reads ahead; to be closed when nothing more is wanted."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, "surveillance-reader")
        self._opened: list[Iterator[Any]] = []

    def of(self, blocks: Iterator[T]) -> Generator[T, None, None]:
        """Yield what `blocks` yields, having begun to read the next one.

        Parameters
        ----------
        blocks : iterator
            Used by the thread from now on. What it raises is raised here, in its place.
        """
        self._opened.append(blocks)
        found = self._threads.submit(next, blocks, _END)
        while (block := found.result()) is not _END:
            found = self._threads.submit(next, blocks, _END)
            yield block  # type: ignore[misc]

    def close(self) -> None:
        """Wait for the block that is being read, end the thread and close what was not read to its end."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for blocks in self._opened:
            if isinstance(blocks, Generator):
                blocks.close()
