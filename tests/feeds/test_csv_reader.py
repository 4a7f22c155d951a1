from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.feeds.content import Content
from surveillance.feeds.csv import CsvReader

COLUMNS = ["a", "b", "c"]
MOST = 48
"""Bytes of an over-long record in these tests: small, so that buffers end everywhere."""


def read(path, *, block_rows=5, columns=COLUMNS, **options):
    """Return good records as (position, line, fields, raw) and broken ones as (position, line, code, raw)."""
    reader = CsvReader(Content(path), block_rows, **options)
    good, broken = [], []
    for block in reader.blocks(columns, set()):
        assert len(block) + len(block.broken) <= block_rows
        for row in range(len(block)):
            line, raw = block.raw(row)
            fields = [block.columns[name].bytes_at(row) for name in columns]
            good.append((int(block.positions[row]), line, fields, raw))
        broken += [(record.position, record.line, record.code, record.raw) for record in block.broken]
    assert reader.consumed == reader.size
    return good, broken


def shown(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace").rstrip("\r\n")


def parsed(data: bytes):
    """Parse one candidate record with Python's csv module: its fields, "more" or "bad"."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline=""), strict=True))
    except csv.Error as error:
        return "more" if "unexpected end" in str(error) else "bad"
    return [field.encode("utf-8", "surrogateescape") for field in rows[0]] if len(rows) == 1 else "bad"


def slow_reference(data: bytes, columns: int, most: int):
    """Read records one by one, as the module docstring of `csv_split` says."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    good, broken = [], []
    at = position = 0
    while at < len(lines):
        if not lines[at].strip(b"\r\n"):
            at += 1
            continue
        fields, until = "more", at
        while fields == "more" and until < len(lines):
            until += 1
            record = b"".join(lines[at:until])
            fields = parsed(record) if len(record.removesuffix(b"\n")) < most else "bad"
        number = at + 2
        if not isinstance(fields, list) or (until - at > 1 and len(fields) != columns):
            broken.append((position, number, "broken", shown(lines[at])))
            until = at + 1
        elif len(fields) != columns:
            broken.append((position, number, "short-record" if len(fields) < columns else "long-record", shown(record)))
        elif not is_utf8(record):
            broken.append((position, number, "bad-utf8", shown(record)))
        else:
            good.append((position, number, fields, shown(record)))
        at, position = until, position + 1
    return good, broken


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


pieces = st.sampled_from(
    [b"1", b"xy", b",", b",", b",", b'"', b'""', b"\n", b"\n", b"\r\n", "é".encode(), b"\xff", b" "]
)
clean = st.sampled_from([b"1,2,3\n", b'1,"2",3\r\n', b'"x ""y""","a\nb",\n', b"\n", b",,\n", b'"1","2","3"\n'])
dirt = st.lists(pieces, max_size=12).map(b"".join)
files = st.lists(clean | dirt, max_size=20).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(files, st.integers(1, 9))
@example(b'"1,2,3\n1,2,3\n1,2,3\n', 5)
@example(b"1,2,3", 1)
@example(b'1,2,"3"\r', 1)
@example(b"1,2,", 2)
@example(b'1,2,"\n3"', 2)
@example(b"1,2," + b"3" * 60 + b"\n4,5,6\n", 1)
@example(b'1,2,"' + b"3" * 60 + b'\n4,5,6\n"', 1)
def test_every_record_is_read_or_told_apart_as_a_slow_reader_would(tmp_path_factory, body, block_rows):
    path = tmp_path_factory.mktemp("csv") / "dirty.csv"
    path.write_bytes(b"a,b,c\n" + body)
    good, broken = read(path, block_rows=block_rows, max_record=MOST)
    wanted_good, wanted_broken = slow_reference(body, 3, MOST)
    assert good == wanted_good
    general = {"unclosed-quote": "broken", "bad-quote": "broken", "over-long-record": "broken"}
    cut = [(position, line, general.get(code, code), raw[: MOST - 1]) for position, line, code, raw in broken]
    assert cut == [(position, line, code, raw[: MOST - 1]) for position, line, code, raw in wanted_broken]


def written(tmp_path, data: bytes):
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    return path


def test_a_byte_order_mark_is_dropped(tmp_path):
    good, broken = read(written(tmp_path, b"\xef\xbb\xbfa,b,c\n1,2,3\n"))
    assert (good, broken) == ([(0, 2, [b"1", b"2", b"3"], "1,2,3")], [])


def test_a_byte_order_mark_is_dropped_without_a_header(tmp_path):
    good, _ = read(written(tmp_path, b"\xef\xbb\xbf1,2,3\n"), header=COLUMNS)
    assert good == [(0, 1, [b"1", b"2", b"3"], "1,2,3")]


def test_a_last_line_cut_in_half_is_a_short_record(tmp_path):
    good, broken = read(written(tmp_path, b"a,b,c\r\n1,2,3\r\n4,5"))
    assert [fields for _, _, fields, _ in good] == [[b"1", b"2", b"3"]]
    assert broken == [(1, 3, "short-record", "4,5")]


def test_an_over_long_row_is_told_apart_and_the_next_one_is_read(tmp_path):
    body = b"1,2,3,4\n5,6,7\n"
    good, broken = read(written(tmp_path, b"a,b,c\n" + body))
    assert broken == [(0, 2, "long-record", "1,2,3,4")]
    assert good == [(1, 3, [b"5", b"6", b"7"], "5,6,7")]


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path):
    rows = b"".join(b"%d,2,3\n" % number for number in range(1000))
    good, broken = read(written(tmp_path, b'a,b,c\n1,"2,3\n' + rows), block_rows=10_000)
    assert broken == [(0, 2, "unclosed-quote", '1,"2,3')]
    assert len(good) == 1000


