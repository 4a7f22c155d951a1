"""Books rebuilt from order events: the touch that the venue published, and a plain book beside it."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL, Kind, Side, TimeInForce
from surveillance.simulator import SimulationConfig, simulate
from surveillance.tape.book import BOOK_FIELDS, DEPTH_LEVELS, Books

ORDER, AMEND, CANCEL, REJECT, EXPIRE, TRADE, QUOTE = (
    Kind.ORDER, Kind.AMEND, Kind.CANCEL, Kind.REJECT, Kind.EXPIRE, Kind.TRADE, Kind.QUOTE,
)  # fmt: skip
BUY, SELL = Side.BUY, Side.SELL
COLUMNS = ("kind", "side", "time_in_force", "price", "quantity", "instrument", "venue", "order")
TYPES = ("int8", "int8", "int8", "int64", "int64", "int32", "int32", "int32")


def batch_of(columns):
    return EventBatch(dict(zip(COLUMNS[:-1], columns, strict=True)), {})


def follow(rows, books=None, batch=None):
    """Play rows (kind, side, price, quantity, order, …) and return what each was told."""
    books = books or Books()
    told = defaultdict(list)
    for start in range(0, len(rows), batch or max(len(rows), 1)):
        some = rows[start : start + (batch or len(rows))]
        table = {
            "kind": [row[0] for row in some],
            "side": [row[1] for row in some],
            "time_in_force": [row[5] if len(row) > 5 else TimeInForce.DAY for row in some],
            "price": [NULL if row[2] is None else row[2] for row in some],
            "quantity": [NULL if row[3] is None else row[3] for row in some],
            "instrument": [1] * len(some),
            "venue": [1] * len(some),
            "order": [row[4] for row in some],
        }
        arrays = [np.array(table[name], dtype=dtype) for name, dtype in zip(COLUMNS, TYPES, strict=True)]
        for name, column in books.follow(batch_of(arrays[:-1]), arrays[-1]).items():
            told[name] += [None if value == NULL else value for value in column.tolist()]
    return dict(told), books


def seen(told, row):
    return {name: told[name][row] for name in BOOK_FIELDS}


def test_a_row_sees_the_book_as_it_was_before_it():
    told, _ = follow(
        [
            (ORDER, BUY, 100, 5, 1),
            (ORDER, SELL, 103, 7, 2),
            (ORDER, BUY, 101, 4, 3),
            (ORDER, BUY, 101, 2, 4),
            (CANCEL, BUY, None, None, 3),
            (QUOTE, 0, None, None, 0),
        ]
    )
    assert told["bid"] == [None, 100, 100, 101, 101, 101]
    assert told["ask"] == [None, None, 103, 103, 103, 103]
    assert told["bid_quantity"] == [None, 5, 5, 4, 6, 2]
    assert told["bid_depth"] == [0, 5, 5, 9, 11, 7]
    assert told["behind"] == [None, None, -1, 0, 0, None]
    assert told["ahead"] == [0, 0, 0, 4, None, None]


def test_an_order_that_takes_is_shown_only_with_what_its_trades_leave():
    told, books = follow(
        [
            (ORDER, SELL, 103, 5, 1),
            (ORDER, BUY, 104, 8, 2),
            (TRADE, BUY, 103, 5, 2),
            (TRADE, SELL, 103, 5, 1),
            (ORDER, SELL, 110, 1, 3),
            (QUOTE, 0, None, None, 0),
        ]
    )
    assert told["bid"] == [None, None, None, None, 104, 104]
    assert told["ask"] == [None, 103, 103, 103, None, 110]
    assert told["bid_quantity"][4] == 3
    assert books.faults == {"unknown_order": 0, "overfilled": 0, "crossed": 0}


def test_orders_that_never_rest_are_not_shown():
    told, _ = follow(
        [
            (ORDER, BUY, 100, 5, 1, TimeInForce.IOC),
            (QUOTE, 0, None, None, 0),
            (CANCEL, BUY, None, 5, 1),
            (ORDER, BUY, None, 5, 2),
            (QUOTE, 0, None, None, 0),
        ]
    )
    assert set(told["bid"]) == {None}


def test_an_amendment_gives_the_total_and_what_is_filled_stays_filled():
    told, _ = follow(
        [
            (ORDER, BUY, 100, 10, 1),
            (TRADE, BUY, 100, 4, 1),
            (AMEND, BUY, 101, 8, 1),
            (QUOTE, 0, None, None, 0),
            (AMEND, BUY, None, 3, 1),
            (QUOTE, 0, None, None, 0),
        ]
    )
    assert (told["bid"][3], told["bid_quantity"][3]) == (101, 4)
    assert told["behind"][2] == -1
    assert told["bid"][5] is None  # 3 in all are fewer than the 4 that are filled


def test_what_does_not_fit_is_counted_and_changes_nothing():
    told, books = follow(
        [
            (CANCEL, BUY, None, None, 9),
            (ORDER, BUY, 100, 5, 1),
            (TRADE, BUY, 100, 7, 1),
            (ORDER, SELL, 101, 1, 2),
            (ORDER, BUY, 102, 1, 3),
            (ORDER, BUY, 90, 1, 4),
        ]
    )
    assert books.faults == {"unknown_order": 1, "overfilled": 1, "crossed": 1}
    assert told["bid"] == [None, None, 100, None, None, 102]


class Plain:
    """A book of dictionaries, one order after the other."""

    def __init__(self):
        self.orders, self.taking = {}, None

    def level(self, side):
        found = defaultdict(int)
        for one in self.orders.values():
            if one["side"] == side and one["shown"]:
                found[one["price"]] += one["left"]
        return sorted(found.items(), reverse=side == BUY)

    def meets(self, one):
        other = self.level(SELL if one["side"] == BUY else BUY)
        return bool(other) and (other[0][0] <= one["price"] if one["side"] == BUY else other[0][0] >= one["price"])

    def enter(self, code):
        one = self.orders[code]
        one["shown"] = not self.meets(one)
        self.taking = self.taking if one["shown"] else code

    def play(self, what, side, price, quantity, code, *_):
        taker = self.orders.get(self.taking)
        waits = taker is not None and what == CANCEL and code != self.taking and self.meets(taker)
        if what != TRADE and not waits:
            if taker is not None:
                taker["shown"] = True
            self.taking = None
        bids, asks = self.level(BUY), self.level(SELL)
        told = (
            bids[0] if bids else (None, None),
            asks[0] if asks else (None, None),
            sum(q for _, q in bids[:DEPTH_LEVELS]),
            sum(q for _, q in asks[:DEPTH_LEVELS]),
        )
        one = self.orders.get(code)
        if what == ORDER:
            self.orders[code] = {"side": side, "price": price, "left": quantity, "total": quantity, "shown": False}
            self.enter(code)
        elif one is not None and what == AMEND:
            one["shown"] = False
            one["left"] = max(quantity - (one["total"] - one["left"]), 0)
            one["total"], one["price"] = quantity, price
            if one["left"]:
                self.enter(code)
        elif one is not None and what == TRADE:
            one["left"] -= min(one["left"], quantity)
        elif one is not None:
            one["left"] -= min(one["left"], quantity)
            one["total"] -= quantity
        if one is not None and what != ORDER and not one["left"]:
            del self.orders[code]
        return told


@st.composite
def histories(draw):
    """Events of one book as a venue could send them, with crossings, partial cancels and fills of all sizes."""
    rows, side_of, left = [], {}, {}
    for number in range(1, draw(st.integers(1, 40))):
        what = draw(st.sampled_from([ORDER, ORDER, ORDER, AMEND, CANCEL, TRADE, TRADE]))
        if what == ORDER or not left:
            side_of[number] = draw(st.sampled_from([BUY, SELL]))
            left[number] = draw(st.integers(1, 9))
            rows.append((ORDER, side_of[number], draw(st.integers(95, 105)), left[number], number))
            continue
        code = draw(st.sampled_from(sorted(left)))
        if what == AMEND:
            rows.append((AMEND, side_of[code], draw(st.integers(95, 105)), draw(st.integers(1, 12)), code))
            continue
        quantity = draw(st.integers(1, left[code]))
        rows.append((what, side_of[code], draw(st.integers(95, 105)), quantity, code))
        left[code] -= quantity
        if not left[code]:
            del left[code]
    return rows


@given(histories(), st.sampled_from([1, 3, 7, 1000]))
def test_the_book_is_that_of_a_plain_one_however_it_is_batched(rows, batch):
    told, _ = follow(rows, Books(levels=2), batch)
    plain = Plain()
    for row, event in enumerate(rows):
        (bid, bid_quantity), (ask, ask_quantity), bids, asks = plain.play(*event)
        here = seen(told, row)
        assert (here["bid"], here["bid_quantity"], here["bid_depth"]) == (bid, bid_quantity, bids)
        assert (here["ask"], here["ask_quantity"], here["ask_depth"]) == (ask, ask_quantity, asks)


@pytest.fixture(scope="module")
def published():
    """A simulated day whose venue publishes the touch whenever it moves; nothing is negotiated beside the book."""
    config = SimulationConfig(seed=5, events=60_000, quotes=True, episodes=0, hard_negatives=0)
    return simulate(config).events


def test_the_touch_is_the_one_that_the_venue_publishes(published):
    table = {name: published[name].to_pylist() for name in ("kind", "side", "price", "quantity", "instrument", "order")}
    tif = published["time_in_force"].to_pylist()
    codes, instruments = {}, {}
    kind = np.array([Kind[one.upper()] for one in table["kind"]], dtype=np.int8)
    columns = [
        np.where(kind == QUOTE, np.int8(Kind.MARK), kind),  # quotes would stand for the book
        np.array([0 if one is None else Side[one.upper()] for one in table["side"]], dtype=np.int8),
        np.array([0 if one is None else TimeInForce[one.upper()] for one in tif], dtype=np.int8),
        *(
            np.array([NULL if one is None else int(one * 10_000) for one in table[name]], dtype=np.int64)
            for name in ("price", "quantity")
        ),
        np.array([instruments.setdefault(one, len(instruments) + 1) for one in table["instrument"]], dtype=np.int32),
        np.zeros(len(tif), dtype=np.int32),
        np.array([0 if one is None else codes.setdefault(one, len(codes) + 1) for one in table["order"]], np.int32),
    ]
    books = Books()
    told = books.follow(batch_of(columns[:-1]), columns[-1])
    side, price = columns[1], columns[3]
    wrong = compared = 0
    for row in np.flatnonzero(kind == Kind.QUOTE).tolist():
        best = told["bid" if side[row] == Side.BUY else "ask"][row]
        compared += 1
        wrong += best != price[row]
    assert compared > 5_000
    assert wrong == 0
    assert books.faults == {"unknown_order": 0, "overfilled": 0, "crossed": 0}
