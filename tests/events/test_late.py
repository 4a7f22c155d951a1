from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from surveillance.events.batch import EventBatch
from surveillance.events.late import LateTexts, join_texts


@pytest.fixture
def read():
    return []


@pytest.fixture
def late(read):
    def texts(name):
        read.append(name)
        return pa.array([f"{name}{row}" for row in range(6)])

    return LateTexts(("order", "trade"), texts)


def batch(texts):
    return EventBatch({"time": np.arange(6)}, texts)


def test_ids_are_read_once_and_only_those_asked_for(late, read):
    half, rest = batch(late).take(slice(0, 3)), batch(late).take(slice(3, None))
    assert list(half.texts) == ["order", "trade"]
    assert read == []
    assert half.texts["order"].to_pylist() + rest.texts["order"].to_pylist() == [f"order{row}" for row in range(6)]
    assert read == ["order"]


def test_rows_taken_by_number_or_mask_are_those_rows(late):
    assert batch(late).take(np.array([4, 0])).texts["trade"].to_pylist() == ["trade4", "trade0"]
    assert batch(late).take(np.arange(6) % 3 == 0).texts["trade"].to_pylist() == ["trade0", "trade3"]


def test_ids_that_are_not_there_are_not_there(late):
    assert "parent_order" not in late
    assert late.get("parent_order") is None


def test_late_ids_that_are_joined_with_others_stay_late(late, read):
    whole = join_texts([(6, late), (2, {"order": pa.array(["x", None], pa.large_string())}), (1, {})])
    assert read == []
    assert whole["order"].to_pylist() == [*(f"order{row}" for row in range(6)), "x", None, None]
    assert whole["trade"].to_pylist()[5:] == ["trade5", None, None, None]


def test_ids_that_are_there_are_joined_at_once():
    assert type(join_texts([(1, {"order": pa.array(["a"])}), (1, {"order": pa.array(["b"])})])) is dict
