"""Busts and corrections find their trades, whatever the batches; nothing on the tape is ever edited."""

from __future__ import annotations

import numpy as np
import pytest
from reference_windows import Events
from tape_helpers import Bench, cut, make_batch

from surveillance.events.schema import NULL, Kind
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.rows import RowClass

TRADES = RowClass((Kind.TRADE,), ("account", "instrument"))
BUST, CORRECT, TRADE = Kind.BUST, Kind.CORRECT, Kind.TRADE
SIZES = pytest.mark.parametrize("size", [1, 2, None])


def run(size, kind, trade, *, ask=(), **columns):
    """Put rows a nanosecond apart on a tape; return it, and the sum of quantities in a long window at each trade."""
    flow = make_batch(range(1, len(kind) + 1), kind=kind, trade=trade, **{"account": 1, "instrument": 1} | columns)
    bench = Bench()
    anchors = bench.windows.anchors(TRADES, 0)
    handle = bench.windows.request(Aggregate(TRADES, "sum", "quantity"), Window(1000), anchors)
    sums = []
    for piece in cut(flow, size):
        bench.push(piece, NULL)
        sums += handle.values.tolist()
    assert bench.revisions.unmatched == Events(flow).unmatched
    return bench, sums


@SIZES
def test_a_bust_takes_its_trade_out_of_later_windows_even_in_the_batch_of_the_trade(size):
    _, sums = run(size, [TRADE, BUST, TRADE], ["T1", "T1", "T2"], side=1, quantity=[5, None, 2])
    assert sums == [5, 2]


@SIZES
def test_a_bust_without_a_side_takes_out_both_sides_and_stands_on_the_tape_for_each(size):
    bench, sums = run(
        size, [TRADE, TRADE, BUST, TRADE], ["T1", "T1", "T1", "T2"], side=[1, 2, 0, 1], quantity=[5, 7, None, 2]
    )
    assert sums == [5, 12, 2]
    assert bench.tape.end == 5
    assert bench.tape["side"][:5].tolist() == [1, 2, 1, 2, 1]
    assert bench.tape["position"][:5].tolist() == [0, 1, 2, 2, 3]
    assert bench.revisions.refers[2:4].tolist() == [2, 2]


@SIZES
def test_a_bust_with_a_side_leaves_the_other(size):
    _, sums = run(
        size, [TRADE, TRADE, BUST, TRADE], ["T1", "T1", "T1", "T2"], side=[1, 2, 2, 1], quantity=[5, 7, None, 2]
    )
    assert sums == [5, 12, 7]


@SIZES
def test_a_second_bust_changes_nothing_and_is_counted(size):
    bench, sums = run(size, [TRADE, BUST, BUST, TRADE], ["T1", "T1", "T1", "T2"], side=1, quantity=[5, None, None, 2])
    assert sums == [5, 2]
    assert bench.revisions.unmatched == 1


@SIZES
def test_a_corrected_trade_can_be_busted(size):
    kind, trade = [TRADE, CORRECT, TRADE, BUST, TRADE], ["T1", "T1", "T2", "T1", "T3"]
    bench, sums = run(size, kind, trade, side=1, quantity=[5, 9, 2, None, 1])
    assert sums == [5, 11, 3]
    assert bench.revisions.unmatched == 0


@SIZES
def test_what_was_busted_stays_busted_whatever_is_corrected_later(size):
    kind, trade = [TRADE, BUST, CORRECT, TRADE], ["T1", "T1", "T1", "T2"]
    bench, sums = run(size, kind, trade, side=1, quantity=[5, None, 9, 2])
    assert sums == [5, 2]
    assert bench.revisions.unmatched == 1


@SIZES
def test_a_correction_keeps_what_it_leaves_out(size):
    columns = {"side": [1, 0], "price": [70, None], "quantity": [5, 9], "counterparty": [3, 0], "terms": [4, 0]}
    bench, _ = run(size, [TRADE, CORRECT], ["T1", "T1"], **columns | {"account": [1, 0], "instrument": [2, 0]})
    row = {name: int(bench.tape[name][1]) for name in ("side", "price", "quantity", "counterparty", "terms")}
    assert row == {"side": 1, "price": 70, "quantity": 9, "counterparty": 3, "terms": 4}
    assert (bench.tape["account"][1], bench.tape["instrument"][1]) == (1, 2)
    assert bench.tape["quantity"][0] == 5


@SIZES
def test_a_correction_of_a_correction_keeps_what_both_leave_out(size):
    columns = {"side": 1, "price": [70, 71, None], "quantity": [5, None, 6]}
    bench, _ = run(size, [TRADE, CORRECT, CORRECT], ["T1"] * 3, **columns)
    assert bench.tape["price"][:3].tolist() == [70, 71, 71]
    assert bench.tape["quantity"][:3].tolist() == [5, 5, 6]


