"""How fast files are read: this project's readers next to pyarrow, Polars and orjson on the same files.

Each contender reads one file, all ten columns as text and nothing more, in a process of its own. CPU is that of the
reading alone, of all threads; the memory is that of the whole process. Readers that hold the whole file say so by
their memory. Writes readers.json and readers.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from data import ROOT
from processes import run

NAMES = ("time", "kind", "side", "price", "quantity", "currency", "instrument", "account", "trader", "order")
BLOCK_ROWS = 131_072


def paths(folder: Path, rows: int) -> dict[str, Path]:
    return {form: folder / f"readers-{rows}.{form}" for form in ("csv", "ndjson", "json", "parquet", "csv.gz")}


def files(folder: Path, rows: int) -> dict[str, Path]:
    """Return the same rows in every format, made once."""
    found = paths(folder, rows)
    if not found["csv.gz"].exists():
        print(f"making {rows:,} rows in {folder}", flush=True)
        # In a process of its own: those started later seem to hold what the one that starts them held.
        subprocess.run([sys.executable, __file__, "--make", "--rows", str(rows), "--out", folder], check=True)
    return found


def _write(found: dict[str, Path], rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.string()) for name in NAMES])
    with (
        found["csv"].open("w", encoding="utf-8") as csv,
        found["ndjson"].open("w", encoding="utf-8") as lines,
        found["json"].open("w", encoding="utf-8") as array,
        pq.ParquetWriter(found["parquet"], schema, compression="zstd") as parquet,
    ):
        csv.write(",".join(NAMES) + "\n")
        array.write("[\n")
        for start in range(0, rows, BLOCK_ROWS):
            block = [_row(number) for number in range(start, min(start + BLOCK_ROWS, rows))]
            csv.writelines(",".join(row) + "\n" for row in block)
            objects = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in block]
            lines.writelines(text + "\n" for text in objects)
            array.write(("" if start == 0 else ",\n") + ",\n".join(objects))
            columns = [list(column) for column in zip(*block, strict=True)]
            parquet.write_table(pa.table(columns, schema=schema))
        array.write("\n]\n")
    with found["csv"].open("rb") as plain, gzip.open(found["csv.gz"], "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)


def _row(number: int) -> tuple[str, ...]:
    second, nanos = divmod(number * 23_400_000, 10**9)
    hour, rest = divmod(second % 23_400 + 34_200, 3600)
    time_ = f"2026-01-05T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}.{nanos:09d}Z"
    kind = ("order", "cancel", "order", "trade")[number % 4]
    side = ("buy", "sell")[number // 4 % 2]
    price, quantity = f"{100 + number * 7919 % 5000 / 100:.2f}", str(100 * (number * 31 % 90 + 1))
    account = number * 7919 % 20_000
    return (
        time_,
        kind,
        side,
        price,
        quantity,
        "USD",
        f"I{number % 2000}",
        f"A{account}",
        f"T{account % 500}",
        f"o{number}",
    )


def _ours(path: Path) -> Iterator[int]:
    from surveillance.events.profile import load_profile
    from surveillance.feeds.content import Content
    from surveillance.feeds.registry import FORMATS, format_of

    content = Content(path)
    reader = FORMATS[format_of(content).name].open(content, load_profile("canonical"), BLOCK_ROWS)
    for block in reader.blocks(list(NAMES), set()):
        yield len(block)


def _ours_to_events(path: Path) -> Iterator[int]:
    from surveillance.events.dictionary import Dictionaries
    from surveillance.events.profile import load_profile
    from surveillance.feeds.source import open_sources

    (source,) = open_sources([path], load_profile("canonical"), dictionaries=Dictionaries(), on_reject=print)
    for batch in source.batches():
        yield len(batch)


def _pyarrow(path: Path) -> Iterator[int]:
    import pyarrow as pa

    pa.set_cpu_count(1)
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(path).iter_batches(BLOCK_ROWS, use_threads=False):
            yield batch.num_rows
    elif path.suffix == ".ndjson":
        from pyarrow import json as pa_json

        schema = pa.schema([(name, pa.string()) for name in NAMES])
        options = pa_json.ParseOptions(explicit_schema=schema)
        for batch in pa_json.open_json(path, pa_json.ReadOptions(use_threads=False), options):
            yield batch.num_rows
    else:
        from pyarrow import csv as pa_csv

        types = pa_csv.ConvertOptions(column_types=dict.fromkeys(NAMES, pa.string()))
        for batch in pa_csv.open_csv(path, pa_csv.ReadOptions(use_threads=False), convert_options=types):
            yield batch.num_rows


def _polars(path: Path) -> Iterator[int]:
    import polars as pl

    schema = dict.fromkeys(NAMES, pl.String)
    if path.suffix == ".parquet":
        yield len(pl.read_parquet(path))
    elif path.suffix == ".ndjson":
        yield len(pl.read_ndjson(path, schema=schema))
    elif path.suffix == ".json":
        yield len(pl.read_json(path, schema=schema))
    else:
        yield len(pl.read_csv(path, schema_overrides=schema))


def _orjson(path: Path) -> Iterator[int]:
    import orjson

    if path.suffix == ".json":
        yield len(orjson.loads(path.read_bytes()))
        return
    with path.open("rb") as lines:
        for line in lines:
            orjson.loads(line)
            yield 1


CONTENDERS: dict[str, tuple[Callable[[Path], Iterator[int]], tuple[str, ...]]] = {
    "surveillance, reader": (_ours, ("csv", "csv.gz", "ndjson", "json", "parquet")),
    "surveillance, to checked events": (_ours_to_events, ("csv", "ndjson", "json", "parquet")),
    "pyarrow": (_pyarrow, ("csv", "csv.gz", "ndjson", "parquet")),
    "Polars": (_polars, ("csv", "csv.gz", "ndjson", "json", "parquet")),
    "orjson": (_orjson, ("ndjson", "json")),
}


@dataclass(frozen=True)
class Row:
    """What one contender took for one file."""

    form: str
    contender: str
    rows: int
    cpu: float
    wall: float
    rss: float
    size: int

    def cells(self) -> list[str]:
        """Return the row as it is shown."""
        rate, speed = self.rows / self.cpu / 1e6, self.size / self.cpu / 1e6
        figures = (f"{self.cpu:.2f}", f"{self.wall:.2f}", f"{rate:.2f}", f"{speed:.0f}", f"{self.rss:.0f}")
        return [self.form, self.contender, *figures]


def contend(name: str, path: Path) -> None:
    """Read a file as a contender and print what it took."""
    read, _ = CONTENDERS[name]
    for _ in read(path.with_name(f"readers-1000.{path.name.split('.', 1)[1]}")):
        pass  # imports and kernels are there before the clock starts
    wall, cpu = time.perf_counter(), time.process_time()
    rows = sum(read(path))
    print(json.dumps({"rows": rows, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))


def measure(folder: Path, rows: int, repeats: int, only: list[str]) -> Iterator[Row]:
    """Yield the median run of each contender on each file."""
    files(folder, 1000)
    found = files(folder, rows)
    for form in only:
        for name, (_, forms) in CONTENDERS.items():
            if form not in forms:
                continue
            command = [sys.executable, __file__, "--contend", name, "--file", found[form]]
            costs = [run(command, {"POLARS_MAX_THREADS": "1", "ARROW_IO_THREADS": "1"}) for _ in range(repeats)]
            taken = sorted((json.loads(cost.output) for cost in costs), key=lambda one: one["cpu"])
            told, rss = taken[len(taken) // 2], max(cost.rss for cost in costs)
            if told["rows"] != rows:
                raise SystemExit(f"{name} read {told['rows']:,} of {rows:,} rows of {found[form]}")
            yield Row(form, name, rows, told["cpu"], told["wall"], rss, found[form].stat().st_size)


def main() -> None:
    out = ROOT / "out" / "bench"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender; the median counts")
    parser.add_argument("--only", nargs="+", default=["csv", "csv.gz", "ndjson", "json", "parquet"])
    parser.add_argument("--out", type=Path, default=out, help="folder of the files and results")
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--contend", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        _write(paths(asked.out, asked.rows), asked.rows)
        return
    if asked.contend:
        contend(asked.contend, asked.file)
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    head = ["file", "reader", "CPU s", "wall s", "M rows/s", "MB/s", "peak MB"]
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    rows = []
    for row in measure(asked.out.resolve(), asked.rows, asked.repeats, asked.only):
        rows.append(row)
        lines.append("| " + " | ".join(row.cells()) + " |")
        print(lines[-1], flush=True)
    text = f"{asked.rows:,} rows of {len(NAMES)} columns, one thread each, medians of {asked.repeats}.\n\n"
    (asked.out / "readers.md").write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    (asked.out / "readers.json").write_text(
        json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
