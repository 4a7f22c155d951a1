"""The conformance kit finds what it is there to find: each fault by the check that is named after it."""

# ruff: noqa: RUF012, ARG002 - detectors as their authors write them, with their faults

import re

import numpy as np
import pytest

from surveillance.api import (
    CANCEL,
    NULL,
    ORDER,
    TRADE,
    Duration,
    Measure,
    Needs,
    Params,
    ScheduledDetector,
    SequenceDetector,
    Unit,
    WindowDetector,
    candidates,
    rows,
)
from surveillance.testing import NonconformingError, conformance, measured
from surveillance.testing.case import Case
from surveillance.testing.checks import CHECKS
from surveillance.testing.flows import hard_flows, long_flow
from surveillance.testing.harness import Subject


class SoundParams(Params, frozen=True):
    """How long the `window` is."""

    window: Duration = 60_000_000_000


class Sound(WindowDetector):
    """Count the trades of an account."""

    id = "sound"
    version = "1"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs(kinds=(TRADE,), fields=("account", "instrument"))
    measures = {"trades": Measure(Unit.COUNT, "Trades in the window.")}
    Params = SoundParams
    trades = rows(TRADE).by("account", "instrument").count()

    def measure(self, at):
        return {"trades": at.trades}


class EveryParams(Params, frozen=True):
    """Asked `every` so often about the `window` before."""

    every: Duration = 60_000_000_000
    window: Duration = 300_000_000_000


class Regular(ScheduledDetector):
    """Count what an account ordered and cancelled, minute by minute."""

    id = "regular"
    version = "1"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs(kinds=(ORDER, CANCEL), fields=("account", "instrument", "side", "quantity"))
    measures = {"orders": Measure(Unit.COUNT, "Buy orders."), "cancels": Measure(Unit.COUNT, "Of them cancelled.")}
    Params = EveryParams
    anchor = ORDER

    def look_back(self):
        return self.p.window

    def measure(self, at):
        orders = at.span(ORDER, side=1, start=at.time - self.p.window, until=at.time)
        cancels = at.span(CANCEL, side=1, start=at.time - self.p.window, until=at.time)
        return candidates(row=at.row, orders=orders.count, cancels=cancels.count)


class Sequence(SequenceDetector):
    """Count the cancellations that follow an order."""

    id = "sequence"
    version = "1"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs(kinds=(ORDER, CANCEL), fields=("account", "instrument", "side", "quantity"))
    measures = {"cancels": Measure(Unit.COUNT, "Cancellations.")}
    Params = SoundParams
    anchor = ORDER

    def horizon(self):
        return self.p.window

    def measure(self, at):
        cancels = at.span(CANCEL, side=at.side, start=at.time, until=at.time + self.p.window)
        return {"cancels": cancels.count}


class CountsTheBatch(Sound):
    """Break: measure the batch."""

    def measure(self, at):
        return {"trades": at.trades + len(at)}


class Remembers(Sound):
    """Break: keep a number between calls."""

    seen = 0

    def measure(self, at):
        self.seen += 1
        return {"trades": at.trades}


class RemembersForTheClass(Sound):
    """Break: keep rows between instances."""

    known: set = set()  # the fault that is to be found

    def measure(self, at):
        new = np.array([int(time) not in self.known for time in at.time])
        self.known.update(at.time.tolist())
        return {"trades": at.trades + new}


class Overwrites(Sound):
    """Break: work in the array that was given."""

    def measure(self, at):
        trades = at.trades
        trades += 1
        return {"trades": trades}


class ReadsMore(Sound):
    """Break: ask for a column that is not declared."""

    def measure(self, at):
        return {"trades": at.trades + at.column("quantity")}


class HidesAColumn(Sound):
    """Break: let an aggregate read a column that `needs` does not name."""

    volume = rows(TRADE).by("account", "instrument").sum("quantity")


class LooksAround(Sound):
    """Break: look at rows of any kind on the tape."""

    def measure(self, at):
        before = at.question.tape["kind"][np.maximum(at.row - 1, at.question.tape.head)]
        return {"trades": at.trades + (before == int(CANCEL))}


class Floats(Sound):
    """Break: measure in floating point."""

    def measure(self, at):
        return {"trades": at.trades / 1.0}


class LeavesOut(Sound):
    """Break: forget a measure."""

    def measure(self, at):
        return {}


class ForgetsThePast(Sound):
    """Break: claim not to look back."""

    def look_back(self):
        return 0


class SeesTheFuture(Sequence):
    """Break: look further than `horizon`."""

    def measure(self, at):
        cancels = at.span(CANCEL, side=at.side, start=at.time, until=at.time + 3 * self.p.window)
        return {"cancels": cancels.count}


class WrongShard(Sound):
    """Break: sum over the instrument and claim to need the account's events only."""

    everybody = rows(TRADE).by("instrument").count()

    def measure(self, at):
        return {"trades": at.everybody}


