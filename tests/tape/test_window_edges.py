"""Where windows end: numbers that do not fit, keys that are freed, and questions that make no sense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_windows import Events, every_aggregate
from tape_helpers import DAY, Bench, make_batch

from surveillance.events.schema import NULL, Kind
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.order import END
from surveillance.tape.rows import RowClass

TRADES = RowClass((Kind.TRADE,), ("account", "instrument"))
GREATEST = 2**63 - 1


def run(columns, aggregate, window, **options):
    bench = Bench(**options)
    anchors = bench.windows.anchors(aggregate.rows, 0 if window.anchor == "end" else window.length)
    handle = bench.windows.request(aggregate, window, anchors)
    bench.push(make_batch(**{"account": 1, "instrument": 1, "side": 1} | columns), END)
    return bench, handle.values


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(2**62) + 1, 2**62 - 1) | st.sampled_from([NULL, 2**62 - 1, 1 - 2**62]), max_size=3))
def test_squares_of_huge_and_negative_values_are_exact(values):
    prices = [*values, *[0] * len(values)]  # the later half sees the earlier leave, and none of its rounding stays
    time = [3 * DAY + place for place in range(len(prices))]
    bench, limbs = run(
        {"time": time, "price": prices}, Aggregate(TRADES, "squares", "price"), Window(max(len(values), 1))
    )
    known = [0 if value == NULL else value for value in prices]
    for place, (high, low) in enumerate(limbs.T.tolist()):
        wanted = sum(value * value for value in known[max(0, place - max(len(values), 1)) : place + 1])
        fits = wanted < 2**125
        assert not fits or (high << 62) + low == wanted
        assert 0 <= low < 2**62
        assert fits or bench.windows.overflows


@pytest.mark.parametrize("price", [2**62, -(2**62), GREATEST, -GREATEST])
def test_a_square_that_does_not_fit_is_counted_and_leaves_the_others_exact(price):
    aggregate = Aggregate(TRADES, "squares", "price")
    bench, limbs = run({"time": [1, 2, 3], "price": [5, price, 7]}, aggregate, Window(10))
    assert bench.windows.overflows
    assert limbs.tolist() == [[0, 0, 0], [25, 25, 74]]


def test_a_sum_of_squares_that_does_not_fit_is_counted():
    bench, _ = run({"time": [1, 2, 3], "price": 2**62 - 1}, Aggregate(TRADES, "squares", "price"), Window(10))
    assert bench.windows.overflows


def test_a_sum_that_does_not_fit_is_counted_and_is_right_again_once_the_values_have_left():
    columns = {"time": [1, 2, 100, 101], "quantity": [GREATEST, GREATEST, 3, 4]}
    bench, values = run(columns, Aggregate(TRADES, "sum", "quantity"), Window(10))
    assert bench.windows.overflows
    assert values.tolist()[2:] == [3, 7]


def test_a_weighted_value_that_does_not_fit_is_counted():
    aggregate = Aggregate(TRADES, "sum", "notional", weights=(0, 1000))
    columns = {"time": [1, 2], "notional": [GREATEST // 999, 5], "asset_class": 1}
    bench, values = run(columns, aggregate, Window(10))
    assert bench.windows.overflows
    assert values.tolist() == [0, 5000]


def test_values_that_fit_are_not_counted():
    bench, _ = run({"time": [1, 2], "quantity": [GREATEST - 1, 1]}, Aggregate(TRADES, "sum", "quantity"), Window(10))
    assert bench.windows.overflows == 0


@pytest.mark.parametrize("anchor", ["end", "start"])
def test_an_event_exactly_as_old_as_the_window_is_inside_and_one_a_nanosecond_older_is_not(anchor):
    columns = {"time": [100, 101, 111, 121], "quantity": [1, 10, 100, 1000]}
    _, values = run(columns, Aggregate(TRADES, "sum", "quantity"), Window(10, anchor))
    assert values.tolist() == ([1, 11, 110, 1100] if anchor == "end" else [11, 110, 1100, 1000])


def test_of_equal_times_an_end_sees_the_earlier_and_a_start_the_later():
    columns = {"time": [5, 5, 5], "quantity": [1, 10, 100]}
    assert run(columns, Aggregate(TRADES, "sum", "quantity"), Window(1))[1].tolist() == [1, 11, 111]
    assert run(columns, Aggregate(TRADES, "sum", "quantity"), Window(1, "start"))[1].tolist() == [111, 110, 100]


@pytest.mark.parametrize("first", [-5, 0, 5])
def test_days_and_times_around_1970_are_days_and_times_like_others(first):
    days = [first, first, first + 1, first + 1]
    columns = {"time": [first * DAY + place for place in (0, 5, 6, 7)], "trading_day": days, "quantity": 1}
    for anchor, wanted in (("end", [1, 2, 1, 2]), ("start", [2, 1, 2, 1])):
        _, values = run(columns, Aggregate(TRADES, "sum", "quantity"), Window(50, anchor, "day"))
        assert values.tolist() == wanted
        _, values = run(columns, Aggregate(TRADES, "sum", "quantity"), Window(50, anchor, "session"))
        assert values.tolist() == wanted


def test_a_watermark_that_lags_behind_the_events_changes_nothing():
    """The last event says as much about time as any watermark: nothing older can come."""
    time, aggregates = [100, 103, 103, 109, 130], every_aggregate(TRADES)
    flow = make_batch(time, account=1, instrument=1, side=[1, 2, 1, 2, 1], quantity=3, price=7)
    window = Window(6, "start")
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, 6)
    handles = {name: bench.windows.request(one, window, anchors) for name, one in aggregates.items()}
    bench.push(flow, NULL)
    assert anchors.rows.tolist() == [0, 1, 2, 3]
    events = Events(flow)
    for name in ("count", "sum", "flips", "first", "last", "min", "distinct"):
        assert handles[name].values.tolist() == [events.value(row, aggregates[name], window) for row in range(4)]


@pytest.mark.parametrize(
    ("window", "horizon"),
    [(Window(10, "start"), 5), (Window(10, "start"), 0), (Window(0, "start"), 0)],
)
def test_a_window_that_closes_after_its_anchors_are_decided_is_refused(window, horizon):
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, horizon)
    with pytest.raises(ValueError, match=f"a window of {window.length} ns .* decided {horizon} ns after"):
        bench.windows.request(Aggregate(TRADES, "count"), window, anchors)


def test_a_key_without_columns_is_refused():
    with pytest.raises(ValueError, match="a key has at least one column"):
        Bench().keys.column(())


def test_the_same_aggregate_is_computed_once():
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, 0)
    again = bench.windows.anchors(RowClass((Kind.TRADE, Kind.TRADE), TRADES.key), 0)
    assert anchors is again
    asked = [bench.windows.request(Aggregate(TRADES, "count"), Window(10), anchors) for _ in range(2)]
    assert asked[0].group is asked[1].group
    assert asked[0].index == asked[1].index


@pytest.mark.parametrize("anchor", ["end", "start"])
def test_keys_that_are_freed_and_given_to_others_leave_nothing_behind(anchor):
    """Ever new accounts pass through; their codes are used again, and every window starts from nothing."""
    random, count, rounds = np.random.default_rng(3), 60, 30
    aggregates, window = every_aggregate(TRADES), Window(20, anchor)
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, window.length if anchor == "start" else 0)
    handles = {name: bench.windows.request(one, window, anchors) for name, one in aggregates.items()}
    pieces, places, values = [], [], {name: [] for name in aggregates}
    for turn in range(rounds):
        low = turn % 8 * 7
        pieces.append(
            {
                "time": np.sort(random.integers(0, 60, count)) + turn * 60 + 3 * DAY,
                "first": turn * count,
                "account": random.integers(1, 8, count) + low,
                "instrument": random.integers(1, 8, count) + low,
                "side": random.integers(1, 3, count),
                "price": random.integers(-9, 9, count),
                "quantity": random.integers(0, 9, count),
                "base_notional": random.integers(0, 9, count),
                "asset_class": random.integers(1, 4, count),
                "counterparty": random.integers(0, 5, count),
            }
        )
    freed = 0
    for piece in [*pieces, None]:
        bench.push(make_batch(**piece) if piece else None, END if piece is None else NULL)
        places += bench.tape["position"][anchors.rows].tolist()
        for name, handle in handles.items():
            got = handle.values
            values[name] += got.tolist() if got.ndim == 1 else [(int(h) << 62) + int(w) for h, w in got.T]
        head = min(bench.windows.tails, anchors.decided)
        bench.forget(head)
        codes = bench.keys.forget(head)
        freed += sum(len(some) for some in codes.values())
        bench.windows.forget(codes)
    assert freed > 20 * rounds
    assert bench.keys.column(TRADES.key).size < 200
    names = [name for name in pieces[0] if name != "first"]
    events = Events(make_batch(**{name: np.concatenate([piece[name] for piece in pieces]) for name in names}))
    assert places == list(range(count * rounds))
    for place in range(0, count * rounds, 41):
        for name, aggregate in aggregates.items():
            assert values[name][place] == events.value(place, aggregate, window), name


@pytest.mark.parametrize("reserve", [True, False])
def test_rows_that_were_forgotten_occupy_nothing(reserve):
    bench = Bench(reserve=reserve)
    anchors = bench.windows.anchors(TRADES, 0)
    for name in ("flips", "min"):
        bench.windows.request(Aggregate(TRADES, name, "price" if name == "min" else ""), Window(100), anchors)
    for turn in range(20):
        time = np.arange(5000) + 5000 * turn + 3 * DAY
        bench.push(make_batch(time, account=1, instrument=1, side=1, price=8, quantity=9))
        bench.forget(bench.windows.tails)
    assert bench.tape.head == bench.tape.end - 101
    assert bench.tape["price"][bench.tape.head : bench.tape.end].tolist() == [8] * 101
    assert bench.tape["price"][0] == (0 if reserve else 8)
    assert bench.tape["time"][:4096].any() != reserve
    assert bench.keys.column(TRADES.key).array[:4096].any() != reserve


def test_many_keys_have_windows_of_their_own():
    random, count = np.random.default_rng(5), 20_000
    account, instrument = random.integers(1, 60, count), random.integers(1, 60, count)
    columns = {"time": np.arange(count) + 3 * DAY, "account": account, "instrument": instrument, "quantity": 1}
    _, values = run(columns, Aggregate(TRADES, "sum", "quantity"), Window(10**9))
    seen, wanted = {}, []
    for pair in zip(account.tolist(), instrument.tolist(), strict=True):
        seen[pair] = seen.get(pair, 0) + 1
        wanted.append(seen[pair])
    assert values.tolist() == wanted


@pytest.mark.parametrize("operation", ["min", "max"])
def test_a_revision_of_a_row_that_others_hide_changes_nothing_until_it_matters(operation):
    """Row 1 is hidden by row 2; busting it shows nothing, correcting it to the extreme does."""
    sign = 1 if operation == "min" else -1
    prices = [sign * price for price in (5, 4, 1, 3)]
    extreme = Aggregate(TRADES, operation, "price")
    kinds = [Kind.TRADE] * 3 + [Kind.BUST, Kind.TRADE]
    columns = {
        "time": range(5),
        "kind": kinds,
        "price": [*prices[:3], None, prices[3]],
        "trade": ["a", "b", "c", "b", "d"],
    }
    assert run(columns, extreme, Window(9))[1].tolist() == [sign * price for price in (5, 4, 1, 1)]
    kinds[3], columns["price"][3] = Kind.CORRECT, sign * -7
    assert run(columns, extreme, Window(9))[1].tolist() == [sign * price for price in (5, 4, 1, -7)]
    kinds[3], columns["trade"] = Kind.BUST, ["a", "b", "c", "c", "d"]
    columns["price"][3] = None
    assert run(columns, extreme, Window(9))[1].tolist() == [sign * price for price in (5, 4, 1, 3)]
