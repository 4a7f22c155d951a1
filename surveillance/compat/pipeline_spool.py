"""Events of one desk on disk, in order of time, so that sixty desks take no more memory than six.

What the engine reads lies in one file by time; the ids of the trades, of which only those in episodes are wanted,
in another in the order of the feed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import COLUMN
from surveillance.tape.order import join

_KEPT: Final = (
    "time", "source", "position", "kind", "terms", "asset_class", "trader", "base_notional", "trading_day",
)  # fmt: skip
_NUMBER: Final = 1
_POINT: Final = 2
"""Bits of a trade's form: its id is written as a number, its notional with a point."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some trades on their way to the disk.

    Parameters
    ----------
    batch : EventBatch
        Their events, with the texts of their ids.
    number_id, number_trader, point : ndarray of bool
        Whether the feed writes the trade's id and the trader's without quotes, and the notional with a point.
    """

    batch: EventBatch
    number_id: NDArray[np.bool_]
    point: NDArray[np.bool_]


class Spool:
    """Trades of one desk in a folder.

    Parameters
    ----------
    folder : Path
        Where its two files are; nobody else's.
    """

    def __init__(self, folder: Path) -> None:
        self._events, self._ids = folder / "events.arrow", folder / "ids.arrow"
        self.rows = 0

    def write(self, parts: list[Part], rows_held: int) -> None:
        """Write all trades of the desk.

        Parameters
        ----------
        parts : list of Part
            In the order of the feed.
        rows_held : int
            Rows that a reader will hold at a time.
        """
        import pyarrow as pa

        self.rows = sum(len(part.batch) for part in parts)
        if not self.rows:
            return
        ids = [part.batch.texts["trade"].cast(pa.string()) for part in parts]
        form = np.concatenate([part.number_id * np.int8(_NUMBER) + part.point * np.int8(_POINT) for part in parts])
        position = np.concatenate([part.batch.columns["position"] for part in parts])
        table = pa.table({"position": position, "form": form, "id": pa.chunked_array(ids)})
        _write(table, self._ids, self.rows)
        kept = [EventBatch({name: part.batch.column(name) for name in _KEPT}) for part in parts]
        whole = join(kept)
        order = np.argsort(whole.columns["time"], kind="stable")
        _write(pa.table({name: values[order] for name, values in whole.columns.items()}), self._events, rows_held)

    def batches(self) -> Iterator[EventBatch]:
        """Yield the events in order of time."""
        import pyarrow as pa

        if not self.rows:
            return
        with pa.OSFile(str(self._events)) as opened:
            file = pa.ipc.open_file(opened)
            for number in range(file.num_record_batches):
                batch = file.get_batch(number)
                columns = {
                    name: column.to_numpy(zero_copy_only=False).astype(COLUMN[name].dtype, copy=False)
                    for name, column in zip(batch.schema.names, batch.columns, strict=True)
                }
                yield EventBatch(columns)

    def names(self, positions: NDArray[np.int64]) -> tuple[list[Any], NDArray[np.bool_]]:
        """Return the ids of trades as the feed wrote them, and which notionals have a point."""
        import pyarrow as pa

        with pa.memory_map(str(self._ids)) as opened:
            table = pa.ipc.open_file(opened).read_all()
            place = np.searchsorted(table["position"].to_numpy(), positions)
            chosen = table.select(["id", "form"]).take(pa.array(place))
            form = chosen["form"].to_numpy()
            texts = chosen["id"].to_pylist()
        number = (form & _NUMBER).astype(np.bool_).tolist()
        ids = [as_written(text, number=is_number) for text, is_number in zip(texts, number, strict=True)]
        return ids, (form & _POINT).astype(np.bool_)


def as_written(text: str | None, *, number: bool) -> Any:
    """Return an id as JSON had it: text, or a number."""
    if text is None or not number:
        return text
    return int(text) if text.lstrip("-").isdigit() else float(text) if text[-1:].isdigit() else text


def _write(table: Any, path: Path, rows_held: int) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as opened, pa.ipc.new_file(opened, table.schema) as file:
        file.write_table(table.combine_chunks(), rows_held)