class Slow(Sound):
    """Break: go through the rows in Python."""

    def measure(self, at):
        time = at.time
        for row in range(len(at)):
            np.searchsorted(time, time[row])
            np.searchsorted(time, time[row] - 5)
        return {"trades": at.trades}


class NothingSaid(Sound):
    measures = {"trades": Measure(Unit.COUNT, "")}


class Blind(Sound):
    """Break: find nothing."""

    def measure(self, at):
        return candidates(row=at.row[:0], trades=at.row[:0])


def case(detector):
    return Case(Subject(detector, detector.Params()))


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("detector", [Sound, Sequence, Regular])
def test_a_sound_detector_passes(detector, check):
    check(case(detector))


@pytest.mark.parametrize(
    ("detector", "check", "said"),
    [
        (CountsTheBatch, "any batching", "batches of 7 over the flow 'mixed'.*\n.*first at event"),
        (CountsTheBatch, "any number of threads", "engines in threads"),
        (Remembers, "no memory", "changes its attributes from tape to tape: seen"),
        (RemembersForTheClass, "no memory", "an instance that"),
        (Overwrites, "any batching", "measure changes what it was given: trades"),
        (ReadsMore, "any batching", "reads the column 'quantity' and does not declare it"),
        (HidesAColumn, "declares what it is", "does not name the column quantity"),
        (LooksAround, "reads what it declares", "no events but those of the kinds in `needs`"),
        (Floats, "measures are complete", "trades is float64, not an array of int64"),
        (LeavesOut, "measures are complete", "returns nothing, and the detector declares trades"),
        (ForgetsThePast, "look-back and horizon", r"only the rows from look_back\(\)"),
        (SeesTheFuture, "look-back and horizon", r"only the rows up to horizon\(\)"),
        (SeesTheFuture, "any batching", "batches of 7"),
        (WrongShard, "declares what it is", "without all of `shard`"),
        (WrongShard, "any sharding", "3 engines, sharded by account"),
        (NothingSaid, "documented", "has no docstring.*\n.*meaning of the measure trades"),
        (Blind, "measures are complete", "finds no candidate in any flow"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_promise_is_found(detector, check, said):
    with pytest.raises(NonconformingError) as error:
        CHECKS[check](case(detector))
    assert re.search(said, str(error.value)), str(error.value)


def test_a_loop_over_rows_is_found_by_its_cost():
    slow = Case(Subject(Slow, SoundParams()), slowest=300)
    with pytest.raises(NonconformingError, match="ns an event, and 300 are allowed"):
        CHECKS["cost"](slow)


test_one_line_is_a_whole_test = pytest.mark.slow(conformance(Sequence, {"window": "5s"}, SoundParams()))


def test_what_is_measured_is_told_as_it_is_written():
    tape = """
        +0s order A1 IBM buy 100 @ 10
        +1s cancel A1 IBM buy 100
        +5s cancel A1 IBM buy 100
        +6s cancel A1 IBM buy 100
    """
    assert measured(Sequence, tape, {"window": "5s"}) == [
        {"account": "A1", "instrument": "IBM", "at": "+0m", "cancels": 2}
    ]


def test_a_run_over_a_flow_that_is_gone_is_not_taken_for_one_over_the_flow_now_in_its_place():
    case, flow = Case(Subject(Sound, SoundParams())), hard_flows(60_000_000_000)[0]
    for events in (10, 20, 30, 40, 50):
        part = flow.take(np.arange(events))
        assert case.whole(part).events == events
        del part


def test_flows_are_in_order_and_have_what_detectors_trip_over():
    flows = {flow.name: flow for flow in hard_flows(60 * 10**9)}
    for flow in (*flows.values(), long_flow(60 * 10**9)):
        assert (np.diff(flow.time) >= 0).all()
        assert (flow.batch.columns["position"] == np.arange(len(flow))).all()
    assert np.bincount(flows["hot key"].batch.columns["account"])[1] > len(flows["hot key"]) / 2
    assert len(np.unique(flows["equal times"].time)) < 20
    assert (np.diff(flows["gaps longer than the window"].time) > 60 * 10**9).any()
    assert np.ptp(flows["day-long episode"].time) > 86_400 * 10**9
    assert (flows["null fields"].batch.columns["quantity"] == NULL).mean() > 0.2
    assert np.isin(flows["busts and corrections"].batch.columns["kind"], (7, 8)).mean() > 0.1
    assert set(flows["mixed"].batch.columns["asset_class"].tolist()) == set(range(7))
    assert len(long_flow(60 * 10**9)) > 4 << 16


def test_flows_are_the_same_for_the_same_reach():
    one, other = hard_flows.__wrapped__(10**9), hard_flows.__wrapped__(10**9)
    for first, second in zip(one, other, strict=True):
        for name, values in first.batch.columns.items():
            assert np.array_equal(values, second.batch.columns[name]), (first.name, name)
