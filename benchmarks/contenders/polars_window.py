"""The same window in Polars, on one thread, Parquet included.

usage: polars_window.py FOLDER ROWS TRADERS WINDOW_NS LIMIT
"""

from __future__ import annotations

import json
import sys

import polars as pl

folder, window, limit = sys.argv[1], int(sys.argv[4]), int(sys.argv[5])
trades = (
    pl.scan_parquet(f"{folder}/window.parquet")
    .filter((pl.col("kind") == "trade") & pl.col("trader").is_not_null())
    .select("time", "trader", "notional")
    .collect()
)
sums = trades.select(
    total=pl.col("notional").rolling_sum_by("time", window_size=f"{window}i", closed="both").over("trader")
)
found = sums.select(above=(pl.col("total") > limit).sum(), check=(pl.col("total") % 1_000_003).sum())
print(json.dumps(found.row(0, named=True)))
