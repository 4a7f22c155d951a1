from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveillance.errors import InputError
from surveillance.feeds.parquet import ParquetReader


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.parquet"
    table = pa.table({"a": ["x", "y", None, "x", "z"], "b": [1, 2, 3, None, 5], "c": ["p", "q", "r", "s", "t"]})
    pq.write_table(table, path, row_group_size=2)
    return path


def test_only_the_columns_asked_for_are_read_in_blocks(path):
    reader = ParquetReader(path, 2)
    blocks = list(reader.blocks(["b", "a"], {"a"}))
    assert [set(block.columns) for block in blocks] == [{"a", "b"}] * 3
    assert [block.positions.tolist() for block in blocks] == [[0, 1], [2, 3], [4]]
    assert [value for block in blocks for value in block.columns["a"].to_pylist()] == ["x", "y", None, "x", "z"]
    assert pa.types.is_dictionary(blocks[0].columns["a"].type)
    assert reader.consumed == reader.size


def test_ids_stay_as_they_are(path):
    block = next(iter(ParquetReader(path, 5).blocks(["c"], set())))
    assert block.columns["c"].type == pa.string()


def test_the_raw_record_is_json(path):
    block = list(ParquetReader(path, 2).blocks(["a", "b"], {"a"}))[1]
    line, raw = block.raw(0)
    assert (line, json.loads(raw)) == (0, {"a": None, "b": 3})


def test_what_is_not_parquet_is_one_clear_error(tmp_path):
    path = tmp_path / "file.parquet"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InputError, match=r"file.parquet: is not a Parquet file") as caught:
        ParquetReader(path, 5)
    assert "\n" not in caught.value.problems[0].message


def test_a_column_that_is_there_twice_is_an_error(tmp_path):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), path)
    with pytest.raises(InputError, match="has a column twice: a"):
        ParquetReader(path, 5)


def test_a_damaged_file_says_after_which_row(path):
    data = bytearray(path.read_bytes())
    data[4:60] = b"\xff" * 56
    path.write_bytes(data)
    with pytest.raises(InputError, match="is damaged after row 0"):
        list(ParquetReader(path, 5).blocks(["a"], {"a"}))


def test_a_column_left_for_later_is_read_when_asked_for(path):
    for rows in (1, 2, 3, 4, 5):
        blocks = list(ParquetReader(path, rows).blocks(["b", "c"], set(), {"c"}))
        assert [value for block in blocks for value in block.late("c").to_pylist()] == ["p", "q", "r", "s", "t"]


def test_the_raw_record_has_what_was_left_for_later_in_its_place(path):
    block = next(iter(ParquetReader(path, 2).blocks(["b", "c", "a"], {"a"}, {"c"})))
    assert block.raw(1) == (0, '{"b": 2, "c": "q", "a": "y"}')


def test_columns_of_vast_row_groups_are_not_left_for_later(path, monkeypatch):
    assert ParquetReader(path, 5).late == {"a", "c"}
    monkeypatch.setattr("surveillance.feeds.parquet.MOST_LATE", 1)
    assert ParquetReader(path, 5).late == set()


def test_damage_that_is_found_later_is_told(path):
    reader = ParquetReader(path, 5)
    block = next(iter(reader.blocks(["b", "c"], set(), {"c"})))
    path.write_bytes(b"PAR1" + b"\xff" * (path.stat().st_size - 4))
    with pytest.raises(InputError, match="is damaged after row 0"):
        block.late("c")
