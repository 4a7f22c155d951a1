"""The same window in DuckDB, on one thread, Parquet included.

usage: duckdb_window.py FOLDER ROWS TRADERS WINDOW_NS LIMIT
"""

from __future__ import annotations

import json
import sys

import duckdb

folder, window, limit = sys.argv[1], int(sys.argv[4]), int(sys.argv[5])
duckdb.execute("SET threads = 1")
above, check = duckdb.execute(
    f"""
    WITH sums AS (
        SELECT sum(notional) OVER (
            PARTITION BY trader ORDER BY time RANGE BETWEEN {window} PRECEDING AND CURRENT ROW) AS total
        FROM '{folder}/window.parquet' WHERE kind = 'trade' AND trader IS NOT NULL)
    SELECT count(*) FILTER (total > {limit}), sum(total % 1000003) FROM sums
    """
).fetchone()
print(json.dumps({"above": int(above), "check": int(check)}))
