"""The three helpers: what a plugin author writes, and what becomes of it."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pytest
from tape_helpers import make_batch

from surveillance.api import (
    CANCEL,
    ORDER,
    PPM,
    TRADE,
    Candidates,
    Detector,
    Duration,
    Kind,
    Measure,
    Needs,
    Params,
    RowClass,
    ScheduledDetector,
    SequenceDetector,
    Unit,
    WindowDetector,
    candidates,
    rows,
    share,
)
from surveillance.events.schema import Aggressor, Mark

SECOND = 10**9
MINUTE = 60 * SECOND
START = 20_000 * 1440 * MINUTE
PAIR = ("account", "instrument")


class Windowed(Params):
    window: Duration
    anchor: Literal["end", "start"] = "end"
    within: Literal["continuous", "day", "session"] = "continuous"


class TakenShare(WindowDetector):
    """Measure what share of an account's trades took liquidity."""

    id, version, key, shard = "test.taken", "1", PAIR, ("account",)
    needs = Needs(kinds=(TRADE,), fields=("aggressor", "quantity"))
    measures: ClassVar = {
        "trades": Measure(Unit.COUNT, "Trades."),
        "taken": Measure(Unit.SHARE, "Taken, of all."),
        "market": Measure(Unit.SHARE, "Own quantity, of the instrument's."),
    }
    Params = Windowed

    trades = rows(TRADE).by(*PAIR).count()
    takers = rows(TRADE, aggressor="taker").by(*PAIR).count()
    own = rows(TRADE).by(*PAIR).sum("quantity")
    all_of_it = rows(TRADE).by("instrument").sum("quantity")

    def measure(self, at):
        return {"trades": at.trades, "taken": share(at.takers, at.trades), "market": share(at.own, at.all_of_it)}


class TakenShareAndMore(TakenShare):
    """Add to what another detector declares."""

    id = "test.more"
    biggest = rows(TRADE).by(*PAIR).max("quantity")

    def measure(self, at):
        return {**super().measure(at), "trades": at.biggest}


class Pulled(SequenceDetector):
    """Measure orders that are cancelled within the time given, and trades of the other side meanwhile."""

    id, version, key, shard = "test.pulled", "1", PAIR, ("account",)
    needs = Needs(kinds=(ORDER, CANCEL, TRADE), fields=("side", "quantity", "price"))
    measures: ClassVar = {
        "cancels": Measure(Unit.COUNT, "Cancellations after the order."),
        "opposite": Measure(Unit.QUANTITY, "Traded on the other side meanwhile."),
        "price": Measure(Unit.PRICE, "Price of the order."),
    }
    anchor = ORDER

    class Params(Params):
        within: Duration

    def horizon(self):
        return self.p.within

    def measure(self, at):
        cancels = at.span(CANCEL, side=at.side, start_row=at.row, until=at.time + self.p.within)
        at, cancels = at.keep(cancels.count > 0), cancels.keep(cancels.count > 0)
        trades = at.span(TRADE, side=at.other, start=at.time, until=cancels.last_time)
        return candidates(
            row=at.row, last=cancels.last, cancels=cancels.count, opposite=trades.quantity, price=at.column("price")
        )


class BoughtShare(ScheduledDetector):
    """Measure, at each tick, what share of an account's volume it bought."""

    id, version, key, shard = "test.bought", "1", PAIR, ("account",)
    needs = Needs(kinds=(TRADE,), fields=("side", "quantity"))
    measures: ClassVar = {
        "bought": Measure(Unit.SHARE, "Bought, of the volume."),
        "volume": Measure(Unit.QUANTITY, "Volume."),
        "at": Measure(Unit.DURATION, "The tick, since 1970."),
    }
    anchor = TRADE

    class Params(Params):
        window: Duration
        every: Duration = 0
        mark: str = ""

    def look_back(self):
        return self.p.window

    def measure(self, at):
        bought = at.span(TRADE, side=1, start=at.time - self.p.window + 1, until=at.time).quantity
        volume = bought + at.span(TRADE, side=2, start=at.time - self.p.window + 1, until=at.time).quantity
        return {"bought": share(bought, volume), "volume": volume, "at": at.time}


