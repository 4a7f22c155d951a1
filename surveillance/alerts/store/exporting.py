"""Alerts as files for other programs: NDJSON as it is, CSV for spreadsheets, Parquet for tables."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from surveillance.alerts.store.rows import encode
from surveillance.errors import InputError, Location, Problem

Alert = Mapping[str, Any]

COLUMNS: Final = (
    "alert_id", "revision", "level", "score", "subject_kind", "subject_id", "accounts", "instruments", "trading_day",
    "start", "end", "rules", "families", "asset_classes", "findings", "explanation", "event_time", "detected_at",
    "rulebook_version", "lineage", "capsule",
)  # fmt: skip
"""Columns of CSV and Parquet."""

_LISTS: Final = ("accounts", "instruments", "rules", "families", "asset_classes", "findings", "explanation")
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With what a spreadsheet takes a text for a formula, also in full width."""

_ROWS: Final = 5_000


def export(alerts: Iterable[Alert], kind: str, target: Path | None) -> int:
    """Write alerts; return how many.

    Parameters
    ----------
    alerts : iterable of Mapping
        In the shape of ``alert.schema.json``.
    kind : str
        ``csv``, ``ndjson`` or ``parquet``.
    target : Path or None
        File; None: standard output, not for Parquet.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    try:
        if kind == "parquet":
            assert target is not None
            return _parquet(alerts, target)
        with _opened(target) as file:
            return _csv(alerts, file) if kind == "csv" else _ndjson(alerts, file)
    except OSError as error:
        if target is None:
            raise
        what = f"cannot be written: {error.strerror or error}"
        raise InputError(Problem("cannot-write", what, Location(str(target)))) from error


@contextmanager
def _opened(target: Path | None) -> Iterator[IO[str]]:
    if target is None:
        yield sys.stdout
        return
    with target.open("w", encoding="utf-8", newline="") as file:
        yield file


def flat(alert: Alert) -> dict[str, Any]:
    """Return an alert as one row."""
    rules = alert["contributions"]
    return {
        **{name: alert[name] for name in COLUMNS if name in alert},
        "subject_kind": alert["subject"]["kind"],
        "subject_id": alert["subject"]["id"],
        "families": sorted({one["family"] for one in rules}),
        "asset_classes": sorted({name for one in rules for name in one["asset_classes"]}),
        "rulebook_version": alert["lineage"]["rulebook"]["version"],
        "lineage": alert["lineage"]["digest"],
        "capsule": alert["lineage"]["capsule"],
    }


def harmless(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "; ".join(map(str, value)) if isinstance(value, list) else value
    if isinstance(text, str) and text.lstrip(" ").startswith(_STARTS):
        return f"'{text}"
    return text


def _csv(alerts: Iterable[Alert], file: IO[str]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    number = 0
    for alert in alerts:
        row = flat(alert)
        writer.writerow([harmless(row[name]) for name in COLUMNS])
        number += 1
    return number


def _ndjson(alerts: Iterable[Alert], file: IO[str]) -> int:
    number = 0
    for alert in alerts:
        file.write(encode(alert) + "\n")
        number += 1
    return number


def _parquet(alerts: Iterable[Alert], target: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"revision": pa.int32(), "score": pa.decimal128(5, 2)}
    fields = [
        pa.field(name, types.get(name, pa.list_(pa.string()) if name in _LISTS else pa.string())) for name in COLUMNS
    ]
    schema, rows, number = pa.schema(fields), (flat(one) for one in alerts), 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            number += len(batch)
    return number
