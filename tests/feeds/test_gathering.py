from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.feeds.content import StoredFile
from surveillance.feeds.gathering import gathered, named
from surveillance.feeds.spool import Spool


def made(tmp_path, *names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def labels(tmp_path, *sources):
    with gathered([str(tmp_path / source) for source in sources]) as files:
        return [os.path.relpath(one.label, tmp_path) for one in files]


def test_a_folder_is_all_files_in_it_and_below_but_hidden_ones(tmp_path):
    made(tmp_path, "d/b.csv", "d/a.csv", "d/x/c.csv", "d/.crc", "d/_SUCCESS", "d/.git/e.csv", "f.csv")
    assert labels(tmp_path, "d") == ["d/a.csv", "d/b.csv", "d/x/c.csv"]


def test_a_pattern_is_all_files_of_its_form(tmp_path):
    made(tmp_path, "a-1.csv", "a-2.csv", "b.csv", "d/a-3.csv", "a-x.csv/inner")
    assert labels(tmp_path, "a-*.csv") == ["a-1.csv", "a-2.csv"]
    assert labels(tmp_path, "**/a-?.csv", "b.csv") == ["a-1.csv", "a-2.csv", "d/a-3.csv", "b.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path):
    made(tmp_path, "a[1].csv", "a1.csv")
    assert labels(tmp_path, "a[1].csv") == ["a[1].csv"]


def test_everything_that_names_no_file_is_told_at_once(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        labels(tmp_path, "gone.csv", "empty", "*.parquet")
    told = [problem.message for problem in caught.value.problems]
    assert told == ["does not exist", "is a folder without files", "no file has a name of this form"]


def names(*paths):
    return [name for name, _ in named([StoredFile(Path(path)) for path in paths])]


def test_names_leave_out_how_a_file_is_packed(tmp_path):
    assert names(tmp_path / "b.csv.gz", tmp_path / "a.csv.zst", tmp_path / "c.CSV.BZ2") == ["a.csv", "b.csv", "c.CSV"]


def test_a_file_beside_its_packed_self_keeps_its_whole_name(tmp_path):
    assert names(tmp_path / "a.csv.gz", tmp_path / "a.csv", tmp_path / "b.csv.gz") == ["a.csv", "a.csv.gz", "b.csv"]


def test_numbers_in_names_are_ordered_as_numbers(tmp_path):
    given_ = [tmp_path / f"part-{number}.csv" for number in (10, 9, 1, 100)]
    assert names(*given_) == ["part-1.csv", "part-9.csv", "part-10.csv", "part-100.csv"]


parts = st.lists(st.sampled_from(["a", "b", "1", "10", "2", "a.gz", "b.zst"]), min_size=1, max_size=4)


@given(st.lists(parts.map(lambda steps: "/".join(["/data", *steps])), unique=True, min_size=1, max_size=8))
def test_names_are_unique_and_do_not_depend_on_the_order_of_files(paths):
    found = names(*paths)
    assert len(set(found)) == len(paths)
    assert names(*paths[::-1]) == found


def test_a_file_given_in_two_ways_is_an_error(tmp_path):
    made(tmp_path, "d/a.csv")
    with (
        gathered([tmp_path / "d", tmp_path / "d" / ".." / "d" / "a.csv"]) as files,
        pytest.raises(InputError, match="is given more than once"),
    ):
        named(files)


def reading(spool, size=7):
    with spool.open() as raw:
        return b"".join(iter(lambda: raw.read(size), b""))


def test_what_comes_once_can_be_read_again(tmp_path):
    data = bytes(range(256)) * 5_000
    spool = Spool(io.BytesIO(data), "standard input", "stdin")
    with spool.open() as first, spool.open() as second:
        assert first.read(10) == data[:10]
        assert spool.size() < len(data)
        assert second.read(1000) == data[:1000]
    assert reading(spool, 99_999) == data
    assert spool.local_path().read_bytes() == data
    assert spool.size() == len(data)
    kept = spool.local_path()
    spool.close()
    assert not kept.exists()


def test_bytes_are_given_out_as_they_come():
    receiving, sending = os.pipe()
    spool = Spool(os.fdopen(receiving, "rb", buffering=0), "pipe", "pipe")
    os.write(sending, b"first")
    with spool.open() as raw:
        assert raw.read(100) == b"first"
        os.write(sending, b"second")
        assert raw.read(100) == b"second"
        os.close(sending)
        assert raw.read(100) == b""
    spool.close()


def test_a_thread_that_waits_for_bytes_is_let_go():
    receiving, sending = os.pipe()
    source = os.fdopen(receiving, "rb", buffering=0)
    spool = Spool(source, "pipe", "pipe")
    raised = []

    def wait():
        try:
            reading(spool)
        except InputError as error:
            raised.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    spool.stop()
    thread.join(5)
    assert raised == ["pipe: reading was stopped [stopped]"]
    os.close(sending)
    spool.close()


def test_a_pipe_is_read_like_a_file(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(path)!r}, 'wb').write(b'a,b' * 100_000)"])
    with gathered([path]) as (spool,):
        assert reading(spool, 10_000) == b"a,b" * 100_000
    assert writer.wait() == 0


def test_a_terminal_is_no_source(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="nothing comes from standard input"), gathered(["-"]):
        pass
