"""Rows chosen by a condition of one's own on their columns."""

from __future__ import annotations

from typing import ClassVar

from surveillance.api import (
    NULL,
    ORDER,
    Duration,
    Measure,
    Needs,
    Params,
    RowTest,
    TimeInForce,
    Unit,
    WindowDetector,
    rows,
)
from surveillance.testing import conformance, measured


def _above_the_offer(row):
    return (row["side"] == 1) & (row["ask"] != NULL) & (row["price"] > row["ask"])


def _large(row):
    return row["quantity"] > row["ask_quantity"]


ABOVE = RowTest(("side", "price", "ask"), _above_the_offer)
LARGE = RowTest(("quantity", "ask_quantity"), _large)


class Window(Params, frozen=True):
    """How far it looks.

    Parameters
    ----------
    window : duration
        How long before an order it looks back.
    """

    window: Duration


class Lifter(WindowDetector):
    """Measure how many buy orders of an account are priced above the best offer."""

    id = "test.lifter"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(ORDER,), fields=("account", "instrument", "side", "price", "quantity", "ask", "ask_quantity"))
    measures: ClassVar = {
        "orders": Measure(Unit.COUNT, "Orders in the window."),
        "above": Measure(Unit.COUNT, "Buy orders above the best offer."),
        "large": Measure(Unit.COUNT, "Those of them that are larger than what stands there."),
    }
    Params = Window

    orders = rows(ORDER).by("account", "instrument").count()
    above = rows(ORDER).that(ABOVE).by("account", "instrument").count()
    large = rows(ORDER).by("account", "instrument").that(ABOVE, LARGE).count()

    def measure(self, at):
        return {"orders": at.orders, "above": at.above, "large": at.large}


TAPE = """
    +0s order S1 IBM sell 500 @ 10.00 order=S1
    +1s order A1 IBM buy 100 @ 10.00 order=B1
    +2s order A1 IBM buy 100 @ 10.01 order=B2
    +3s order A1 IBM buy 600 @ 10.02 order=B3
    +4s order A1 IBM sell 200 @ 10.05 order=B4
"""


def test_rows_are_chosen_by_every_test_that_is_asked_for():
    found = measured(Lifter, TAPE, {"window": "1m"})
    mine = [(one["orders"], one["above"], one["large"]) for one in found if one["account"] == "A1"]
    assert mine == [(1, 0, 0), (2, 1, 0), (3, 2, 1), (4, 2, 1)]


def test_what_a_test_reads_is_read_by_the_detector():
    assert {"side", "price", "ask", "quantity"} <= Lifter(Window(window=1)).reads


def _immediate(row):
    return row["time_in_force"] == int(TimeInForce.IOC)


class Immediate(WindowDetector):
    """Count the immediate orders of an account."""

    id = "test.immediate"
    version = "1"
    key = ("account",)
    shard = ("account",)
    needs = Needs(kinds=(ORDER,), fields=("account",))
    measures: ClassVar = {"orders": Measure(Unit.COUNT, "Immediate orders in the window.")}
    Params = Window

    everything = rows(ORDER).by("account").count()
    orders = rows(ORDER).that(RowTest((), _immediate, if_known=("time_in_force",))).by("account").count()

    def measure(self, at):
        return {"orders": at.orders}


class ImmediateAndKnown(Immediate):
    """The same with times in force."""

    id = "test.immediate.known"
    needs = Needs(kinds=(ORDER,), fields=("account", "time_in_force"))


def test_what_a_test_reads_only_if_it_is_known_makes_nobody_blind_and_is_0_elsewhere():
    tape = "+0s order A1 IBM buy 100 @ 10 time_in_force=ioc order=B1"
    assert [one["orders"] for one in measured(ImmediateAndKnown, tape, {"window": "1m"})] == [1]
    assert "time_in_force" not in Immediate(Window(window=1)).reads
    assert [one["orders"] for one in measured(Immediate, tape, {"window": "1m"})] == [0]


test_lifter = conformance(Lifter, {"window": "30m"})
