"""A batch of canonical events on its way from a source to the tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.late import slice_texts, take_texts
from surveillance.events.schema import CARRIED

IntArray = NDArray[Any]


@dataclass(slots=True)
class EventBatch:
    """Events of one source, in the source's order.

    Parameters
    ----------
    columns : dict of str to ndarray
        Columns of `surveillance.events.schema.COLUMNS` with their types; an absent column is all null.
        ``time``, ``source``, ``position``, ``kind`` and ``terms`` are always there.
    texts : mapping of str to pyarrow.Array
        Ids of orders and trades (`schema.IDS`) as text, string or null, one a row; absent when the source has none.
        They may be read when somebody asks for them.
    """

    columns: dict[str, IntArray]
    texts: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["time"])

    def column(self, name: str) -> IntArray:
        """Return a column, all null if the batch does not have it."""
        found = self.columns.get(name)
        if found is None:
            spec = CARRIED[name]
            found = np.full(len(self), spec.null_value, dtype=spec.dtype)
        return found

    def take(self, rows: IntArray | slice) -> EventBatch:
        """Return the batch of the given rows (indices, a mask or a slice)."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            texts = slice_texts(self.texts, start, stop)
            return EventBatch({name: array[rows] for name, array in self.columns.items()}, texts)
        indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        texts = take_texts(self.texts, indices)
        return EventBatch({name: array[indices] for name, array in self.columns.items()}, texts)
