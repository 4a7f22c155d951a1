from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.feeds import json as json_reader
from surveillance.feeds.content import Content
from surveillance.feeds.json import MAX_RECORD, JsonReader
from surveillance.feeds.json_tree import values_of

MOST = 48
"""Bytes of an over-long record in some tests: small, so that buffers end everywhere."""


def written(tmp_path, data: bytes, name="file.ndjson"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def read(path, columns=None, block_rows=3, *, lines=True, **options):
    """Return good records as (position, line, values) and broken ones as (position, line, code)."""
    reader = JsonReader(Content(path), block_rows, lines=lines, **options)
    names = columns or reader.columns
    good, broken = [], []
    for block in reader.blocks(names, set()):
        assert len(block) + len(block.broken) <= block_rows
        for row in range(len(block)):
            values = [block.columns[name].bytes_at(row).decode() or None for name in names]
            good.append((int(block.positions[row]), block.raw(row)[0], values))
        broken += [(record.position, record.line, record.code) for record in block.broken]
    assert reader.consumed == reader.size
    return good, broken


def read_array(tmp_path, data: bytes, columns=None, **options):
    return read(written(tmp_path, data, "file.json"), columns, lines=False, **options)


def test_values_are_the_text_that_was_written(tmp_path):
    line = (
        b'{"a": 12345678901234567.10, "b": 123456789012345678901, "c": true, "d": null, "e": [1.50], '
        b'"f": "x\\n\\u00e9", "g": "", "h": {}}\n'
    )
    columns = list("abcdefgh")
    good, _ = read(written(tmp_path, line), columns)
    values = ["12345678901234567.10", "123456789012345678901", "true", None, "[1.50]", "x\né", None, "{}"]
    assert good == [(0, 1, values)]
    assert read(written(tmp_path, line.replace(b"\\n\\u00e9", b"")), columns)[0][0][2][5] == "x"


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


@pytest.mark.parametrize("lines", [True, False])
def test_a_byte_order_mark_is_dropped(tmp_path, lines):
    data = b'\xef\xbb\xbf{"a":1}\n' if lines else b'\xef\xbb\xbf[{"a":1}]'
    assert read(written(tmp_path, data), lines=lines)[0] == [(0, 1, ["1"])]


def test_a_line_of_megabytes_is_told_apart_and_the_next_one_is_read(tmp_path):
    long = b'{"a":"' + b"x" * (5 * MAX_RECORD) + b'"}\n'
    good, broken = read(written(tmp_path, b'{"a":1}\n' + long + b'{"a":2}\n'))
    assert good == [(0, 1, ["1"]), (2, 3, ["2"])]
    assert broken == [(1, 2, "over-long-record")]


def test_an_element_of_megabytes_is_told_apart_and_the_next_one_is_read(tmp_path):
    long = b'{"a":"' + b"x" * (5 * MAX_RECORD) + b'"}'
    good, broken = read_array(tmp_path, b'[{"a":1},\n' + long + b',\n{"a":2}]')
    assert good == [(0, 1, ["1"]), (2, 3, ["2"])]
    assert broken == [(1, 2, "over-long-record")]


@pytest.mark.parametrize("lines", [True, False])
def test_a_deep_value_is_a_bad_record_and_no_crash(tmp_path, lines):
    deep = b'{"a":' + b"[" * 100_000
    data = b'{"a":1}\n' + deep + b"\n" if lines else b'[{"a":1},' + deep + b',{"a":2}]'
    good, broken = read(written(tmp_path, data), lines=lines)
    assert [values for *_, values in good] == ([["1"]] if lines else [["1"], ["2"]])
    assert broken == [(1, 2 if lines else 1, "bad-json")]


def test_a_key_that_an_object_lacks_is_null(tmp_path):
    good, _ = read(written(tmp_path, b'{"a":1}\n{"b":2}\n'))
    assert [values for *_, values in good] == [["1", None], [None, "2"]]


def test_a_file_without_objects_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no JSON object"):
        JsonReader(Content(written(tmp_path, b"a,b\n1,2\n")), 5, lines=True)


def test_a_path_leads_into_objects_and_arrays(tmp_path):
    record = b'{"id":7,"order":{"legs":[{"price":"1.5"},{"price":2}],"side":"buy"},"x.y":3,"x":{"y":4}}'
    columns = ["id", "order.side", "order.legs.1.price", "order.legs.0", "order.legs.2.price", "x.z", "order.side.up"]
    good, _ = read_array(tmp_path, b"[" + record + b"]", columns)
    assert good == [(0, 1, ["7", "buy", "2", '{"price":"1.5"}', None, None, None])]
    assert values_of(record, columns) == [b"7", b"buy", b"2", b'{"price":"1.5"}', b"", b"", b""]
    assert {"id", "order.side", "order.legs.1.price", "x.y"} <= set(
        JsonReader(Content(written(tmp_path, record)), 5, lines=True).columns
    )


def test_a_name_with_dots_counts_before_the_path_that_it_looks_like(tmp_path):
    good, _ = read(written(tmp_path, b'{"x.y":3,"x":{"y":4}}\n{"x":{"y":4},"x.y":3}\n{"x":{"y":4}}\n'), ["x.y"])
    assert [values for *_, values in good] == [["3"], ["3"], ["4"]]


def test_the_last_of_two_equal_names_counts(tmp_path):
    good, _ = read(written(tmp_path, b'{"a":1,"a":2}\n{"b":{"c":1},"b":{}}\n'), ["a", "b.c"])
    assert [values for *_, values in good] == [["2", None], [None, None]]


def test_elements_may_be_laid_out_in_any_way(tmp_path):
    data = b'\n [\r\n{"a"\n:\n1\n}\n,{"a":2}   ,\n\n{\n  "a": 3\n}\n]\n\n'
    good, broken = read_array(tmp_path, data)
    assert broken == []
    assert good == [(0, 3, ["1"]), (1, 7, ["2"]), (2, 9, ["3"])]


@pytest.mark.parametrize(
    ("broken", "codes"),
    [
        (b'{"a":1,,}', 1),
        (b'{"a":1', 1),
        (b'{"a":"x}', 1),
        (b'"a":1}', 1),
        (b"{a:1}", 1),
        (b'{"a":[{"b":1},{"b":2}],}', 1),
        (b'{"a":1}x', 1),
        (b'{"a":[1}', 1),
        (b"7", 1),
        (b'"text, with a comma"', 1),
        (b"[1,[2,3]]", 1),
        (b"", 1),
        (b'{"a":"\xff"}', 1),
        (b'{"a":NaN}', 1),
    ],
)
@pytest.mark.parametrize("between", [b",", b",\n"])
def test_a_broken_element_costs_nothing_but_itself(tmp_path, broken, codes, between):
    data = b"[" + between.join([b'{"a":1}', broken, b'{"a":2}', b'{"a":3}']) + b"]"
    good, found = read_array(tmp_path, data)
    assert [values for *_, values in good] == [["1"], ["2"], ["3"]]
    assert len(found) == codes
    assert [position for position, *_ in good] == [0, 2, 3]


def test_a_missing_comma_costs_nothing(tmp_path):
    good, broken = read_array(tmp_path, b'[{"a":1} {"a":2}, {"a":3}]')
    assert [values for *_, values in good] == [["1"], ["2"], ["3"]]
    assert broken == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a":1}', "an array of objects is due, and it begins with an object"),
        (b"<xml>", "an array of objects is due, and it begins with '<'"),
        (b"[]", "holds no JSON object"),
        (b"[1, 2]", "holds no JSON object"),
        (b'[{"a":1},{"a":2}', "cut off: the array is not closed"),
        (b'[{"a":1},{"a":', "cut off: the array is not closed"),
        (b'[{"a":1}\n]\n]', r"json:3: something stands behind the end"),
        (b'[{"a":1}][{"a":2}]', "something stands behind the end"),
    ],
)
def test_a_file_that_is_no_array_of_objects_is_one_clear_error(tmp_path, data, message):
    with pytest.raises(InputError, match=message):
        read_array(tmp_path, data)


