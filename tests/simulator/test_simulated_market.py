"""The laws of a venue, checked by an independent replay of the rows."""

import itertools
from collections import Counter, defaultdict
from decimal import Decimal

import pyarrow as pa
import pytest

from surveillance.events import schema
from surveillance.simulator import SimulationConfig, book, simulate


def rows_of(config):
    table = simulate(config).events
    times = table.column("time").cast(pa.int64()).to_pylist()
    rows = table.drop_columns(["time"]).to_pylist()
    for row, time in zip(rows, times, strict=True):
        row["time"] = time
    return rows


@pytest.fixture(scope="module")
def rows():
    return rows_of(SimulationConfig(seed=7, events=25_000, quotes=True))


class Replay:
    """Books kept from published rows alone: per instrument and side the resting orders, in priority."""

    def __init__(self):
        self.orders = {}
        self.sides = defaultdict(dict)
        self.moves = 0

    def rest(self, row, price, left):
        self.moves += 1
        self.orders[row["order"]] = {**row, "price": price, "left": left, "moved": self.moves}
        self.sides[row["instrument"], row["side"]][row["order"]] = self.orders[row["order"]]

    def drop(self, name):
        order = self.orders.pop(name)
        del self.sides[order["instrument"], order["side"]][name]
        return order

    def best(self, instrument, side):
        """The order that is to be filled first."""
        sign = -1 if side == "buy" else 1
        resting = self.sides[instrument, side].values()
        return min(resting, key=lambda order: (sign * order["price"], order["moved"]), default=None)


def replayed(rows):
    """Yield each row with the books as they were before it, and keep them up to date."""
    replay = Replay()
    for row in rows:
        yield row, replay
        kind, name = row["kind"], row["order"]
        if kind == "order":
            worst = Decimal(10**9) if row["side"] == "buy" else Decimal(0)
            replay.rest(row, worst if row["price"] is None else row["price"], row["quantity"])
            replay.orders[name]["size"] = row["quantity"]
        elif kind == "trade":
            order = replay.orders[name]
            order["left"] -= row["quantity"]
            if order["left"] == 0:
                replay.drop(name)
        elif kind == "amend":
            order = replay.orders[name]
            order["left"] += row["quantity"] - order["size"]
            order["size"] = row["quantity"]
            if row["price"] != order["price"]:
                replay.moves += 1
                order["price"], order["moved"] = row["price"], replay.moves
        elif kind in {"cancel", "expire"}:
            replay.drop(name)


def test_rows_are_in_order_of_time(rows):
    assert all(one["time"] <= two["time"] for one, two in itertools.pairwise(rows))


def test_every_kind_of_event_happens(rows):
    assert {row["kind"] for row in rows} == {kind.name.lower() for kind in schema.Kind}


def test_every_fill_has_two_sides_with_equal_price_and_quantity(rows):
    trades = defaultdict(list)
    for row in rows:
        if row["kind"] == "trade":
            trades[row["trade"]].append(row)
    assert trades
    for one, two in trades.values():
        assert {one["side"], two["side"]} == {"buy", "sell"}
        for same in ("time", "price", "quantity", "instrument", "venue"):
            assert one[same] == two[same]
        assert (one["account"], two["account"]) == (two["counterparty"], one["counterparty"])
        assert {one["aggressor"], two["aggressor"]} in ({"taker", "maker"}, {None})


def test_no_order_fills_more_than_its_size_and_cancelled_orders_were_live_with_what_is_left(rows):
    for row, replay in replayed(rows):
        if row["kind"] in {"trade", "amend", "cancel", "expire"}:
            order = replay.orders[row["order"]]
            for same in ("account", "side", "instrument"):
                assert order[same] == row[same]
            if row["kind"] == "trade":
                assert 0 < row["quantity"] <= order["left"]
            elif row["kind"] != "amend":
                assert row["quantity"] == order["left"]
        elif row["kind"] in {"order", "reject"}:
            assert row["order"] not in replay.orders


