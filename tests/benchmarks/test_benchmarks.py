"""The benchmark runs, its contenders agree, and what it writes can be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_benchmark_measures_windows_that_agree_and_a_run_next_to_them(tmp_path):
    small = ["--events", "20000", "--repeats", "1", "--data", tmp_path / "data", "--out", tmp_path]
    command = [sys.executable, ROOT / "benchmarks" / "run.py", *small, "--only", "windows", "detecting", "live"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=600)
    rows = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["rows"]
    measured = {row["name"]: row for row in rows}
    assert measured["bare kernel, loop alone"]["ns_per_event"] > 0
    assert measured["3 rules"]["events"] >= 19_000
    (whole,) = [name for name in measured if "shipped rules, batches" in name]
    assert all("p99" in measured[name]["note"] for name in ("3 rules, batches of 1,000", whole))
    assert (tmp_path / "results.md").read_text(encoding="utf-8").count("|") > 50
