"""Standing orders: what later rows learn from them, and that the table does not grow."""

import numpy as np
import pyarrow as pa

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL, Kind
from surveillance.tape.live_orders import LiveOrders
from surveillance.tape.tape import ORDER_FIELDS, Tape


def batch_of(*rows):
    """Rows of (time, kind, order, side, price, quantity, account, instrument); None is null."""
    columns = {
        "time": np.array([row[0] for row in rows], dtype=np.int64),
        "kind": np.array([row[1] for row in rows], dtype=np.int8),
        "source": np.zeros(len(rows), dtype=np.int32),
        "position": np.arange(len(rows), dtype=np.int64),
        "terms": np.array([1 if row[7] else 0 for row in rows], dtype=np.int32),
    }
    for place, name, dtype, null in (
        (3, "side", np.int8, 0),
        (4, "price", np.int64, NULL),
        (5, "quantity", np.int64, NULL),
        (6, "account", np.int32, 0),
        (7, "instrument", np.int32, 0),
    ):
        columns[name] = np.array([null if row[place] is None else row[place] for row in rows], dtype=dtype)
    return EventBatch(columns, {"order": pa.array([row[2] for row in rows], pa.string())})


def orders_of():
    tape = Tape(["side", "price", "quantity", "account", "instrument", *ORDER_FIELDS], Dictionaries())
    return LiveOrders(tape)


LIFE = (
    (10, Kind.ORDER, "A", 1, 100, 50, 7, 3),
    (20, Kind.TRADE, "A", None, 99, 20, None, None),
    (30, Kind.AMEND, "A", None, 101, 40, None, None),
    (40, Kind.CANCEL, "A", None, None, None, None, None),
    (50, Kind.CANCEL, "A", None, None, None, None, None),
)


def test_rows_about_an_order_inherit_what_the_feed_leaves_out_and_learn_its_age():
    got = orders_of().prepare(batch_of(*LIFE))
    assert got.columns["side"].tolist() == [1, 1, 1, 1, 0]
    assert got.columns["account"].tolist() == [7, 7, 7, 7, 0]
    assert got.columns["instrument"].tolist() == [3, 3, 3, 3, 0]
    assert got.columns["terms"].tolist() == [1, 1, 1, 1, 0]
    assert got.columns["price"].tolist() == [100, 99, 101, 101, NULL]
    assert got.columns["quantity"].tolist() == [50, 20, 40, 20, NULL]
    assert got.columns["order_time"].tolist() == [10, 10, 10, 10, NULL]
    assert got.columns["order_left"].tolist() == [50, 50, 30, 20, NULL]
    assert got.columns["order_amendments"].tolist() == [0, 0, 0, 1, NULL]


def test_an_order_that_is_amended_to_what_is_filled_is_over():
    orders = orders_of()
    orders.prepare(batch_of(*LIFE[:2], (30, Kind.AMEND, "A", None, None, 20, None, None)))
    assert len(orders) == 0


def test_a_partial_cancellation_makes_the_total_smaller():
    some = (25, Kind.CANCEL, "A", None, None, 10, None, None)
    got = orders_of().prepare(batch_of(*LIFE[:2], some, LIFE[2], LIFE[3]))
    assert got.columns["order_quantity"].tolist() == [50, 50, 50, 40, 40]
    assert got.columns["order_left"].tolist() == [50, 50, 30, 20, 20]


def test_a_fill_without_a_price_does_not_take_the_limit_for_one():
    got = orders_of().prepare(batch_of(LIFE[0], (20, Kind.TRADE, "A", None, None, 20, None, None)))
    assert got.columns["price"].tolist() == [100, NULL]


def test_orders_do_not_depend_on_how_events_are_batched():
    whole, single = orders_of(), orders_of()
    rows = [*LIFE, (60, Kind.ORDER, "A", 2, 5, 6, 1, 1), (70, Kind.TRADE, "A", None, 5, 6, None, None)]
    at_once = whole.prepare(batch_of(*rows))
    one_by_one = [single.prepare(batch_of(row)) for row in rows]
    for name in (*ORDER_FIELDS, "side", "quantity", "price"):
        assert at_once.columns[name].tolist() == [batch.columns[name][0] for batch in one_by_one]


def test_ended_orders_and_orders_never_seen_leave_nothing_behind():
    orders = orders_of()
    for day in range(50):
        rows = [(day * 100 + i, Kind.ORDER, f"{day}-{i}", 1, 10, 5, 1, 1) for i in range(100)]
        rows += [(day * 100 + 99, Kind.CANCEL, f"{day}-{i}", None, None, None, None, None) for i in range(99)]
        rows += [(day * 100 + 99, Kind.CANCEL, f"unknown-{day}-{i}", 1, 1, 1, 1, 1) for i in range(50)]
        orders.prepare(batch_of(*rows))
    assert len(orders) == 50


def test_an_order_that_is_filled_in_parts_lives_until_the_last():
    orders = orders_of()
    orders.prepare(batch_of((1, Kind.ORDER, "A", 1, 10, 5, 1, 1), (2, Kind.TRADE, "A", 1, 10, 3, 1, 1)))
    assert len(orders) == 1
    orders.prepare(batch_of((3, Kind.TRADE, "A", 1, 10, 2, 1, 1)))
    assert len(orders) == 0


def test_silent_orders_are_given_up_after_their_time():
    tape = Tape(["side", "quantity", *ORDER_FIELDS], Dictionaries())
    orders = LiveOrders(tape, longest=1_000)
    orders.prepare(batch_of((1, Kind.ORDER, "old", 1, 10, 5, 1, 1), (900, Kind.ORDER, "new", 1, 10, 5, 1, 1)))
    assert orders.give_up(1_500) == 1
    assert len(orders) == 1
