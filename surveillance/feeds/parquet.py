"""Parquet files: only the columns that are needed, texts as dictionaries where the file has them so.

Columns of ids can be left for later: of a run that shows a few events, few row groups of them are ever read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from surveillance.errors import InputError, Location, Problem
from surveillance.events.arrow import numbers_of, present
from surveillance.events.raw import RawBlock

MOST_LATE: Final = 1 << 20
"""Most rows of a row group of which a column is read later: it is read as a whole."""


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
                self._schema, self._metadata = file.schema_arrow, file.metadata
        except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: names that are not UTF-8
            what = str(error).splitlines()[0]
            raise InputError(Problem("not-parquet", f"is not a Parquet file: {what}", Location(str(path)))) from None
        self.columns: list[str] = list(self._schema.names)
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            what = f"has a column twice: {', '.join(twice)}"
            raise InputError(Problem("duplicate-column", what, Location(str(path))))
        self._rows = self._metadata.num_rows
        groups = [self._metadata.row_group(group).num_rows for group in range(self._metadata.num_row_groups)]
        self._starts = np.cumsum([0, *groups])
        texts = [field.name for field in self._schema if pa.types.is_string(field.type)]
        self.late = frozenset(texts if max(groups, default=0) <= MOST_LATE else ())
        """Columns that can be read after the others."""
        self._later: Any = None
        self._kept: dict[str, tuple[tuple[int, int], Any]] = {}
        self.size = path.stat().st_size
        self.consumed = 0

    def blocks(self, columns: list[str], encoded: set[str], late: Container[str] = ()) -> Iterator[RawBlock]:
        """Yield the rows in file order.

        Parameters
        ----------
        columns : list of str
            Columns to read.
        encoded : set of str
            Those of them whose texts repeat: they stay dictionaries.
        late : container of str
            Those of them that are read when somebody asks for them.

        Raises
        ------
        InputError
            If the file turns out to be damaged.
        """
        import pyarrow as pa

        now = [name for name in columns if name not in late]
        texts = [name for name in now if name in encoded and pa.types.is_string(self._schema.field(name).type)]
        read = 0
        try:
            with self._open(read_dictionary=texts) as file:
                self._later = self._open()
                for batch in file.iter_batches(self._block_rows, columns=now, use_threads=False):
                    rows = batch.num_rows
                    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
                    _check_indices(arrays[name] for name in texts)
                    later = partial(self._read_later, read, rows)
                    block = RawBlock(arrays, np.arange(read, read + rows), _raw(columns, arrays, later), late=later)
                    read += rows
                    self.consumed = self.size * read // max(1, self._rows)
                    yield block
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(read, error) from None
        self.consumed = self.size

    def _open(self, read_dictionary: list[str] | None = None) -> Any:
        import pyarrow.parquet as pq

        return pq.ParquetFile(
            self._path, metadata=self._metadata, read_dictionary=read_dictionary, pre_buffer=False, buffer_size=1 << 20
        )

    def _damaged(self, row: int, error: Exception) -> InputError:
        what = f"is damaged after row {row}: {str(error).splitlines()[0]}"
        return InputError(Problem("damaged-file", what, Location(str(self._path))))

    def _read_later(self, first: int, rows: int, name: str) -> Any:
        """Return some rows of a column; the row groups that they lie in are kept, for the next rows."""
        import pyarrow as pa

        groups = (
            int(np.searchsorted(self._starts, first, "right")) - 1,
            int(np.searchsorted(self._starts, first + rows)),
        )
        known, column = self._kept.get(name, ((0, 0), None))
        if known != groups:
            try:
                table = self._later.read_row_groups(range(*groups), columns=[name], use_threads=False)
            except (pa.ArrowException, OSError, ValueError) as error:
                raise self._damaged(first, error) from None
            whole = table.column(name)
            column = whole.chunk(0) if whole.num_chunks == 1 else whole.combine_chunks()
            self._kept[name] = groups, column
        return column.slice(first - int(self._starts[groups[0]]), rows)


def _check_indices(arrays: Iterable[Any]) -> None:
    """Raise ValueError if a dictionary lacks a text: damage that pyarrow does not look for."""
    for array in arrays:
        size, indices = max(1, len(array.dictionary)), numbers_of(array.indices)
        if len(indices) and (indices.max() >= size or indices.min() < 0):  # those of nulls can be anything
            given = present(array.indices)
            told = indices[given] if len(given) else indices
            if ((told >= size) | (told < 0)).any():
                raise ValueError("a text is missing in its dictionary")


def _raw(columns: Sequence[str], arrays: dict[str, Any], later: Callable[[str], Any]) -> Any:
    def raw(row: int) -> tuple[int, str]:
        record = {name: _value((arrays[name] if name in arrays else later(name))[row]) for name in columns}
        return 0, json.dumps(record, ensure_ascii=False, default=str)

    return raw


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        import pyarrow as pa

        text = scalar.value if isinstance(scalar, pa.DictionaryScalar) else scalar
        return text.as_buffer().to_pybytes().decode("utf-8", "backslashreplace")
    except ValueError:  # ns that datetime cannot hold
        return repr(scalar)
