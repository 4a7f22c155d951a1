"""A few rows need no compiled kernels: the same functions run as Python, with the same results."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from surveillance import kernel as kernels
from surveillance.kernel import Kernel, few_rows, kernel

ROOT = Path(kernels.__file__).parents[1]

JUDGE = """
import json
from trade_surveillance_pipeline import detect_anomalies
trades = [
    {"trade_id": n, "trader_id": f"T{n % 7}", "asset_class": ("equity", "derivative")[n % 2], "currency": "EUR",
     "notional": 10_000 + n * 7919 % 990_000, "timestamp": 1_700_000_000 + n * n % 28_800}
    for n in range(500)
]
print(json.dumps([{k: v for k, v in one.items() if k != "detected_at"} for one in detect_anomalies(trades)]))
"""

DESKS = """
import json
import trade_surveillance_pipeline as pipeline
pipeline._api_call = lambda desk: json.dumps([
    {"trade_id": n if n % 3 else f"x{n}", "trader_id": f"T{n % 7}", "asset_class": ("equity", "derivative")[n % 2],
     "currency": "EUR", "notional": 900_000.5 + n * 7919 % 990_000, "timestamp": 1_700_000_000 + n * n % 28_800}
    for n in range(desk, 200, 3)
])
found = pipeline.process_all_desks(range(3))
told = [[{k: v for k, v in one.items() if k != "detected_at"} for one in desk] for desk in found]
print(found.complete, json.dumps(told))
"""


def never_compiled(function):
    made = kernel("int64(int8[::1], int32[::1])")(function)
    made._plain = True
    return made


def count_and_mark(flags, out):
    count = 0
    for row in range(len(flags)):
        count += flags[row]
        out[row] = count
    return count


def test_narrow_numbers_add_up_as_if_compiled():
    plain = never_compiled(count_and_mark)
    flags, out = np.ones(1000, np.int8), np.zeros(1000, np.int32)
    with few_rows():
        assert plain(flags, out) == 1000
    assert out[-1] == 1000
    assert plain._compiled is None


def test_what_is_never_written_to_may_be_read_only():
    plain = never_compiled(lambda flags, _out: int(flags.sum()))
    flags = np.ones(300, np.int8)
    flags.flags.writeable = False
    with few_rows():
        assert plain(flags, np.zeros(1, np.int32)) == 300


def test_outside_nothing_is_run_uncompiled():
    plain = never_compiled(count_and_mark)
    assert plain(np.ones(5, np.int8), np.zeros(5, np.int32)) == 5
    assert plain._compiled is not None


def test_with_many_rows_nothing_is_run_uncompiled():
    plain = never_compiled(count_and_mark)
    with few_rows(), few_rows(few=False):
        plain(np.ones(5, np.int8), np.zeros(5, np.int32))
    assert plain._compiled is not None


def test_reserved_address_space_is_not_copied():
    plain = never_compiled(lambda flags, _out: len(flags))
    with few_rows():
        assert plain(np.zeros(kernels._MOST_COPIED + 1, np.int8), np.zeros(1, np.int32)) == kernels._MOST_COPIED + 1
    assert plain._compiled is not None


def test_what_was_compiled_is_used():
    made = kernel("int64(int8[::1], int32[::1])")(count_and_mark)
    made.compiled()
    made._function = None
    with few_rows():
        assert made(np.ones(5, np.int8), np.zeros(5, np.int32)) == 5


def test_an_error_inside_leaves_no_trace():
    def fail():
        with few_rows():
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not kernels._FEW.rows


def judged(tmp_path, prelude="", work=JUDGE):
    environ = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'detectors'}"}
    environ["TRADE_SURVEILLANCE_ALERTS"] = "off"
    code = prelude + work
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_installation_judges_a_few_trades_without_compiling_and_alike(tmp_path):
    plain = judged(tmp_path)
    assert not list(tmp_path.rglob("*.nb*"))
    always = "from surveillance.compat import pipeline\npipeline.FEW = 0\n"
    assert judged(tmp_path, always) == plain
    assert list(tmp_path.rglob("*.nbi"))
    assert judged(tmp_path) == plain


def test_a_new_installation_judges_small_feeds_without_compiling_and_alike(tmp_path):
    plain = judged(tmp_path, work=DESKS)
    assert plain.startswith("True [[{")
    assert not list(tmp_path.rglob("*.nb*"))
    always = "from surveillance.compat import pipeline_desks\npipeline_desks.FEW = pipeline_desks._FEW_CHARACTERS = 0\n"
    assert judged(tmp_path, always, DESKS) == plain


def test_kernels_are_of_one_kind():
    assert isinstance(kernel()(count_and_mark), Kernel)
