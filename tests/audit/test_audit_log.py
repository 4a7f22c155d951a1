"""Whoever touches the audit log is found out: a byte, an entry, their order, their end."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.audit.chain import Head, read_head, verify
from surveillance.audit.log import AuditLog
from surveillance.cli.main import run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a log of eight entries and its head."""
    log = AuditLog(tmp_path_factory.mktemp("log"))
    for number in range(8):
        log.add("run", {"out": f"day-{number}", "alerts": number}, by="ann")
    return log


@pytest.fixture
def log(whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path / "audit")
    return AuditLog(tmp_path / "audit")


def wrong(log, **heads):
    return [one.message for one in verify(log.path, {**log.heads(), **heads})[1]]


def lines(log):
    return log.path.read_bytes().splitlines(keepends=True)


def test_an_untouched_log_verifies_against_its_head(whole):
    assert wrong(whole, kept=whole.head()) == []
    assert whole.head().number == 8
    assert [one.what["alerts"] for one in whole.entries()] == list(range(8))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_byte_that_is_changed_is_noticed(whole, data):
    content = bytearray(whole.path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 2))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "log.ndjson"
        path.write_bytes(content)
        assert verify(path, {"kept": whole.head()})[1]


@given(st.permutations(range(8)), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_any_other_order_or_number_of_entries_is_noticed(whole, order, kept):
    entries = lines(whole)
    chosen = order[:kept]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "log.ndjson"
        path.write_bytes(b"".join(entries[one] for one in chosen))
        assert bool(verify(path, {"kept": whole.head()})[1]) == (chosen != list(range(8)))


def test_it_says_which_entry_is_missing(log):
    entries = lines(log)
    log.path.write_bytes(b"".join(entries[:3] + entries[4:]))
    assert wrong(log)[0] == "entry 4 is missing before entry 5"


def test_it_says_which_entry_was_changed(log):
    log.path.write_bytes(log.path.read_bytes().replace(b"day-4", b"day-9"))
    assert wrong(log)[0] == "entry 5 was changed: its content is not that of its hash"


def test_an_entry_that_was_inserted_does_not_follow(log):
    entries = lines(log)
    log.path.write_bytes(b"".join([*entries[:5], entries[2], *entries[5:]]))
    assert wrong(log)[0] == "entry 3 comes after entry 5"


def test_a_forged_entry_with_a_right_hash_breaks_what_follows(log):
    entries = list(log.entries())
    from msgspec import structs
    from msgspec.json import encode

    forged = structs.replace(entries[3], by="mallory").sealed()
    content = [encode(one) + b"\n" for one in (*entries[:3], forged, *entries[4:])]
    log.path.write_bytes(b"".join(content))
    assert wrong(log)[0].startswith("entry 5 does not follow entry 4")


def test_a_log_that_was_cut_is_found_out_by_a_head_that_was_kept(log):
    entries = lines(log)
    kept = log.head()
    log.path.write_bytes(b"".join(entries[:-2]))
    shutil.rmtree(log.folder / "heads")
    assert wrong(log) == []
    assert wrong(log, kept=kept) == ["entry 8 is gone: the log was cut; its hash is written down in kept"]


def test_half_an_entry_is_put_aside_and_said(log):
    with log.path.open("ab") as file:
        file.write(b'{"number":9,"ti')
    assert "was cut off while it was written" in wrong(log)[0]
    log.add("run", {}, by="ann")
    assert wrong(log) == []
    assert [one.kind for one in log.entries()][-2:] == ["torn", "run"]
    assert (log.folder / "torn.ndjson").read_bytes() == b'{"number":9,"ti\n'


def test_writers_at_the_same_time_do_not_lose_entries(tmp_path):
    code = (
        "import sys; from pathlib import Path; from surveillance.audit.log import AuditLog\n"
        "log = AuditLog(Path(sys.argv[1]))\n"
        "for number in range(25): log.add('run', {'by': sys.argv[2], 'number': number})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    log = AuditLog(tmp_path)
    assert log.head().number == 75
    assert wrong(log) == []


def test_the_verbs_read_and_verify(log, capsys):
    folder = str(log.folder)
    assert run(["log", "verify", folder]) == 0
    assert "8 entries, untouched" in capsys.readouterr().out
    assert run(["log", "list", folder, "--last", "1"]) == 0
    assert "ann  run: out day-7, alerts 7" in capsys.readouterr().out
    assert run(["log", "head", folder]) == 0
    head = read_head(capsys.readouterr().out)
    log.path.write_bytes(b"".join(lines(log)[:-1]))
    assert run(["log", "verify", folder, "--head", str(head)]) == 3
    assert "entry 8 is gone" in capsys.readouterr().out
    assert run(["log", "verify", folder, "--head", "nonsense"]) == 2
    assert run(["log", "verify", folder + "-not"]) == 2


def test_a_head_is_read_as_it_is_written():
    head = Head(12, "ab" * 32)
    assert read_head(str(head)) == head
    with pytest.raises(ValueError, match="is not a head"):
        read_head("12")
