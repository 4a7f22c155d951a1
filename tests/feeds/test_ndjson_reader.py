from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.feeds.content import Content
from surveillance.feeds.ndjson import MAX_RECORD, NdjsonReader


def written(tmp_path, data: bytes):
    path = tmp_path / "file.ndjson"
    path.write_bytes(data)
    return path


def read(path, columns=None, block_rows=3):
    reader = NdjsonReader(Content(path), block_rows)
    good, broken = [], []
    for block in reader.blocks(columns or reader.columns, set()):
        assert len(block) + len(block.broken) <= block_rows
        rows = zip(*(array.to_pylist() for array in block.columns.values()), strict=True)
        for row, values in enumerate(rows):
            good.append((int(block.positions[row]), block.raw(row)[0], list(values)))
        broken += [(record.position, record.line, record.code) for record in block.broken]
    assert reader.consumed == reader.size
    return good, broken


def test_values_are_the_text_that_was_written(tmp_path):
    line = (
        b'{"a": 12345678901234567.10, "b": 123456789012345678901, "c": true, "d": null, "e": [1], "f": "x\\n\\u00e9"}\n'
    )
    good, _ = read(written(tmp_path, line))
    assert good == [(0, 1, ["12345678901234567.10", "123456789012345678901", "true", None, "[1]", "x\né"])]


def test_a_bad_line_costs_nothing_but_itself(tmp_path):
    lines = [b'{"a":1}', b"{", b"[1]", b'{"a":"\xff"}', b"", b"  ", b'{"a":"\\ud800"}', b'{"a":2}\r', b'{"a":3']
    good, broken = read(written(tmp_path, b"\n".join(lines)))
    assert good == [(0, 1, ["1"]), (5, 8, ["2"])]
    assert broken == [
        (1, 2, "bad-json"),
        (2, 3, "bad-json"),
        (3, 4, "bad-utf8"),
        (4, 7, "bad-json"),
        (6, 9, "bad-json"),
    ]


def test_a_byte_order_mark_is_dropped(tmp_path):
    assert read(written(tmp_path, b'\xef\xbb\xbf{"a":1}\n'))[0] == [(0, 1, ["1"])]


def test_a_line_of_megabytes_is_told_apart_and_the_next_one_is_read(tmp_path):
    long = b'{"a":"' + b"x" * (2 * MAX_RECORD) + b'"}\n'
    good, broken = read(written(tmp_path, b'{"a":1}\n' + long + b'{"a":2}\n'))
    assert good == [(0, 1, ["1"]), (2, 3, ["2"])]
    assert broken == [(1, 2, "over-long-record")]


def test_a_deep_value_is_a_bad_line_and_no_crash(tmp_path):
    _, broken = read(written(tmp_path, b'{"a":1}\n{"a":' + b"[" * 100_000 + b"\n"))
    assert broken == [(1, 2, "bad-json")]


def test_a_key_that_an_object_lacks_is_null(tmp_path):
    good, _ = read(written(tmp_path, b'{"a":1}\n{"b":2}\n'))
    assert [values for *_, values in good] == [["1", None], [None, "2"]]


def test_a_file_without_objects_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no JSON object"):
        NdjsonReader(Content(written(tmp_path, b"a,b\n1,2\n")), 5)


values = st.none() | st.text(max_size=5) | st.integers() | st.booleans()


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("ab"), values, min_size=1), min_size=1, max_size=9), st.integers(1, 5))
def test_every_object_is_read_whatever_the_size_of_blocks(tmp_path_factory, objects, block_rows):
    path = tmp_path_factory.mktemp("ndjson") / "file.ndjson"
    path.write_text("".join(json.dumps(found) + "\n" for found in objects), encoding="utf-8")
    good, broken = read(path, ["a", "b"], block_rows)
    texts = [
        [value if value is None or isinstance(value, str) else json.dumps(value) for value in map(found.get, "ab")]
        for found in objects
    ]
    assert broken == []
    assert [values for *_, values in good] == texts
