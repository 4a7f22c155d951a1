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

from surveillance.tape import window_kernels as kernels

folder, (rows, traders, window, limit) = Path(sys.argv[1]), map(int, sys.argv[2:])
time, notional = np.fromfile(folder / "time.i64", np.int64), np.fromfile(folder / "notional.i64", np.int64)
trader, trade = np.fromfile(folder / "trader.i32", np.int32), np.fromfile(folder / "trade.i8", np.int8)
anchors = np.flatnonzero((trade == 1) & (trader != 0))
no_values, no_small, no_links = np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(1, np.int32)
ops = np.array([(kernels.SUM, 0, kernels.BASE_NOTIONAL, 0, -1, 0)])
out = np.zeros((1, len(anchors)), np.int64)


def judge(state: np.ndarray) -> float:
    began = clock.process_time()
    kernels.window_pass(
        time, trade, 2, trader, trade, no_small, no_small, no_values, no_values, no_values, notional, no_links,
        no_links, False, False, 0, rows, 0, int(time[-1]), window, anchors, False, ops, np.zeros((1, 1), np.int64),
        no_links, state, out, np.zeros(2, np.int64),
    )  # fmt: skip
    return clock.process_time() - began


took = [judge(np.zeros((traders + 1, 1), np.int64)) for _ in range(3)]
found = {"above": int((out > limit).sum()), "check": int((out % 1_000_003).sum()), "loop_s": statistics.median(took)}
print(json.dumps(found))
