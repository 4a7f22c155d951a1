"""Windows of several lengths around rows that are decided later: they hold what they held when they closed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_windows import Events, every_aggregate
from tape_helpers import Bench, make_batch, watermarked

from surveillance.events.schema import Kind
from surveillance.tape.aggregates import Window
from surveillance.tape.rows import RowClass

TRADES = RowClass((Kind.TRADE,), ("account", "instrument"))
HORIZON = 20
WINDOWS = (Window(7), Window(30), Window(5, "start"), Window(HORIZON, "start"))

rows = st.tuples(st.integers(0, 9), st.integers(1, 2), st.integers(1, 2), st.integers(1, 50))


def decided(batch, size, horizon, window):
    """Run one window; return the values of every aggregate by row."""
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, horizon)
    handles = {
        name: bench.windows.request(one, window, anchors)
        for name, one in every_aggregate(TRADES).items()
        if name != "squares"
    }
    found = {}
    for piece, watermark in watermarked(batch, size):
        bench.push(piece, watermark)
        values = {name: handle.values.tolist() for name, handle in handles.items()}
        for place, row in enumerate(anchors.rows.tolist()):
            found[row] = {name: listed[place] for name, listed in values.items()}
        bench.forget(min(bench.windows.tails, bench.windows.decided))
    return found


@pytest.mark.parametrize("window", WINDOWS)
@settings(max_examples=25, deadline=None)
@given(st.lists(rows, min_size=1, max_size=30), st.sampled_from([1, 3, None]))
def test_windows_that_close_before_their_rows_are_decided_equal_the_reference(window, listed, size):
    time, made = 0, []
    for step, account, side, quantity in listed:
        time += step
        made.append((time, account, side, quantity))
    columns = list(zip(*made, strict=True))
    batch = make_batch(
        columns[0], account=columns[1], instrument=1, side=columns[2], quantity=columns[3], price=columns[3]
    )
    events, found = Events(batch), decided(batch, size, HORIZON, window)
    assert sorted(found) == list(range(len(made)))
    for name, aggregate in every_aggregate(TRADES).items():
        if name != "squares":
            assert [found[row][name] for row in range(len(made))] == [
                events.value(row, aggregate, window) for row in range(len(made))
            ]


def test_squares_are_kept_in_both_limbs():
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, HORIZON)
    handle = bench.windows.request(every_aggregate(TRADES)["squares"], Window(5), anchors)
    bench.push(make_batch([1, 2, 30], account=1, instrument=1, side=1, price=[3, 4, 5], quantity=[3, 4, 5]), 30)
    assert anchors.rows.tolist() == [0, 1]
    assert handle.values.tolist() == [[0, 0], [9, 25]]
