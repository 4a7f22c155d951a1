"""The benchmark of the store runs on few alerts, and what it writes can be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_benchmark_of_the_store_writes_and_reads_alerts(tmp_path):
    given = ["--stored", "2000", "--written", "50", "--databases", "sqlite", "--out", tmp_path]
    command = [sys.executable, ROOT / "benchmarks" / "alerts.py", *given]
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=300)
    lines = json.loads((tmp_path / "alerts.json").read_text(encoding="utf-8"))["lines"]
    assert [one["per_s"] > 0 for one in lines if one["per_s"]] == [True, True]
    assert {"list: the gravest 20", "show: by id", "summary of all"} <= {one["what"] for one in lines}
    assert not list(tmp_path.glob(".alerts-*"))
