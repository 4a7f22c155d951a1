"""Sorting events that do not fit into memory: sorted runs on disk, then a merge of their heads.

A file that is not in time order is cut into runs; each is sorted and written as an Arrow file. The merge holds one
small batch of each run and gives out the rows that no batch still to come can precede.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import CARRIED

RUN_ROWS: Final = 1_000_000
_WRITTEN_ROWS: Final = 8_192
"""Rows of a run that the merge holds at a time."""

Key = tuple[int, int, int]


def sort_on_disk(
    batches: Iterable[EventBatch], folder: str | Path, *, run_rows: int = RUN_ROWS
) -> Iterator[EventBatch]:
    """Yield events ordered by (time, source, position).

    Parameters
    ----------
    batches : iterable of EventBatch
        In any order.
    folder : str or Path
        An existing folder for the runs; they are removed as soon as they are merged or the caller stops.
    run_rows : int
        Rows that are sorted in memory. Memory is about this many rows, and 8,192 for each run while merging.
    """
    runs: list[Path] = []
    try:
        for batch in _gathered(batches, run_rows):
            path = Path(folder) / f"run-{len(runs):05d}.arrow"
            runs.append(path)
            _write(_sorted(batch), path)
        yield from _merge(runs)
    finally:
        for path in runs:
            path.unlink(missing_ok=True)


def concatenate(batches: list[EventBatch]) -> EventBatch:
    """Return batches as one; a column or text that only some have is null for the others."""
    import pyarrow as pa

    if len(batches) == 1:
        return batches[0]
    columns = list(dict.fromkeys(name for batch in batches for name in batch.columns))
    names = list(dict.fromkeys(name for batch in batches for name in batch.texts))
    texts = {
        name: pa.concat_arrays([batch.texts.get(name, pa.nulls(len(batch), pa.string())) for batch in batches])
        for name in names
    }
    return EventBatch({name: np.concatenate([batch.column(name) for batch in batches]) for name in columns}, texts)


def _gathered(batches: Iterable[EventBatch], run_rows: int) -> Iterator[EventBatch]:
    """Gather batches into runs of `run_rows`."""
    held: list[EventBatch] = []
    rows = 0
    for batch in batches:
        begin = 0
        while begin < len(batch):
            piece = batch.take(slice(begin, begin + run_rows - rows))
            held.append(piece)
            rows, begin = rows + len(piece), begin + len(piece)
            if rows == run_rows:
                yield concatenate(held)
                held, rows = [], 0
    if held:
        yield concatenate(held)


def _sorted(batch: EventBatch) -> EventBatch:
    columns = batch.columns
    order = np.lexsort((columns["position"], columns["source"], columns["time"]))
    return batch.take(order)


def _write(batch: EventBatch, path: Path) -> None:
    import pyarrow as pa

    arrays = {name: pa.array(values) for name, values in batch.columns.items()}
    table = pa.table(arrays | {f"text:{name}": array for name, array in batch.texts.items()})
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table, _WRITTEN_ROWS)


class _Run:
    """One run on disk and the rows of it that are held."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        self._bytes = pa.OSFile(str(path))
        self._file = pa.ipc.open_file(self._bytes)
        self._next = 0
        self.rows = self._read()

    def _read(self) -> EventBatch:
        batch = self._file.get_batch(self._next)
        self._next += 1
        columns: dict[str, NDArray[Any]] = {}
        texts: dict[str, Any] = {}
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if name.startswith("text:"):
                texts[name.removeprefix("text:")] = array
            else:
                columns[name] = array.to_numpy(zero_copy_only=False).astype(CARRIED[name].dtype, copy=False)
        return EventBatch(columns, texts)

    def last_key(self) -> Key:
        """Return the key of the last row held."""
        columns = self.rows.columns
        return int(columns["time"][-1]), int(columns["source"][-1]), int(columns["position"][-1])

    def is_read(self) -> bool:
        """Tell whether nothing of the run is left on disk."""
        return bool(self._next == self._file.num_record_batches)

    def take_until(self, bound: Key) -> EventBatch:
        """Remove the held rows up to and with the key `bound`, and return them."""
        columns = self.rows.columns
        time, source, position = bound
        low = int(np.searchsorted(columns["time"], time, side="left"))
        high = int(np.searchsorted(columns["time"], time, side="right"))
        sources, positions = columns["source"][low:high], columns["position"][low:high]
        end = low + int(np.count_nonzero((sources < source) | ((sources == source) & (positions <= position))))
        taken, self.rows = self.rows.take(slice(0, end)), self.rows.take(slice(end, None))
        if not len(self.rows) and not self.is_read():
            self.rows = self._read()
        return taken

    def close(self) -> None:
        """Let go of the file; arrays that are still in use keep their memory."""
        self._bytes.close()


def _merge(paths: list[Path]) -> Iterator[EventBatch]:
    runs = [_Run(path) for path in paths]
    try:
        while runs:
            open_ends = [run.last_key() for run in runs if not run.is_read()]
            bound = min(open_ends) if open_ends else max(run.last_key() for run in runs)
            pieces = [piece for run in runs if len(piece := run.take_until(bound))]
            for run in runs:
                if not len(run.rows):
                    run.close()
            runs = [run for run in runs if len(run.rows)]
            yield _sorted(concatenate(pieces))
    finally:
        for run in runs:
            run.close()
