"""At each tick every key that was active since the one before is asked about once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_helpers import DAY, Bench, make_batch, watermarked

from surveillance.events.schema import Kind, Mark
from surveillance.tape.order import END
from surveillance.tape.rows import RowClass
from surveillance.tape.ticks import Schedule, Ticks

TRADES = RowClass((Kind.TRADE,), ("account",))
AT_CLOSE = Schedule(mark="session_close")


def ticked(flow, schedule, size, *, forget=True):
    """Return (tick, key, position of its last row) for each question, in the order asked."""
    bench = Bench()
    ticks = Ticks(bench.tape, bench.windows.anchors(TRADES, 0), schedule)
    bench.ticks.append(ticks)
    found = []
    for piece, watermark in watermarked(flow, size):
        bench.push(piece, watermark)
        rows = ticks.rows
        found += zip(
            ticks.times.tolist(), ticks.key.array[rows].tolist(), bench.tape["position"][rows].tolist(), strict=True
        )
        waiting = bench.tape["time"][ticks.decided : bench.tape.end]
        assert ticks.decided_time <= bench.tape.watermark
        assert not len(waiting) or ticks.decided_time <= waiting[0] or not ticks.rows.size
        if forget:
            newest = bench.tape["time"][min(ticks.decided, bench.tape.end - 1)]
            bench.forget(bench.tape.first_row_at(newest))
    assert ticks.decided_time == END
    return found


def by_clock(flow, every):
    last = {}
    columns = (flow.columns[name].tolist() for name in ("time", "kind", "account", "position"))
    for time, kind, account, position in zip(*columns, strict=True):
        if kind == Kind.TRADE and account:
            last[-(-time // every) * every, account] = position
    return sorted((tick, account, position) for (tick, account), position in last.items())


def by_close(flow):
    last = {}
    columns = (flow.columns[name].tolist() for name in ("time", "kind", "account", "position"))
    rows = list(zip(*columns, strict=True))
    for time, kind, account, position in rows:
        closes = [at for at, what, _, _ in rows if what == Kind.MARK and at >= time]
        if kind == Kind.TRADE and account and closes:
            last[closes[0], account] = position
    return sorted((tick, account, position) for (tick, account), position in last.items())


@st.composite
def flows(draw):
    count = draw(st.integers(1, 30))
    steps = draw(st.lists(st.sampled_from([0, 0, 1, 3, 25]), min_size=count, max_size=count))
    kind = draw(st.lists(st.sampled_from([Kind.TRADE] * 4 + [Kind.ORDER, Kind.MARK]), min_size=count, max_size=count))
    return make_batch(
        np.cumsum(steps) + DAY,
        kind=kind,
        mark=[Mark.SESSION_CLOSE if one == Kind.MARK else 0 for one in kind],
        account=draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)),
    )


@settings(max_examples=60, deadline=None)
@given(flows(), st.sampled_from([1, 10, DAY]), st.sampled_from([1, 7, None]))
def test_ticks_of_the_clock_do_not_depend_on_batches(flow, every, size):
    found = ticked(flow, Schedule(every), size)
    assert sorted(found) == by_clock(flow, every)
    assert [tick for tick, _, _ in found] == sorted(tick for tick, _, _ in found)


@settings(max_examples=60, deadline=None)
@given(flows(), st.sampled_from([1, 7, None]))
def test_ticks_at_marks_do_not_depend_on_batches(flow, size):
    assert sorted(ticked(flow, AT_CLOSE, size)) == by_close(flow)


def test_a_tick_waits_until_nothing_can_come_before_it():
    bench = Bench()
    ticks = Ticks(bench.tape, bench.windows.anchors(TRADES, 0), Schedule(100))
    bench.ticks.append(ticks)
    for time, watermark, asked in ((150, 150, []), (200, 200, []), (200, 200, []), (201, 201, [2])):
        bench.push(make_batch([time], first=bench.tape.end, account=1), watermark)
        assert ticks.rows.tolist() == asked
    bench.push(None, END)
    assert (ticks.rows.tolist(), ticks.times.tolist()) == ([3], [300])


@pytest.mark.parametrize("size", [1, None])
def test_what_comes_after_the_last_mark_is_not_asked_about_and_holds_nothing_open(size):
    kind = [Kind.TRADE, Kind.MARK, Kind.TRADE]
    flow = make_batch([1, 2, 3], kind=kind, mark=[0, Mark.SESSION_CLOSE, 0], account=[1, 0, 1])
    assert ticked(flow, AT_CLOSE, size) == [(2, 1, 0)]


def test_other_marks_are_no_ticks():
    flow = make_batch([1, 2], kind=[Kind.TRADE, Kind.MARK], mark=[0, Mark.NEWS], account=[1, 0])
    assert ticked(flow, AT_CLOSE, None) == []


def test_a_schedule_that_waits_for_a_mark_waits_with_the_last_row_of_each_key_only():
    rows = 60_000
    flow = make_batch(time=[DAY + row for row in range(rows)], kind=[Kind.TRADE] * rows, account=[1] + [2] * (rows - 1))
    bench = Bench()
    ticks = Ticks(bench.tape, bench.windows.anchors(TRADES, 0), AT_CLOSE)
    bench.ticks.append(ticks)
    bench.push(flow, DAY + rows)
    assert ticks.decided == 0, "the first account has dealt once, and is still to be asked about"
    more = make_batch(time=[DAY + rows + row for row in range(rows)], kind=[Kind.TRADE] * rows, account=[1] * rows)
    bench.push(more, DAY + 2 * rows)
    assert ticks.decided == rows - 1, "both accounts have dealt since"