values = (
    st.none() | st.text(max_size=5) | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
)
nested = st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner))
objects = st.dictionaries(st.sampled_from(["a", "b", "é"]), nested, min_size=1)


@settings(deadline=None)
@given(st.lists(objects, min_size=1, max_size=9), st.integers(1, 5), st.booleans(), st.booleans())
def test_every_object_is_read_whatever_the_size_of_blocks(tmp_path_factory, found, block_rows, lines, as_ascii):
    path = tmp_path_factory.mktemp("json") / "file"
    texts = [json.dumps(one, ensure_ascii=as_ascii) for one in found]
    text = "\n".join(texts) if lines else json.dumps(found, ensure_ascii=as_ascii, indent=1 if as_ascii else None)
    path.write_text(text, encoding="utf-8")
    good, broken = read(path, ["a", "b", "é"], block_rows, lines=lines)
    assert broken == []
    for (_, _, read_values), one in zip(good, found, strict=True):
        for read_value, value in zip(read_values, map(one.get, ["a", "b", "é"]), strict=True):
            if isinstance(value, str):
                assert read_value == (value or None)
            elif value is None:
                assert read_value is None
            else:
                assert json.loads(read_value) == value


def slow_lines(data: bytes, columns, most):
    """Read lines one by one, as the module docstring of `json_split` says."""
    good, broken, position = [], [], 0
    for number, line in enumerate(data.split(b"\n"), 1):
        record = line.strip(b" \t\r")
        if not record:
            continue
        length = len(line.lstrip(b" \t\r"))
        found = None if length >= most else values_of(line, columns)
        if found is None:
            broken.append((position, number))
        else:
            good.append((position, number, [value.decode() or None for value in found]))
        position += 1
    return good, broken