def test_a_line_of_megabytes_is_told_apart_without_holding_it(tmp_path):
    path = written(tmp_path, b"a,b,c\n1,2," + b"x" * 9_000_000 + b"\n4,5,6\n")
    good, ((position, line, code, raw),) = read(path)
    assert (position, line, code) == (0, 2, "over-long-record")
    assert len(raw) <= 1 << 20
    assert good == [(1, 3, [b"4", b"5", b"6"], "4,5,6")]


def test_records_across_buffers_keep_their_numbers(tmp_path):
    rows = [f'{number},"{"y" * (number % 97)}\n{"z" * (number % 31)}",é\n' for number in range(100_000)]
    good, broken = read(written(tmp_path, ("a,b,c\n" + "".join(rows)).encode()), block_rows=70_000)
    assert broken == []
    assert [position for position, *_ in good] == list(range(100_000))
    assert [line for _, line, _, _ in good] == list(range(2, 200_002, 2))
    assert all(int(fields[0]) == position for position, _, fields, _ in good)


def test_only_the_columns_asked_for_are_given_out(tmp_path):
    good, _ = read(written(tmp_path, b"a,b,c\n1,2,3\n"), columns=["c"])
    assert good == [(0, 2, [b"3"], "1,2,3")]


def test_the_delimiter_is_the_profiles(tmp_path):
    good, _ = read(written(tmp_path, b'a;b;c\n1,5;"2;2";3\n'), delimiter=";")
    assert good[0][2] == [b"1,5", b"2;2", b"3"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\n\n", "has no header"),
        ("a,b,ü\n".encode("latin-1"), "header is not UTF-8"),
        ("a,b,c\n".encode("utf-16"), "is binary, and no text in UTF-8"),
        (b"a,a,b\n", "has a column twice: a"),
        (b'a,"b\n1,2\n', "header cannot be read"),
    ],
)
def test_a_header_that_cannot_be_read_is_one_clear_error(tmp_path, data, message):
    with pytest.raises(InputError, match=message):
        CsvReader(Content(written(tmp_path, data)), 5)
