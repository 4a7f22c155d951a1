"""The least that reading a CSV file costs: Python's csv.DictReader, or pyarrow's reader.

usage: csv_rows.py dictreader|pyarrow FILE
"""

from __future__ import annotations

import csv
import json
import sys

reader, path = sys.argv[1:]
if reader == "dictreader":
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 - nothing that costs an import
        rows = sum(1 for _ in csv.DictReader(file))
else:
    import pyarrow as pa
    import pyarrow.csv

    pa.set_cpu_count(1)
    rows = len(pyarrow.csv.read_csv(path, read_options=pyarrow.csv.ReadOptions(use_threads=False)))
print(json.dumps({"rows": rows}))
