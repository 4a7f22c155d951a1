"""Events into files: Parquet for machines, CSV and NDJSON for people and for tests of readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from surveillance.errors import InputError, Problem
from surveillance.simulator.render import SCHEMA

ROW_GROUP: Final = 131_072
DICTIONARIES: Final = [field.name for field in SCHEMA if pa.types.is_dictionary(field.type)]

Tables = Iterable[Any]


def write_events(tables: Tables, folder: Path, form: str) -> Path:
    """Write tables of the canonical schema as one file ``events.<form>``.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        In order of time; each is held only until it is written.
    folder : Path
        Must exist.
    form : str
        ``parquet``, ``csv`` or ``ndjson``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        For any other `form`.
    """
    check_format(form)
    path = folder / f"events.{form}"
    WRITERS[form](_grouped(tables), path)
    return path


def check_format(form: str) -> None:
    """Raise an `InputError` unless events can be written in that form."""
    if form not in WRITERS:
        hint = f"use one of {', '.join(WRITERS)}"
        raise InputError(Problem("unknown-format", f"events cannot be written as {form!r}", hint=hint))


def _grouped(tables: Tables) -> Iterable[Any]:
    """Yield the same rows in tables of `ROW_GROUP` rows, so that files do not depend on how the day was sliced."""
    waiting: list[Any] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += len(table)
        if count >= ROW_GROUP:
            joined = pa.concat_tables(waiting)
            whole = count - count % ROW_GROUP
            for start in range(0, whole, ROW_GROUP):
                yield joined.slice(start, ROW_GROUP)
            waiting, count = [joined.slice(whole)], count - whole
    if count:
        yield pa.concat_tables(waiting)


def _write_parquet(tables: Tables, path: Path) -> None:
    options = {
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": [*DICTIONARIES, "price", "quantity", "parent_order"],
        "column_encoding": {"time": "DELTA_BINARY_PACKED"},
        "store_decimal_as_integer": True,
    }
    with pq.ParquetWriter(path, SCHEMA, **options) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=ROW_GROUP)


def _write_csv(tables: Tables, path: Path) -> None:
    schema = pa.schema([(name, pa.string()) for name in SCHEMA.names])
    options = pyarrow.csv.WriteOptions(quoting_style="none")
    with path.open("wb") as file:
        file.write((",".join(SCHEMA.names) + "\n").encode())
        options.include_header = False
        with pyarrow.csv.CSVWriter(file, schema, write_options=options) as writer:
            for table in tables:
                writer.write_table(as_text(table))


def _write_ndjson(tables: Tables, path: Path) -> None:
    with path.open("wb") as file:
        for table in tables:
            text = as_text(table)
            fields = [_field(name, text.column(name)) for name in text.column_names]
            lines = pc.binary_join_element_wise(*fields, ",", null_handling="skip")
            for chunk in pc.binary_join_element_wise("{", lines, "}\n", "").chunks:
                file.write(_characters(chunk))


def _field(name: str, column: Any) -> Any:
    """Return ``"name":value`` for each row; null where there is no value. No text of the schema needs escapes."""
    quote = "" if name in {"price", "quantity"} else '"'
    return pc.binary_join_element_wise(f'"{name}":{quote}', column, quote, "", null_handling="emit_null")


def _characters(strings: Any) -> Any:
    """Return the bytes of a string array one after the other."""
    _, ends, data = strings.buffers()
    first, last = (
        int.from_bytes(ends[at : at + 4], "little") for at in (4 * strings.offset, 4 * (strings.offset + len(strings)))
    )
    return data[first:last]


def as_text(table: Any) -> Any:
    """Return the table with every column as text: ISO 8601 times with nine digits and Z, plain decimals."""
    columns = []
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            text = column.cast(pa.timestamp("ns")).cast(pa.string())
            column = pc.binary_join_element_wise(pc.binary_replace_slice(text, 10, 11, "T"), "Z", "")
        elif pa.types.is_decimal(column.type):
            column = pc.utf8_rtrim(pc.utf8_rtrim(column.cast(pa.string()), "0"), ".")
        columns.append(column.cast(pa.string()))
    return pa.table(columns, names=table.column_names)


WRITERS: Final[dict[str, Callable[[Tables, Path], None]]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "ndjson": _write_ndjson,
}