words = b'{"a":1 {"b":"x" } } , " \\ : [ ] 1e5 -0 01 true null nul \xc3\xa9 \xff {} {"a":{"b":[1,2]}} "c":0.'.split()
pieces = st.sampled_from([*words, b"\n", b"\n", b"\r", b"\t", b" ", b"\x00"])
clean = st.sampled_from(
    [b'{"a":1,"b":"x"}', b'{"b":"\\u00e9"}', b'{ "a" : [ ] }', b'{"a":"\xc3\xa9"}', b'{"a":-1.5E+3}']
)
dirt = st.lists(pieces, max_size=8).map(b"".join)
records = st.lists(clean | dirt, max_size=12)


@settings(max_examples=400, deadline=None)
@given(records, st.integers(1, 5), st.sampled_from([b"\n", b"\r\n"]))
@example([b'{"a":"' + b"x" * 60 + b'"}', b'{"a":2}'], 1, b"\n")
@example([b'{"a":tru', b'{"a":true}', b'{"a":1'], 2, b"\n")
def test_every_line_is_read_or_told_apart_as_a_slow_reader_would(tmp_path_factory, lines, block_rows, end):
    data = end.join([b'{"a":0}', *lines])
    path = tmp_path_factory.mktemp("json") / "dirty.ndjson"
    path.write_bytes(data)
    good, broken = read(path, ["a", "b"], block_rows, max_record=MOST)
    wanted_good, wanted_broken = slow_lines(data, ["a", "b"], MOST)
    assert good == wanted_good
    assert [(position, line) for position, line, _ in broken] == wanted_broken


@settings(max_examples=400, deadline=None)
@given(records, st.sampled_from([b",", b",\n", b" , "]), st.binary(max_size=3))
def test_an_array_is_read_alike_in_every_size_of_block_and_buffer(tmp_path_factory, elements, between, tail):
    data = b"[" + between.join([b'{"a":0}', *elements]) + b"]" + tail
    path = tmp_path_factory.mktemp("json") / "dirty.json"
    path.write_bytes(data)
    found = []
    for block_rows, buffer_records in [(1, 1), (2, 3), (9, 100)]:
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(json_reader, "_BUFFER_RECORDS", buffer_records)
                good, broken = read(path, ["a", "b"], block_rows, lines=False, max_record=MOST)
        except InputError as error:
            found.append(str(error))
            continue
        found.append((good, broken))
        positions = sorted(position for position, *_ in good + broken)
        assert positions == list(range(len(positions)))
        assert good[0] == (0, 1, ["0", None])
    assert found.count(found[0]) == len(found)
    try:
        whole = msgspec.json.decode(data)
        assert max(map(len, elements), default=0) < MOST
    except (AssertionError, msgspec.DecodeError, UnicodeDecodeError):
        return
    good, broken = found[0]
    kinds = [isinstance(element, dict) for element in whole]
    assert [position for position, *_ in good] == [place for place, kind in enumerate(kinds) if kind]
    assert [position for position, *_ in broken] == [place for place, kind in enumerate(kinds) if not kind]
