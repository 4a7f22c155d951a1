"""What comes out of the reorder buffer depends on the sources alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL, Kind
from surveillance.tape.order import END, ReorderBuffer, join


def batch_of(times, source=0, first=0, positions=None, texts=None, **columns):
    count = len(times)
    positions = np.arange(first, first + count) if positions is None else positions
    return EventBatch(
        {
            "time": np.array(times, dtype=np.int64),
            "source": np.full(count, source, dtype=np.int32),
            "position": np.array(positions, dtype=np.int64),
            "kind": np.full(count, Kind.TRADE, dtype=np.int8),
            "terms": np.zeros(count, dtype=np.int32),
            **columns,
        },
        texts or {},
    )


def rows(batch):
    if batch is None:
        return []
    return list(
        zip(*(batch.columns[name].tolist() for name in ("time", "source", "position")), strict=True),
    )


def expected(feeds, lateness):
    """Order and late rows by the definition."""
    kept, late = [], []
    for source, feed in enumerate(feeds):
        greatest = None
        for time, position in feed:
            row = (time, source, position)
            if greatest is not None and time < greatest - lateness:
                late.append(row)
            else:
                kept.append(row)
                greatest = time if greatest is None else max(greatest, time)
    return sorted(kept), sorted(late)


@st.composite
def feeds_of(draw, positions):
    times = st.lists(st.integers(0, 30), max_size=20)
    feeds = []
    for _ in range(draw(st.integers(1, 4))):
        drawn = draw(times)
        if draw(st.booleans()):
            drawn.sort()
        numbers = list(range(len(drawn)))
        if positions == "any":
            draw(st.randoms(use_true_random=False)).shuffle(numbers)
        feeds.append(list(zip(drawn, numbers, strict=True)))
    return feeds


def check_any_interleaving(data, feeds, lateness):
    buffer = ReorderBuffer(len(feeds), lateness)
    left = [list(feed) for feed in feeds]
    out, late, passed = [], [], NULL
    open_sources = set(range(len(feeds)))
    while open_sources:
        source = data.draw(st.sampled_from([*sorted(open_sources), buffer.most_behind()]))
        count = data.draw(st.integers(1, 8))
        piece, left[source] = left[source][:count], left[source][count:]
        times, numbers = [time for time, _ in piece], [position for _, position in piece]
        buffer.add(batch_of(times, source, positions=numbers), source)
        stays_open = data.draw(st.booleans())
        if not left[source] and not stays_open:
            buffer.finish(source)
            open_sources.discard(source)
        if data.draw(st.booleans()):
            released = rows(buffer.release())
            assert all(passed <= time for time, _, _ in released)
            assert buffer.watermark >= passed
            passed = buffer.watermark
            assert all(time < passed for time, _, _ in released)
            out += released
        late += [row for batch in buffer.take_late() for row in rows(batch)]
    assert buffer.watermark == END
    out += rows(buffer.release())
    kept, expected_late = expected(feeds, lateness)
    assert out == kept
    assert sorted(late) == expected_late
    assert buffer.late_count == len(late)
    assert buffer.pending_rows == 0


@given(st.data(), feeds_of("ascending"), st.integers(0, 12))
def test_neither_interleaving_nor_batch_sizes_change_the_order_or_what_is_late(data, feeds, lateness):
    check_any_interleaving(data, feeds, lateness)


@given(st.data(), feeds_of("any"), st.integers(0, 12))
def test_positions_decide_among_equal_times_even_if_they_do_not_ascend(data, feeds, lateness):
    check_any_interleaving(data, feeds, lateness)


@given(feeds_of("ascending"))
def test_asking_the_source_most_behind_bounds_what_is_held(feeds):
    feeds = [sorted(feed) for feed in feeds]
    buffer = ReorderBuffer(len(feeds))
    left = [list(feed) for feed in feeds]
    while buffer.watermark != END:
        source = buffer.most_behind()
        if not left[source]:
            buffer.finish(source)
            continue
        time, position = left[source].pop(0)
        buffer.add(batch_of([time], source, position), source)
        buffer.release()
        at_watermark = sum(time == buffer.watermark for feed in feeds for time, _ in feed)
        assert buffer.pending_rows <= at_watermark + len(feeds)


@given(st.lists(st.integers(0, 9), max_size=20).map(sorted), st.integers(1, 5))
def test_a_lone_source_in_order_waits_for_nothing(times, size):
    buffer, out = ReorderBuffer(1, in_order=True), []
    for low in range(0, len(times), size):
        given_now = batch_of(times[low : low + size], first=low)
        buffer.add(given_now, 0)
        assert buffer.release() is given_now
        assert buffer.watermark == times[min(low + size, len(times)) - 1]
        out += rows(given_now)
    buffer.finish(0)
    assert buffer.release() is None
    assert out == [(time, 0, place) for place, time in enumerate(times)]


def test_a_lone_source_in_order_still_tells_what_came_too_late():
    buffer = ReorderBuffer(1, in_order=True)
    buffer.add(batch_of([5, 4, 5]), 0)
    assert rows(buffer.release()) == [(5, 0, 0), (5, 0, 2)]
    assert buffer.late_count == 1


def test_ties_go_by_source_then_by_position():
    buffer = ReorderBuffer(2)
    buffer.add(batch_of([5, 5], source=1), 1)
    buffer.add(batch_of([5, 5], source=0), 0)
    buffer.finish(0)
    buffer.finish(1)
    assert rows(buffer.release()) == [(5, 0, 0), (5, 0, 1), (5, 1, 0), (5, 1, 1)]


def test_the_last_instant_is_held_until_something_later_is_seen():
    buffer = ReorderBuffer(1)
    buffer.add(batch_of([1, 2, 2]), 0)
    assert buffer.watermark == 2
    assert rows(buffer.release()) == [(1, 0, 0)]
    assert buffer.release() is None
    assert buffer.pending_rows == 2
    buffer.add(batch_of([2, 3], first=3), 0)
    assert rows(buffer.release()) == [(2, 0, 1), (2, 0, 2), (2, 0, 3)]
    buffer.finish(0)
    assert rows(buffer.release()) == [(3, 0, 4)]


def test_a_sorted_source_is_released_without_copying():
    batch = batch_of(range(100))
    buffer = ReorderBuffer(1)
    buffer.add(batch, 0)
    released = buffer.release()
    assert len(released) == 99
    assert all(np.shares_memory(released.columns[name], batch.columns[name]) for name in batch.columns)


def test_the_watermark_waits_for_a_source_that_has_shown_nothing():
    buffer = ReorderBuffer(2, lateness=10)
    assert buffer.watermark == NULL
    buffer.add(batch_of([100, 200]), 0)
    assert buffer.watermark == NULL
    assert buffer.most_behind() == 1
    buffer.add(batch_of([150], source=1), 1)
    assert buffer.watermark == 140
    buffer.finish(1)
    assert buffer.watermark == 190
    assert buffer.most_behind() == 0
    buffer.finish(0)
    assert buffer.watermark == END
    assert [time for time, _, _ in rows(buffer.release())] == [100, 150, 200]


def test_a_late_event_is_counted_and_kept_but_never_released():
    buffer = ReorderBuffer(1, lateness=5)
    buffer.add(batch_of([100, 95, 94, 101]), 0)
    buffer.add(batch_of([96, 95], first=4), 0)
    buffer.finish(0)
    assert [time for time, _, _ in rows(buffer.release())] == [95, 96, 100, 101]
    late = buffer.take_late()
    assert [row for batch in late for row in rows(batch)] == [(94, 0, 2), (95, 0, 5)]
    assert buffer.late_count == 2
    assert buffer.take_late() == []


def test_the_least_and_greatest_times_are_in_order_too():
    buffer = ReorderBuffer(1, lateness=1_000)
    buffer.add(batch_of([NULL + 1, END]), 0)
    assert rows(buffer.release()) == [(NULL + 1, 0, 0)]
    buffer.finish(0)
    assert rows(buffer.release()) == [(END, 0, 1)]


def test_sources_with_different_columns_and_texts_are_joined():
    account = np.array([7, 8], dtype=np.int32)
    price = np.array([100], dtype=np.int64)
    buffer = ReorderBuffer(2)
    buffer.add(batch_of([1, 3], account=account, texts={"order": pa.array(["a", None])}), 0)
    buffer.add(batch_of([2], source=1, price=price, texts={"trade": pa.array(["t"])}), 1)
    buffer.finish(0)
    buffer.finish(1)
    released = buffer.release()
    assert released.columns["account"].tolist() == [7, 0, 8]
    assert released.columns["price"].tolist() == [NULL, 100, NULL]
    assert released.texts["order"].to_pylist() == ["a", None, None]
    assert released.texts["trade"].to_pylist() == [None, "t", None]
    assert set(released.columns) == {"time", "source", "position", "kind", "terms", "account", "price"}
    assert set(released.texts) == {"order", "trade"}
    assert {name: array.dtype for name, array in released.columns.items()}["account"] == np.int32


def test_texts_of_different_types_and_slices_are_joined():
    narrow = batch_of([1], texts={"order": pa.array(["x", "é"]).slice(1)})
    wide = batch_of([2], texts={"order": pa.array([None, "b", "c"], type=pa.large_string()).slice(2)})
    assert join([narrow, wide]).texts["order"].to_pylist() == ["é", "c"]


def test_a_finished_source_can_have_no_more_events():
    buffer = ReorderBuffer(2)
    buffer.finish(1)
    with pytest.raises(ValueError, match="Source 1 was finished"):
        buffer.add(batch_of([1], source=1), 1)
    buffer.finish(0)
    with pytest.raises(ValueError, match="nothing to read next"):
        buffer.most_behind()


@pytest.mark.parametrize("arguments", [(0, 0), (1, -1)])
def test_a_buffer_needs_a_source_and_a_lateness_that_is_not_negative(arguments):
    with pytest.raises(ValueError, match=r"at least one source|cannot be negative"):
        ReorderBuffer(*arguments)