def test_a_maker_is_always_the_first_in_price_and_then_in_time(rows):
    makers = 0
    for row, replay in replayed(rows):
        if row["kind"] == "trade" and row["aggressor"] == "maker":
            makers += 1
            first = replay.best(row["instrument"], row["side"])
            assert (first["order"], first["price"]) == (row["order"], row["price"])
    assert makers > 1_000


def test_takers_pay_no_more_than_their_limit(rows):
    for row, replay in replayed(rows):
        if row["kind"] == "trade":
            limit = replay.orders[row["order"]]["price"]
            assert row["price"] <= limit if row["side"] == "buy" else row["price"] >= limit


def test_the_book_is_never_crossed_once_an_instant_is_over(rows):
    before = None
    for row, replay in replayed(rows):
        if before is not None and row["time"] != before["time"]:
            bid, ask = (replay.best(before["instrument"], side) for side in ("buy", "sell"))
            assert bid is None or ask is None or bid["price"] < ask["price"]
        before = row if row["instrument"] else None


def test_quotes_show_the_touch_of_the_book(rows):
    quotes = 0
    for row, replay in replayed(rows):
        if row["kind"] == "quote":
            quotes += 1
            first = replay.best(row["instrument"], row["side"])
            resting = replay.sides[row["instrument"], row["side"]].values()
            depth = sum(order["left"] for order in resting if order["price"] == first["price"])
            assert (row["price"], row["quantity"]) == (first["price"], depth)
    assert quotes > 500


def test_bought_and_sold_quantities_are_equal_in_every_instrument(rows):
    net = Counter()
    for row in rows:
        if row["kind"] == "trade":
            net[row["instrument"]] += row["quantity"] if row["side"] == "buy" else -row["quantity"]
    assert not any(net.values())


def test_busts_and_corrections_name_both_sides_of_an_earlier_trade(rows):
    trades, mishaps = {}, Counter()
    for row in rows:
        key = (row["trade"], row["side"])
        if row["kind"] == "trade":
            trades[key] = row
        elif row["kind"] in {"bust", "correct"}:
            mishaps[row["trade"]] += 1
            assert (row["order"], row["quantity"]) == (trades[key]["order"], trades[key]["quantity"])
            assert (row["price"] == trades[key]["price"]) == (row["kind"] == "bust")
            assert row["time"] > trades[key]["time"]
    assert mishaps
    assert set(mishaps.values()) == {2}


def test_nothing_trades_outside_the_session_but_crypto(rows):
    marks = {row["mark"]: row["time"] for row in rows if row["kind"] == "mark"}
    early = {row["asset_class"] for row in rows if row["time"] < marks["session_open"]}
    late = {row["asset_class"] for row in rows if row["time"] > marks["session_close"]}
    assert early == late == {"crypto"}


def test_day_orders_expire_at_the_close(rows):
    *_, (_, replay) = replayed(rows)
    assert {order["asset_class"] for order in replay.orders.values()} <= {"crypto"}


def test_no_ordinary_trade_is_between_accounts_of_one_owner():
    rows = rows_of(SimulationConfig(seed=3, events=20_000, episodes=0, hard_negatives=0))
    owners = defaultdict(set)
    for row in rows:
        if row["kind"] == "trade":
            owners[row["trade"]].add(row["beneficial_owner"])
    assert all(len(pair) == 2 for pair in owners.values())


@pytest.mark.parametrize(
    ("names", "enum"),
    [
        (["ORDER", "AMEND", "CANCEL", "REJECT", "EXPIRE", "TRADE", "BUST", "CORRECT", "QUOTE", "MARK"], schema.Kind),
        (["BUY", "SELL"], schema.Side),
        (["DAY", "GTC", "IOC"], schema.TimeInForce),
        (["TAKER", "MAKER"], schema.Aggressor),
    ],
)
def test_the_engine_numbers_things_as_the_schema_does(names, enum):
    assert {name: int(getattr(book, name)) for name in names} == {name: int(enum[name]) for name in names}


def test_the_engine_numbers_order_types_as_the_schema_does():
    assert (book.TYPE_MARKET, book.TYPE_LIMIT) == (schema.OrderType.MARKET, schema.OrderType.LIMIT)
