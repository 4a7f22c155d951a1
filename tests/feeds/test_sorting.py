from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.events.batch import EventBatch
from surveillance.events.schema import COLUMN
from surveillance.feeds import sorting
from surveillance.feeds.sorting import sort_on_disk


def batch_of(times, first=0, *, texts=True):
    rows = len(times)
    columns = {
        "time": np.array(times, np.int64),
        "source": np.zeros(rows, np.int32),
        "position": np.arange(first, first + rows),
        "kind": np.full(rows, 6, np.int8),
        "terms": np.zeros(rows, np.int32),
    }
    names = [f"o{place}" if place % 3 else None for place in range(first, first + rows)]
    return EventBatch(columns, {"order": pa.array(names, pa.string())} if texts else {})


def rows_of(batches):
    return [
        row
        for batch in batches
        for row in zip(
            batch.columns["time"].tolist(),
            batch.columns["position"].tolist(),
            batch.texts["order"].to_pylist(),
            strict=True,
        )
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 20), max_size=40), max_size=6), st.integers(1, 30), st.integers(1, 5))
def test_events_come_in_order_and_none_is_lost(tmp_path_factory, parts, run_rows, held):
    folder = tmp_path_factory.mktemp("runs")
    batches, first = [], 0
    for part in parts:
        batches.append(batch_of(part, first))
        first += len(part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_WRITTEN_ROWS", held)
        found = rows_of(sort_on_disk(iter(batches), folder, run_rows=run_rows))
    assert found == sorted(rows_of(batches), key=lambda row: row[:2])
    assert list(folder.iterdir()) == []


def test_columns_keep_their_types(tmp_path):
    (batch,) = sort_on_disk([batch_of([3, 1, 2])], tmp_path)
    assert {name: str(column.dtype) for name, column in batch.columns.items()} == {
        name: COLUMN[name].dtype for name in batch.columns
    }
    assert batch.columns["position"].tolist() == [1, 2, 0]


def test_a_batch_without_ids_has_null_ids_beside_one_that_has_them(tmp_path):
    batches = [batch_of([5, 1]), batch_of([4, 2], 2, texts=False)]
    for run_rows in (1, 2, 3, 4):
        found = list(sort_on_disk(batches, tmp_path, run_rows=run_rows))
        assert [row for batch in found for row in batch.columns["time"].tolist()] == [1, 2, 4, 5]


def test_the_runs_are_removed_when_the_caller_stops_early(tmp_path):
    batches = sort_on_disk([batch_of(range(100, 0, -1))], tmp_path, run_rows=10)
    next(batches)
    assert list(tmp_path.iterdir())
    batches.close()
    assert list(tmp_path.iterdir()) == []


def test_nothing_sorts_to_nothing(tmp_path):
    assert list(sort_on_disk([], tmp_path)) == []