@SIZES
@pytest.mark.parametrize("name", ["T9", None])
def test_a_revision_whose_trade_is_not_there_stays_and_is_counted(size, name):
    bench, sums = run(size, [TRADE, BUST, TRADE], ["T1", name, "T2"], side=1, quantity=[5, None, 2])
    assert sums == [5, 7]
    assert bench.revisions.unmatched == 1
    assert bench.tape.end == 3


@SIZES
def test_a_revision_comes_after_its_trade(size):
    bench, sums = run(size, [BUST, TRADE, TRADE], ["T1", "T1", "T2"], side=1, quantity=[None, 5, 2])
    assert sums == [5, 7]
    assert bench.revisions.unmatched == 1


@SIZES
def test_orders_with_the_id_of_a_trade_are_not_revised(size):
    _, sums = run(size, [Kind.ORDER, TRADE, BUST, TRADE], ["T1", "T1", "T1", "T2"], side=1, quantity=[1, 5, None, 2])
    assert sums == [5, 2]


@SIZES
@pytest.mark.parametrize("column", ["venue", "instrument"])
def test_where_two_markets_number_their_trades_alike_a_bust_means_the_one_that_it_names(size, column):
    columns = {"side": 1, "source": [0, 1, 1, 0], "quantity": [5, 7, None, 2], "account": [1, 1, 0, 1]}
    bench, _ = run(size, [TRADE, TRADE, BUST, TRADE], ["T1", "T1", "T1", "T2"], **columns, **{column: [1, 2, 2, 1]})
    assert bench.revisions.refers[:4].tolist() == [0, 0, 1, 0]


@SIZES
def test_a_bust_that_names_neither_market_nor_side_means_all_trades_of_its_id(size):
    columns = {"side": [1, 2, 0, 1], "source": [0, 1, 1, 0], "quantity": [5, 7, None, 2], "venue": [1, 2, 0, 1]}
    _, sums = run(size, [TRADE, TRADE, BUST, TRADE], ["T1", "T1", "T1", "T2"], **columns)
    assert sums == [5, 12, 2]


@SIZES
def test_a_source_of_busts_alone_finds_the_trades_of_another(size):
    _, sums = run(size, [TRADE, BUST, TRADE], ["T1", "T1", "T2"], side=1, source=[0, 1, 0], quantity=[5, None, 2])
    assert sums == [5, 2]


@SIZES
@pytest.mark.parametrize("what", [BUST, CORRECT])
@pytest.mark.parametrize("names", ["account", "instrument"])
def test_a_revision_that_names_another_account_or_instrument_than_its_trade_changes_nothing_and_is_counted(
    size, what, names
):
    columns = {"side": 1, "quantity": [5, 9, 2, 1], names: [1, 2, 1, 2]}
    bench, sums = run(size, [TRADE, what, TRADE, TRADE], ["T1", "T1", "T2", "T3"], **columns)
    assert sums == [5, 7, 1]
    assert bench.revisions.unmatched == 1


def test_a_revision_of_a_trade_that_the_tape_has_let_go_is_counted():
    bench = Bench()
    bench.push(make_batch([1, 2], trade=["T1", "T2"], side=1, account=1, instrument=1), NULL)
    bench.forget(1)
    bench.push(make_batch([3, 4], first=2, kind=BUST, trade=["T1", "T2"], side=1), NULL)
    assert bench.revisions.unmatched == 1
    assert bench.revisions.refers[2:4].tolist() == [0, 2]


def test_anchors_decided_later_leave_out_what_was_busted_by_then_and_no_more():
    bench = Bench()
    bench.push(
        make_batch([10, 11, 15, 40], kind=[TRADE, TRADE, BUST, BUST], trade=["T1", "T2", "T1", "T2"], side=1), NULL
    )
    rows = np.array([0, 1], dtype=np.int64)
    assert bench.revisions.standing(rows, 4).tolist() == [0, 1]
    assert bench.revisions.standing(rows, 5).tolist() == [1]
    assert bench.revisions.standing(rows, 40).tolist() == []


def test_the_batch_given_is_not_changed():
    batch = make_batch([1, 2], kind=[TRADE, CORRECT], trade=["T1", "T1"], side=[1, 0], quantity=[5, None])
    before = {name: values.copy() for name, values in batch.columns.items()}
    Bench().push(batch, NULL)
    assert all(np.array_equal(before[name], values) for name, values in batch.columns.items())
    assert set(before) == set(batch.columns)
