"""Spans hold exactly the rows between their ends, whatever was asked before, and cost the same at any density."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_windows import Events
from tape_helpers import DAY, Bench, make_batch, watermarked

from surveillance.events.schema import NULL, Kind
from surveillance.tape.order import END
from surveillance.tape.spans import Threads

KEY = ("account", "instrument")
THREADED = (Kind.ORDER, Kind.TRADE)


def bench_with_threads(*, reserve=True):
    bench = Bench(reserve=reserve)
    bench.threads.append(Threads(bench.tape, bench.revisions, bench.keys.column(KEY), THREADED))
    return bench


def ask(bench, site, questions, *, by_row):
    """Ask questions (key, kind, side, start, until, known), all of one kind; return (first, last, count, quantity)."""
    key, kind, side, start, until, known = zip(*questions, strict=True)
    span = bench.threads[0].span(
        site,
        np.array(key, dtype=np.int32),
        kind[0],
        np.array(side, dtype=np.int64),
        np.array(start, dtype=np.int64),
        by_row=by_row,
        until=np.array(until, dtype=np.int64),
        known=np.array(known, dtype=np.int64),
    )
    return list(zip(span.first.tolist(), span.last.tolist(), span.count.tolist(), span.quantity.tolist(), strict=True))


def expected(events, head, end, question, *, by_row):
    key, kind, side, start, until, known = question
    found = []
    for place, row in enumerate(events.rows[head:end], start=head):
        inside = (place if by_row else row["time"]) >= start and row["time"] <= until
        if inside and row["kind"] == kind and row["side"] == side and events.key(place, KEY) == key:
            version = events.version(place, max(late for late in range(end) if events.rows[late]["time"] <= known))
            if version is not None:
                found.append((place, version["quantity"]))
    if not found or start == NULL or side == 0:  # rows without a side are in no span
        return -1, -1, 0, 0
    return found[0][0], found[-1][0], len(found), sum(quantity for _, quantity in found if quantity != NULL)


@st.composite
def flows(draw):
    count = draw(st.integers(1, 30))
    step, alike = draw(st.sampled_from([0, 1, 4])), draw(st.booleans())
    time = np.cumsum(draw(st.lists(st.integers(0, step), min_size=count, max_size=count))) + 3 * DAY

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    return make_batch(
        time,
        kind=column(st.sampled_from([*THREADED * 3, Kind.CANCEL, Kind.BUST, Kind.CORRECT])),
        side=column(st.just(1) if alike else st.sampled_from([0, 1, 1, 2])),  # a revision finds its trade more often
        account=column(st.just(1) if alike else st.sampled_from([0, 1, 1, 2])),
        instrument=1,
        quantity=column(st.none() | st.integers(-5, 9)),
        trade=column(st.sampled_from([None, "T1", "T2", "T3"])),
    )


def one_row_each(flow):
    """Keep the first trade of each id, so that a revision names one row and stands on the tape once."""
    seen, kept = set(), []
    for place, name in enumerate(flow.texts["trade"].to_pylist()):
        if flow.columns["kind"][place] == Kind.TRADE and name is not None:
            if name in seen:
                continue
            seen.add(name)
        kept.append(place)
    return flow.take(np.array(kept, dtype=np.int64))


@settings(max_examples=200, deadline=None)
@given(flows().map(one_row_each), st.data(), st.sampled_from([1, 7, None]), st.booleans(), st.booleans())
def test_any_span_asked_in_any_order_holds_what_the_reference_says(flow, data, size, by_row, reserve):
    bench, events = bench_with_threads(reserve=reserve), Events(flow)
    keys = {}
    for piece, watermark in watermarked(flow, size):
        bench.push(piece, watermark)
        end = bench.tape.end
        if not end:
            continue
        codes = bench.keys.column(KEY).array[:end].tolist()
        keys |= {events.key(place, KEY): code for place, code in enumerate(codes) if code and events.key(place, KEY)}
        if data.draw(st.booleans()):
            bench.forget(data.draw(st.integers(bench.tape.head, end)))
        head = bench.tape.head
        if head == end or not keys:
            continue
        first, last = int(flow.columns["time"][0]), int(flow.columns["time"][end - 1])
        times = st.integers(first - 1, last + 1) | st.sampled_from([first - 1, last + 1, last + 1, NULL])
        questions = st.tuples(
            st.sampled_from(sorted(keys)),
            st.just(data.draw(st.sampled_from(THREADED))),
            st.sampled_from([0, 1, 1, 2]),
            st.integers(head, end) if by_row else times,
            times,
            st.integers(int(flow.columns["time"][head]), last + 1),
        )
        asked = data.draw(st.lists(questions, min_size=1, max_size=12))
        answers = ask(bench, data.draw(st.integers(0, 1)), [(keys[key], *rest) for key, *rest in asked], by_row=by_row)
        assert answers == [expected(events, head, end, one, by_row=by_row) for one in asked]


def test_a_span_of_a_class_that_has_no_rows_is_empty():
    bench = bench_with_threads()
    bench.push(make_batch([3 * DAY], account=1, instrument=1, side=1, quantity=5), END)
    key = int(bench.keys.column(KEY).array[0])
    assert ask(bench, 0, [(key, Kind.ORDER, 1, 0, 4 * DAY, 4 * DAY)], by_row=False) == [(-1, -1, 0, 0)]
    assert ask(bench, 0, [(key, Kind.TRADE, 2, 0, 4 * DAY, 4 * DAY)], by_row=False) == [(-1, -1, 0, 0)]


def test_times_and_values_of_a_span_are_those_of_its_first_and_last_row_and_null_where_it_is_empty():
    bench = bench_with_threads()
    bench.push(make_batch([5, 6, 7], account=1, instrument=1, side=1, quantity=2, price=[10, None, 12]), END)
    key = int(bench.keys.column(KEY).array[0])
    threads, known = bench.threads[0], np.array([7, 7], dtype=np.int64)
    span = threads.span(
        0,
        np.array([key, key], dtype=np.int32),
        Kind.TRADE,
        np.array([1, 2], dtype=np.int64),
        np.array([6, 6], dtype=np.int64),
        by_row=False,
        until=np.array([9, 9], dtype=np.int64),
        known=known,
    )
    assert span.first_time.tolist() == [6, NULL]
    assert span.last_time.tolist() == [7, NULL]
    assert span.first_value("price").tolist() == [NULL, NULL]
    assert span.last_value("price").tolist() == [12, NULL]
    some = np.array([True, False])
    assert span.keep(~some).count.tolist() == [0]
    assert span.where(some).quantity.tolist() == [4, 0]
    assert span.where(~some).first.tolist() == [-1, -1]
    assert span.or_else(~some, span.where(~some)).count.tolist() == [0, 0]


def test_keys_that_are_freed_and_given_to_others_leave_no_rows_and_no_cursors_behind():
    bench = bench_with_threads()
    freed = 0
    for turn in range(40):
        account, time = turn % 8 + 1, np.arange(10) + 10 * turn
        bench.push(make_batch(time, first=10 * turn, account=account, instrument=1, side=1, quantity=turn), NULL)
        key, head = int(bench.keys.column(KEY).array[bench.tape.end - 1]), bench.tape.end - 10
        question = (key, Kind.TRADE, 1, 10 * turn + 2, 10 * turn + 7, 10 * turn + 9)
        assert ask(bench, 0, [question], by_row=False) == [(head + 2, head + 7, 6, 6 * turn)]
        bench.forget(head)
        codes = bench.keys.forget(head)
        freed += len(codes[KEY])
        bench.threads[0].forget(codes)
    assert freed == 39
    assert bench.keys.column(KEY).size <= 3


def cost_of_a_question_a_row(accounts, *, busts=0, rows=200_000, within=5_000):
    """CPU time of asking each trade for the trades of its key in the time that 5,000 rows take."""
    kind = np.full(rows, Kind.TRADE)
    kind[-rows // 2 :][:busts] = Kind.BUST
    trade = None
    if busts:
        trade = [f"T{place % (rows // 2)}" for place in range(rows)]
    bench = bench_with_threads()
    account = np.arange(rows) % accounts + 1
    bench.push(
        make_batch(np.arange(rows) + DAY, kind=kind, account=account, instrument=1, side=1, quantity=1, trade=trade)
    )
    row = np.arange(rows, dtype=np.int64)
    key = bench.keys.column(KEY).array[:rows]
    until, known = bench.tape["time"][:rows] + within, np.full(rows, DAY + rows, dtype=np.int64)
    begin = process_time()
    span = bench.threads[0].span(
        0, key, Kind.TRADE, np.ones(rows, dtype=np.int64), row, by_row=True, until=until, known=known
    )
    took = process_time() - begin
    at = rows // 2 + busts
    assert span.count[at] == len(range(at, min(at + within, rows - 1) + 1, accounts))
    return took


@pytest.mark.parametrize("busts", [0, 3])
def test_a_hot_key_costs_what_cold_ones_do(busts):
    """Walking from row to row would make it 5,000 times as dear; a revised row only matters to spans that hold it."""
    sparse = min(cost_of_a_question_a_row(50) for _ in range(2))
    dense = min(cost_of_a_question_a_row(1, busts=busts) for _ in range(2))
    assert dense < 10 * sparse + 0.05