class EveryRow(Detector):
    """Measure nothing but that a quote is there: needs neither side nor quantity."""

    id, version, key, shard = "test.quotes", "1", PAIR, ("account",)
    needs = Needs(kinds=(Kind.QUOTE,), fields=("price",))
    measures: ClassVar = {"price": Measure(Unit.PRICE, "Price.")}

    @property
    def anchors(self):
        return RowClass((Kind.QUOTE,), self.key)

    def look_back(self):
        return 0

    def measure(self, at):
        return Candidates(at.row, {"price": at.column("price")})


def trades(seconds, **columns):
    given = {"account": 1, "instrument": 1, "side": 1, "quantity": 10, "asset_class": 1, "trading_day": 20_000}
    return make_batch([START + int(one * SECOND) for one in seconds], **given | columns)


def test_a_window_detector_finds_its_aggregates_under_their_names(engine_of, found):
    engine = engine_of(TakenShare, "params: {window: 10s}\nwhen: {trades: {at_least: 3}}")
    taker, maker = Aggressor.TAKER, Aggressor.MAKER
    flow = trades([0, 1, 2, 3], aggressor=[taker, maker, maker, maker], account=[1, 1, 2, 1], quantity=[1, 2, 3, 4])
    assert found(engine, flow) == [("account-1", 1, {"trades": 3, "taken": PPM // 3, "market": 700_000})]


def test_an_inherited_detector_has_the_aggregates_of_both(engine_of, found):
    engine = engine_of(TakenShareAndMore, "params: {window: 10s}\nwhen: {trades: {at_least: 9}, taken: {at_most: 0%}}")
    assert found(engine, trades([0, 1], quantity=[4, 9])) == [
        ("account-1", 1, {"trades": 9, "taken": 0, "market": PPM})
    ]
    assert "biggest" not in TakenShare._declared


def test_what_a_window_detector_reads_needs_and_keeps_follows_from_its_declarations():
    end = TakenShare(Windowed(window=10 * SECOND, within="session"))
    assert end.reads == {"account", "instrument", "aggressor", "quantity", "session"}
    assert (end.horizon(), end.look_back()) == (0, 10 * SECOND)
    start = TakenShare(Windowed(window=10 * SECOND, anchor="start"))
    assert (start.horizon(), start.look_back()) == (10 * SECOND, 0)
    assert end.anchors == RowClass((TRADE,), PAIR)


def test_a_window_detector_without_an_aggregate_of_its_key_says_so():
    class Nothing(TakenShare):
        key = ("trader",)

    with pytest.raises(TypeError, match=r"Nothing declares no aggregate with its key \('trader',\)"):
        _ = Nothing(Windowed(window=1)).anchors


@pytest.mark.parametrize(("column", "value"), [("aggressor", "nobody"), ("colour", "red"), ("kind", "trade")])
def test_rows_cannot_be_chosen_by_what_is_not_there(column, value):
    with pytest.raises(ValueError, match=f"{column}"):
        rows(TRADE, **{column: value})


def test_a_sequence_detector_asks_for_spans_around_its_anchors(engine_of, found):
    engine = engine_of(Pulled, "params: {within: 5s}\nwhen: {cancels: {at_least: 1}, opposite: {at_least: 1 shares}}")
    kind, side = [ORDER, ORDER, TRADE, CANCEL, TRADE, CANCEL], [1, 2, 2, 1, 2, 1]
    flow = trades([0, 1, 2, 3, 4, 5], kind=kind, side=side, quantity=[5, 5, 7, 5, 9, 5], price=[70, 71, 0, 0, 0, 0])
    for size in (1, None):
        assert found(engine, flow, size) == [("account-1", 1, {"cancels": 2, "opposite": 16, "price": 70})]
        engine = engine_of(
            Pulled, "params: {within: 5s}\nwhen: {cancels: {at_least: 1}, opposite: {at_least: 1 shares}}"
        )


def test_a_sequence_detector_reads_what_spans_need():
    detector = Pulled(Pulled.Params(within=1))
    assert detector.reads >= {"side", "quantity", "price", "account", "instrument"}
    assert detector.look_back() == 0


@pytest.mark.parametrize("size", [1, 3, None])
def test_a_scheduled_detector_is_asked_about_each_active_key_at_each_tick(size, engine_of, found):
    engine = engine_of(BoughtShare, "params: {window: 1m, every: 1m}\ngap: 1s\nwhen: {volume: {at_least: 1 shares}}")
    # the minute ends with its last instant: the trade at exactly 60 s belongs to the first
    flow = trades([1, 30, 60, 61, 200], side=[1, 2, 1, 2, 1], quantity=[10, 20, 10, 5, 1], account=[1, 1, 1, 2, 1])
    assert found(engine, flow, size) == [
        ("account-1", 1, {"bought": PPM, "volume": 1, "at": START + 4 * MINUTE}),
        ("account-1", 1, {"bought": 500_000, "volume": 40, "at": START + MINUTE}),
        ("account-2", 1, {"bought": 0, "volume": 5, "at": START + 2 * MINUTE}),
    ]


@pytest.mark.parametrize("size", [1, None])
def test_a_detector_that_is_asked_at_the_close_loses_no_finding_when_the_last_close_is_missing(size, engine_of, found):
    engine = engine_of(BoughtShare, "params: {window: 1h, mark: session_close}\nwhen: {volume: {at_least: 1 shares}}")
    kind = [TRADE, Kind.MARK, TRADE]
    flow = trades([1, 60, 61], kind=kind, mark=[0, Mark.SESSION_CLOSE, 0], account=[1, 0, 1])
    assert found(engine, flow, size) == [("account-1", 1, {"bought": PPM, "volume": 10, "at": START + MINUTE})]


def test_a_detector_that_needs_neither_side_nor_quantity_gets_a_tape_without_threads(engine_of, found):
    engine = engine_of(EveryRow, "params: {}\nwhen: {price: {at_least: 1 points}}")
    assert engine.plant.threads == {}
    flow = trades([1, 2], kind=Kind.QUOTE, price=[0, 300])
    assert found(engine, flow) == [("account-1", 1, {"price": 300})]


def asking(question):
    """Make a detector that asks a question of the tape."""

    class Asking(Pulled):
        id = "test.asking"

        def measure(self, at):
            return {"cancels": question(at), "opposite": at.time, "price": at.time}

    return Asking


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (lambda at: at.column("trader"), "reads the column 'trader' and does not declare it in `needs`"),
        (lambda at: at.span(Kind.QUOTE, side=1, start=at.time, until=at.time), "asks for spans of QUOTE and does not"),
        (lambda at: at.volume, "declares no aggregate called 'volume'"),
        (lambda at: at.span(TRADE, side=1, until=at.time), "give one of them"),
        (lambda at: at.span(TRADE, side=1, start=at.time, start_row=at.row, until=at.time), "give one of them"),
    ],
)
def test_what_a_detector_does_not_declare_it_does_not_get(question, answer, engine_of, found):
    engine = engine_of(asking(question), "params: {within: 1s}\nwhen: {cancels: {at_least: 1}}")
    assert found(engine, trades([1, 2], kind=ORDER)) == []
    assert answer in engine.faults["one"]


def test_anchors_that_are_kept_keep_their_columns_and_aggregates(engine_of, found):
    class Kept(TakenShare):
        id = "test.kept"

        def measure(self, at):
            at = at.keep(at.trades >= 2).keep(np.array([False, True]))
            return candidates(row=at.row, trades=at.trades, taken=at.column("quantity"), market=at.own)

    engine = engine_of(Kept, "params: {window: 10s}\nwhen: {trades: {at_least: 1}}")
    assert found(engine, trades([1, 2, 3], quantity=[1, 10, 100])) == [
        ("account-1", 1, {"trades": 3, "taken": 100, "market": 111})
    ]


def test_the_side_of_an_anchor_that_has_none_has_no_other(engine_of, found):
    engine = engine_of(
        asking(lambda at: at.other + 10 * at.side), "params: {within: 1s}\nwhen: {cancels: {at_least: 0}}"
    )
    assert [hits for _, _, hits in found(engine, trades([1], kind=ORDER, side=0))] == [
        {"cancels": 0, "opposite": START + SECOND, "price": START + SECOND}
    ]
