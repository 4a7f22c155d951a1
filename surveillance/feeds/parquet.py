"""Parquet files: only the columns that are needed, texts as dictionaries where the file has them so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from surveillance.errors import InputError, Location, Problem
from surveillance.events.raw import RawBlock


class ParquetReader:
    """One Parquet file.

    Parameters
    ----------
    path : Path
        The file.
    block_rows : int
        Most rows of a block.

    Raises
    ------
    InputError
        If it is not a Parquet file.
    """

    def __init__(self, path: Path, block_rows: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path, self._block_rows = path, block_rows
        try:
            with pq.ParquetFile(path) as file:
                self._schema = file.schema_arrow
                self._rows = file.metadata.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            what = str(error).splitlines()[0]
            raise InputError(Problem("not-parquet", f"is not a Parquet file: {what}", Location(str(path)))) from None
        self.columns: list[str] = list(self._schema.names)
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            what = f"has a column twice: {', '.join(twice)}"
            raise InputError(Problem("duplicate-column", what, Location(str(path))))
        self.size = path.stat().st_size
        self.consumed = 0

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:
        """Yield the rows in file order.

        Parameters
        ----------
        columns : list of str
            Columns to read.
        encoded : set of str
            Those of them whose texts repeat: they stay dictionaries.

        Raises
        ------
        InputError
            If the file turns out to be damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        texts = [name for name in columns if name in encoded and pa.types.is_string(self._schema.field(name).type)]
        read = 0
        try:
            with pq.ParquetFile(self._path, read_dictionary=texts, pre_buffer=False, buffer_size=1 << 20) as file:
                for batch in file.iter_batches(self._block_rows, columns=columns, use_threads=False):
                    rows = batch.num_rows
                    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
                    block = RawBlock(arrays, np.arange(read, read + rows), _raw(arrays))
                    read += rows
                    self.consumed = self.size * read // self._rows
                    yield block
        except (pa.ArrowException, OSError) as error:
            what = f"is damaged after row {read}: {str(error).splitlines()[0]}"
            raise InputError(Problem("damaged-file", what, Location(str(self._path)))) from None
        self.consumed = self.size


def _raw(arrays: dict[str, Any]) -> Any:
    def raw(row: int) -> tuple[int, str]:
        record = {name: _value(array[row]) for name, array in arrays.items()}
        return 0, json.dumps(record, ensure_ascii=False, default=str)

    return raw


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except (UnicodeDecodeError, ValueError):  # bytes that are not UTF-8, or ns that datetime cannot hold
        return repr(scalar)
