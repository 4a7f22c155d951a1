"""Kernels compile wherever the engine is installed and however many processes start at once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from surveillance import kernel

ROOT = Path(kernel.__file__).parents[2]

USE_A_KERNEL = """
import numpy as np
from surveillance.tape.keys import PairCoder
one, out = np.array([7, 7, 8], dtype=np.int32), np.zeros(3, dtype=np.int32)
PairCoder().codes(one, one, out, 0)
print(out.tolist())
"""

# Permission bits do not stop root, so what cannot be written is said by os.access and by a home under a file.
READ_ONLY_PACKAGE = f"""
import os
allowed = os.access
os.access = lambda path, mode: not str(path).startswith({str(ROOT)!r}) and allowed(path, mode)
"""


def environment(tmp_path, **changes):
    kept = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    folder = tmp_path / "tmp"
    folder.mkdir()
    return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(blocked / "home"), "TMPDIR": str(folder), **changes}


def run(code, environ):
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def output(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split("\n")[:-1]


def test_a_folder_in_tmp_is_named_when_neither_package_nor_home_is_writable(tmp_path):
    show = "import surveillance.kernel, numba\nprint(numba.config.CACHE_DIR)\n"
    environ = environment(tmp_path)
    *_, folder, codes = output(run(READ_ONLY_PACKAGE + show + USE_A_KERNEL, environ))
    assert Path(folder).parent == Path(environ["TMPDIR"])
    assert list(Path(folder).rglob("*keys*.nbi"))
    assert codes == "[1, 1, 2]"


def test_no_folder_is_named_when_the_package_is_writable(monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(kernel.os, "access", lambda *_: True)
    assert kernel.choose_cache_folder() is None
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_folder_that_the_user_names_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernel.os, "access", lambda *_: False)
    assert kernel.choose_cache_folder() is None
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path)


def test_the_named_folder_belongs_to_the_user_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setattr(kernel.os, "access", lambda *_: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = kernel.choose_cache_folder()
    assert folder is not None
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o077 == 0
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)


def test_two_processes_that_start_at_once_without_a_cache_both_work(tmp_path):
    cache = tmp_path / "cache"
    environ = environment(tmp_path, NUMBA_CACHE_DIR=str(cache))
    both = [run(USE_A_KERNEL, environ) for _ in range(2)]
    assert [output(process) for process in both] == [["[1, 1, 2]"]] * 2
    assert list(cache.rglob("*.nbi"))
