"""Windows say what the reference says, however the events are cut into batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_windows import Events, every_aggregate
from tape_helpers import DAY, Bench, make_batch, watermarked

from surveillance.events.schema import Kind, Mark
from surveillance.tape.aggregates import Window
from surveillance.tape.rows import RowClass

KINDS = [Kind.TRADE] * 6 + [Kind.ORDER, Kind.CANCEL, Kind.BUST, Kind.CORRECT, Kind.MARK]
TRADES = RowClass((Kind.TRADE,), ("account", "instrument"))
TAKEN = RowClass((Kind.TRADE, Kind.ORDER), ("account", "instrument"), (("aggressor", 1),))
BY_ACCOUNT = RowClass((Kind.TRADE,), ("account",))


@st.composite
def flows(draw, most=40):
    """Events of few keys and instants, so that windows, ties, busts and null values meet."""
    count = draw(st.integers(1, most))
    step = draw(st.sampled_from([0, 1, 3, 12]))
    time = (np.cumsum(draw(st.lists(st.integers(0, step), min_size=count, max_size=count))) + 3 * DAY).tolist()

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    kind = column(st.sampled_from(KINDS))
    silent = [
        one in (Kind.BUST, Kind.CORRECT) and quiet for one, quiet in zip(kind, column(st.booleans()), strict=True)
    ]

    def named(values):
        return [0 if quiet else value for value, quiet in zip(column(values), silent, strict=True)]

    return make_batch(
        time,
        source=column(st.integers(0, 1)),
        kind=kind,
        side=named(st.integers(1, 2)),
        mark=[Mark.SESSION_CLOSE if one == Kind.MARK else 0 for one in kind],
        venue=named(st.integers(0, 2)),
        account=column(st.sampled_from([0, 1, 1, 1, 2])),
        instrument=named(st.sampled_from([0, 1, 1, 1, 2])),
        aggressor=column(st.integers(0, 2)),
        asset_class=column(st.integers(1, 3)),
        price=column(st.none() | st.integers(-3, 3) | st.integers(-(2**55), 2**55)),
        quantity=column(st.none() | st.integers(0, 5)),
        base_notional=column(st.none() | st.integers(-9, 9)),
        counterparty=column(st.integers(0, 3)),
        trading_day=[3 + (one - 3 * DAY) // 10 for one in time],
        trade=column(st.sampled_from([None, "T1", "T2", "T3", "T4", "T5", "T6"])),
    )


def measured(batch, anchor_rows, aggregates, window, size, *, forget=False, reserve=True):
    """Run windows over a batch cut into pieces; return the anchors by position and the values of each aggregate."""
    bench = Bench(reserve=reserve)
    anchors = bench.windows.anchors(anchor_rows, window.length if window.anchor == "start" else 0)
    handles = {name: bench.windows.request(one, window, anchors) for name, one in aggregates.items()}
    places, values = [], {name: [] for name in aggregates}
    for piece, watermark in watermarked(batch, size):
        bench.push(piece, watermark)
        places += bench.tape["position"][anchors.rows].tolist()
        for name, handle in handles.items():
            got = handle.values
            values[name] += got.tolist() if got.ndim == 1 else [(int(h) << 62) + int(w) for h, w in got.T]
        if forget:
            bench.forget(min(bench.windows.tails, anchors.decided))
    assert bench.windows.overflows == 0
    assert bench.windows.tails == bench.tape.end
    return places, values


def expected(batch, anchor_rows, aggregates, window):
    events = Events(batch)
    anchors = events.anchors(anchor_rows, window.length if window.anchor == "start" else 0)
    values = {name: [events.value(one, made, window) for one in anchors] for name, made in aggregates.items()}
    return anchors, values


windows = st.builds(
    Window,
    length=st.sampled_from([1, 5, 20]),
    anchor=st.sampled_from(["end", "start"]),
    within=st.sampled_from(["continuous", "day", "session"]),
)


@settings(max_examples=120, deadline=None)
@given(flows(), windows, st.sampled_from([1, 7, 1000, None]), st.booleans(), st.booleans())
def test_every_aggregate_over_any_flow_is_what_the_reference_says(flow, window, size, forget, reserve):
    aggregates = every_aggregate(TRADES, others=(TAKEN, BY_ACCOUNT))
    found = measured(flow, TRADES, aggregates, window, size, forget=forget, reserve=reserve)
    assert found == expected(flow, TRADES, aggregates, window)


@settings(max_examples=30, deadline=None)
@given(flows(), windows)
def test_windows_may_be_asked_at_rows_of_another_kind_than_they_hold(flow, window):
    orders, aggregates = RowClass((Kind.ORDER,), ("account", "instrument")), every_aggregate(TRADES)
    assert measured(flow, orders, aggregates, window, 7) == expected(flow, orders, aggregates, window)


def hot_key(count, random):
    """Steady flow of which nine tenths are of one key, with busts and corrections of it."""
    kind = random.choice([Kind.TRADE] * 20 + [Kind.BUST, Kind.CORRECT], count)
    revising = kind != Kind.TRADE
    return {
        "time": np.arange(count) // 3 * 10 + 3 * DAY,
        "kind": kind,
        "account": np.where(random.random(count) < 0.9, 1, random.integers(2, 6, count)),
        "trade": [f"T{one - 5 if late else one}" for one, late in enumerate(revising.tolist())],
        "side": np.where(revising, 0, random.integers(1, 3, count)),
    }


def gaps(count, random):
    """Bursts of one instant between silences longer than any window; every tenth key comes once only."""
    return {
        "time": np.cumsum(np.where(random.random(count) < 0.1, 10_000, 0)) + 3 * DAY,
        "account": random.integers(1, 60, count),
        "side": random.integers(1, 3, count),
    }


def steady(count, random):
    """One key, one event an instant, sides in turn, prices that fall and then rise: queues at their longest."""
    return {
        "time": np.arange(count) * 10 + 3 * DAY,
        "account": 1,
        "side": np.arange(count) % 2 + 1,
        "price": np.abs(np.arange(count) % 300 - 150),
    }


@pytest.mark.parametrize("anchor", ["end", "start"])
@pytest.mark.parametrize("shape", [hot_key, gaps, steady])
def test_long_flows_are_what_the_reference_says_while_pages_are_given_back(shape, anchor):
    random, count = np.random.default_rng(7), 500
    columns = {
        "price": random.integers(-50, 50, count),
        "quantity": random.integers(1, 900, count),
        "base_notional": random.integers(1, 900, count),
        "asset_class": random.integers(1, 4, count),
        "counterparty": random.integers(0, 9, count),
        "instrument": 1,
    } | shape(count, random)
    flow = make_batch(**columns)
    aggregates, window = every_aggregate(TRADES), Window(300, anchor)
    wanted = expected(flow, TRADES, aggregates, window)
    for size in (1, 7, 1000, None):
        assert measured(flow, TRADES, aggregates, window, size, forget=True) == wanted


def test_a_window_over_many_batches_of_a_hot_key_equals_prefix_sums():
    random, count, length = np.random.default_rng(1), 60_000, 20_000
    time = np.cumsum(random.integers(0, 9, count)) + 3 * DAY
    quantity = random.integers(0, 10**6, count)
    flow = make_batch(time, account=1, instrument=1, side=1, quantity=quantity, price=quantity)
    total = np.concatenate(([0], np.cumsum(quantity)))
    row = np.arange(count)
    first, after = np.searchsorted(time, time - length), np.searchsorted(time, time + length, side="right")
    for anchor, wanted in (("end", total[row + 1] - total[first]), ("start", total[after] - total[row])):
        aggregates = {name: one for name, one in every_aggregate(TRADES).items() if name in ("sum", "max")}
        _, values = measured(flow, TRADES, aggregates, Window(length, anchor), 1000, forget=True)
        assert np.array_equal(values["sum"], wanted)
        low, high = (first, row + 1) if anchor == "end" else (row, after)
        for place in range(0, count, 997):
            assert values["max"][place] == quantity[low[place] : high[place]].max()
