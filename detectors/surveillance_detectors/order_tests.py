"""What may be said of one order when it comes or goes: whether it took more than stands there, rested, was amended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.api import NULL, RowTest

_BUY: Final = 1
_MARKET_MAKER: Final = 3
_IOC: Final = 3
_FOK: Final = 4
_FLEETING: Final = 2_000_000_000

Columns = Mapping[str, NDArray[Any]]
Truths = NDArray[np.bool_]


def _not_a_market_maker(row: Columns) -> Truths:
    others: Truths = row["capacity"] != _MARKET_MAKER
    return others


def _immediate(row: Columns) -> Truths:
    at_once: Truths = (row["time_in_force"] == _IOC) | (row["time_in_force"] == _FOK)
    return at_once


def _rested(row: Columns) -> Truths:
    stood: Truths = (row["order_time"] != NULL) & (row["order_time"] < row["time"])
    return stood


def _fleeting(row: Columns) -> Truths:
    return _rested(row) & (row["time"] - row["order_time"] <= _FLEETING)


def _stood(row: Columns) -> Truths:
    return _rested(row) & ~_fleeting(row)


def _first_fill(row: Columns) -> Truths:
    first: Truths = (row["order_left"] == NULL) | (row["order_left"] == row["order_quantity"])
    return first


def _leads(row: Columns) -> Truths:
    behind, price, buys = row["behind"], row["price"], row["side"] == _BUY
    facing = np.where(buys, row["ask"], row["bid"])
    rests = np.where(facing == NULL, behind != NULL, np.where(buys, price < facing, price > facing))
    known = (row["side"] != 0) & (price != NULL)
    leads: Truths = known & rests & (behind < 0) & ~_immediate(row)  # null is below 0: nothing stands on its side
    return leads


def _pushes(row: Columns) -> Truths:
    buys = row["side"] == _BUY
    best, own = np.where(buys, row["ask"], row["bid"]), np.where(buys, row["bid"], row["ask"])
    there = np.where(buys, row["ask_quantity"], row["bid_quantity"])
    stands = (best != NULL) & (there != NULL)
    ahead = np.where(buys, row["price"] - own, own - row["price"])
    beyond = np.where(stands, np.where(buys, row["price"] - best, best - row["price"]), 0)
    spread = np.where(stands & (own != NULL), np.abs(best - own), 0)
    takes_more = (beyond > 0) & (2 * beyond >= spread) & (row["quantity"] > there)
    finds_none = (best == NULL) & _immediate(row) & ((own == NULL) | (ahead >= 0))
    pushes: Truths = (row["side"] != 0) & (row["price"] != NULL) & (takes_more | finds_none)
    return pushes


NOT_A_MARKET_MAKER: Final = RowTest(("capacity",), _not_a_market_maker)
"""Not entered as a market maker; an order of unknown capacity is not."""

IMMEDIATE: Final = RowTest(("time_in_force",), _immediate)
"""To be filled at once or not at all: immediate-or-cancel and fill-or-kill."""

RESTED: Final = RowTest(("time", "order_time"), _rested)
"""The order had stood in the book: what is left of an immediate-or-cancel order is taken back as it comes."""

FLEETING: Final = RowTest(("time", "order_time"), _fleeting)
"""The order had stood for at most two seconds: what Hasbrouck and Saar (2009) call a fleeting order."""

STOOD: Final = RowTest(("time", "order_time"), _stood)
"""The order had stood for more than two seconds: long enough for others to act on it, and not fleeting."""

FIRST_FILL: Final = RowTest(("order_left", "order_quantity"), _first_fill)
"""The order's first fill, so that an order filled in many parts is one."""

LEADS: Final = RowTest(("side", "price", "bid", "ask", "behind", "time_in_force"), _leads)
"""The order betters the best price of its side, or is alone there, and rests: it trades with nobody when it comes."""

PUSHES: Final = RowTest(
    ("side", "price", "quantity", "bid", "ask", "bid_quantity", "ask_quantity"),
    _pushes,
    if_known=("time_in_force",),
)
"""More than what stands at the other side's best price, with a limit beyond it by at least half the spread: the order
takes the level and goes on. Where nothing is left on the other side, an immediate order whose limit is not behind its
own side's best price asks for more of what is gone, and pushes as well; where a feed has no times in force nobody knows
of these. False for market orders."""
