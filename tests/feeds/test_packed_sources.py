"""The same content in every packing and encoding, cut anywhere, and told apart when it is damaged."""

from __future__ import annotations

import bz2
import gzip
import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.feeds.content import Content, is_utf_8, read_up_to
from surveillance.feeds.csv import CsvReader
from surveillance.feeds.json import JsonReader


def zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


PACKINGS = {"": bytes, "gzip": gzip.compress, "zstd": zstd, "bz2": bz2.compress}
SUFFIXES = {"": "", "gzip": ".gz", "zstd": ".zst", "bz2": ".bz2"}


def whole(content: Content, size: int = 1 << 16) -> bytes:
    with content.open() as stream:
        return b"".join(iter(lambda: read_up_to(stream, size), b""))


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_is_unpacked_whatever_its_name(tmp_path, packing):
    data = b"a,b\n" + b"1,2\n" * 300_000
    path = tmp_path / "day.csv"
    path.write_bytes(PACKINGS[packing](data))
    content = Content(path)
    assert (content.packing, content.name, content.size) == (packing, "day.csv", path.stat().st_size)
    assert whole(content) == data
    assert content.peek(5) == data[:5]


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bz2"])
def test_several_packed_files_one_behind_the_other_are_one(tmp_path, packing):
    path = tmp_path / ("day.csv" + SUFFIXES[packing])
    path.write_bytes(PACKINGS[packing](b"a,b\n1,") + PACKINGS[packing](b"2\n"))
    content = Content(path)
    assert content.name == "day.csv"
    assert whole(content) == b"a,b\n1,2\n"


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bz2"])
def test_a_packed_file_that_is_cut_off_anywhere_is_one_clear_error(tmp_path, packing):
    data = b"".join(b"%d,%d\n" % (number, number * number) for number in range(40))
    packed = PACKINGS[packing](data)
    path = tmp_path / "day.csv"
    for size in range(5, len(packed) - 1):
        path.write_bytes(packed[:size])
        with pytest.raises(InputError, match=r"day.csv: is damaged or cut off after [0-9]+ bytes of content"):
            whole(Content(path))


@pytest.mark.parametrize("packing", ["gzip", "zstd", "bz2"])
def test_bytes_behind_packed_content_are_an_error(tmp_path, packing):
    path = tmp_path / "day.csv"
    path.write_bytes(PACKINGS[packing](b"a,b\n") + b"garbage")
    with pytest.raises(InputError, match="is damaged or cut off after"):
        whole(Content(path))


texts = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(deadline=None)
@given(texts, st.sampled_from(["utf-16", "utf-16-be", "utf-32", "utf-8", "utf-8-sig", "gb18030"]), st.integers(1, 9))
def test_text_is_utf_8_whatever_its_encoding_and_however_it_is_cut(tmp_path_factory, text, encoding, size):
    path = tmp_path_factory.mktemp("text") / "day.csv"
    path.write_bytes(("x" + text).encode(encoding))
    assert whole(Content(path, encoding), size).decode("utf-8-sig") == "x" + text


@pytest.mark.parametrize(("name", "yes"), [("utf8", True), ("UTF-8", True), ("utf_8_sig", True), ("latin-1", False)])
def test_utf_8_has_many_names(name, yes):
    assert is_utf_8(name) == yes


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "mbcs-99"])
def test_what_is_no_encoding_of_text_is_not_known(name):
    with pytest.raises(LookupError):
        is_utf_8(name)


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_cannot_be_decoded_costs_its_own_record_only(tmp_path, packing):
    path = tmp_path / "day.csv"
    data = b"a,b\n\xfcber,1\nfoo,2\nx\x81,3\nlast,4\n"  # 0x81 is nothing in cp1252
    path.write_bytes(PACKINGS[packing](data))
    (block,) = CsvReader(Content(path, "cp1252"), 10).blocks(["a"], set())
    assert [block.columns["a"].at(row) for row in range(3)] == ["über", "foo", "last"]
    assert [(one.position, one.line, one.code, one.reason) for one in block.broken] == [
        (2, 4, "bad-encoding", "is not CP1252")
    ]


@pytest.mark.parametrize("cut", [b"\x00", b"\xd8\x00\xd8"])
def test_text_that_ends_within_a_letter_loses_its_last_record(tmp_path, cut):
    path = tmp_path / "day.ndjson"
    path.write_bytes('{"a":"ä"}\n{"a":"b'.encode("utf-16-be") + cut)
    (block,) = JsonReader(Content(path, "utf-16-be"), 10, lines=True).blocks(["a"], set())
    assert block.columns["a"].at(0) == "ä"
    assert [(one.position, one.code) for one in block.broken] == [(1, "bad-encoding")]


def test_a_file_in_another_encoding_than_its_profile_says_is_one_clear_error(tmp_path):
    path = tmp_path / "day.csv"
    path.write_bytes("a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(InputError, match=r"day.csv:1: is binary, and no text in UTF-8") as caught:
        CsvReader(Content(path), 5)
    assert "encoding" in caught.value.problems[0].hint


def test_an_empty_content_is_an_empty_file(tmp_path):
    path = tmp_path / "day.csv.gz"
    path.write_bytes(gzip.compress(b""))
    with pytest.raises(InputError, match="is empty"):
        Content(path)


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        Content(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="is a folder"):
        Content(tmp_path)


def test_progress_is_in_bytes_as_they_are_stored(tmp_path):
    path = tmp_path / "day.csv"
    path.write_bytes(gzip.compress(b"a\n" + b"1\n" * 1_000_000))
    reader = CsvReader(Content(path), 50_000)
    seen = [reader.consumed for _ in reader.blocks(["a"], set())]
    assert seen == sorted(seen)
    assert reader.consumed == reader.size == path.stat().st_size
    assert max(seen) <= reader.size


def test_a_stream_closes_its_file(tmp_path):
    path = tmp_path / "day.csv"
    path.write_bytes(gzip.compress(b"a\n"))
    content = Content(path)
    opened = []
    original = content.stored.open

    class Watched:
        label, name = content.label, content.name

        def open(self) -> io.RawIOBase:
            opened.append(original())
            return opened[-1]

    content.stored = Watched()
    whole(content)
    assert opened[0].closed
