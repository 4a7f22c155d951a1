"""The engine's window kernel alone, over the same arrays in memory.

usage: kernel.py FOLDER ROWS TRADERS WINDOW_NS LIMIT
"""

from __future__ import annotations

import json
import statistics
import sys
import time as clock
from pathlib import Path

import numpy as np

from surveillance.prefetch import AHEAD
from surveillance.tape import window_kernels as kernels
from surveillance.tape.rows import choose_rows

BLOCK = 131_072

folder, (rows, traders, window, limit) = Path(sys.argv[1]), map(int, sys.argv[2:])
time, notional = np.fromfile(folder / "time.i64", np.int64), np.fromfile(folder / "notional.i64", np.int64)
trader, trade = np.fromfile(folder / "trader.i32", np.int32), np.fromfile(folder / "trade.i8", np.int8)
no_values, no_small, no_links = np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(1, np.int32)
ops, weights = np.array([(kernels.SUM, 0, kernels.BASE_NOTIONAL, -1, kernels.SUMS)]), np.zeros((1, 1), np.int64)
columns = no_small, no_small, no_values, no_values, no_values, notional, ops, weights
nothing_shown = np.zeros((0, 2), np.int64)
entries = np.zeros((rows + AHEAD, kernels.SUMS + 1), np.int64)
chosen, unknown, out = np.zeros(rows + 1, np.int64), np.zeros(rows, np.int64), np.zeros((1, rows), np.int64)


def judge() -> tuple[float, np.ndarray]:
    """Go through the day block by block, as the engine does; return CPU seconds and the sums."""
    state, cursors, done = np.zeros((traders + 1, 1), np.int64), np.zeros(kernels.CURSORS, np.int64), 0
    began = clock.process_time()
    for low in range(0, rows, BLOCK):
        high = min(low + BLOCK, rows)
        here = chosen[: choose_rows(trade, 2, trader, low, high, chosen)]
        kernels.enter_pass(here, *columns, 0, False, entries, cursors, unknown)
        sums = np.empty((1, len(here)), np.int64)
        kernels.window_pass(
            here, no_values, time, trader, int(time[high - 1]), window, False, no_links, trade, *columns, 1, no_values,
            0, False, nothing_shown, entries, cursors, state, sums,
        )  # fmt: skip
        out[0, done : done + len(here)] = sums[0]
        done += len(here)
    return clock.process_time() - began, out[0, :done]


took = [judge() for _ in range(3)]
sums = took[-1][1]
found = {"above": int((sums > limit).sum()), "check": int((sums % 1_000_003).sum())}
print(json.dumps({**found, "loop_s": statistics.median(seconds for seconds, _ in took)}))
