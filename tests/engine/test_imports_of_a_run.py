"""What a run imports is paid for by every run."""

import subprocess
import sys

MAIN = "from surveillance.cli.main import main; main()"


def surveil(*arguments):
    command = [sys.executable, "-X", "importtime", "-c", MAIN, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_a_run_that_tells_findings_imports_no_library_that_it_does_not_need(tmp_path):
    surveil("simulate", tmp_path / "day", "--seed", 7, "--events", 20_000, "--quiet")
    day = tmp_path / "day"
    arguments = ["--feed", "canonical", "--reference", day / "reference", "--out", tmp_path / "run", "--quiet"]
    imported = surveil("detect", day / "events.parquet", *arguments)
    assert (tmp_path / "run" / "findings.ndjson").stat().st_size > 0
    assert "pyarrow" in imported
    assert not [name for name in ("pandas", "matplotlib", "sqlalchemy") if f" {name}\n" in imported]
