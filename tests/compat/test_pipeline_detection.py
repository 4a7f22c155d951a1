"""Detection over trades in memory: the same kind of answer as before, one an episode, and right."""

from __future__ import annotations

import copy
import math
import time
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.compat import pipeline as face
from surveillance.errors import InputError
from trade_surveillance_pipeline import detect_anomalies

START = 1_700_000_000
LIMITS = {"equity": 1_000_000, "fixed_income": 5_000_000, "derivative": 2_000_000}
OLD_FIELDS = ["trader_id", "trades", "combined_notional", "window_minutes"]


def trade(name, notional, minute=0.0, asset_class="equity", **more):
    return {
        "trade_id": name, "trader_id": "T1", "asset_class": asset_class, "notional": notional, "currency": "USD",
        "timestamp": START + 60 * minute, **more,
    }  # fmt: skip


def answer(found):
    return [(one["trades"], one["combined_notional"]) for one in found]


BOTH = [(["A", "B"], 4_000_000), (["B", "A"], 4_000_000)]
DIFFERENCES = {
    # what differs: trades, what the module before answered, what this one answers
    "a pair is one anomaly, not two": (
        [trade("A", 2_000_000), trade("B", 2_000_000, 5)], BOTH, [(["A", "B"], 4_000_000)],
    ),
    "the whole window counts, not two trades of it": (
        [trade("A", 1_200_000), trade("B", 1_200_000, 10), trade("C", 1_200_000, 20)], [],
        [(["A", "B", "C"], 3_600_000)],
    ),
    "an episode is one anomaly however many windows it has": (
        [trade(str(n), 1_600_000, 20 * n) for n in range(3)],
        [(["0", "1"], 3_200_000), (["1", "0"], 3_200_000), (["1", "2"], 3_200_000), (["2", "1"], 3_200_000)],
        [(["0", "1", "2"], 3_200_000)],
    ),
    "a single huge trade is found": ([trade("A", 50_000_000)], [], [(["A"], 50_000_000)]),
    "each trade is measured by the limit of its own class": (
        [trade("A", 100_000), trade("B", 4_000_000, 1, "fixed_income")], [(["A", "B"], 4_100_000)], [],
    ),
    "classes add up as parts of their limits": (
        [trade("A", 2_000_000), trade("B", 5_500_000, 1, "fixed_income")],
        [(["A", "B"], 7_500_000)], [(["A", "B"], 7_500_000)],
    ),
    "a class without a limit uses up nobody else's": (
        [trade("A", 100_000), trade("B", 5_000_000, 1, "crypto")], [(["A", "B"], 5_100_000)], [],
    ),
    "a class that nobody knows is no trade that can be judged": (
        [trade("A", 100_000), trade("B", 5_000_000, 1, "structured")], [(["A", "B"], 5_100_000)], [],
    ),
    "capitals do not make another class": (
        [trade("A", 2_000_000, 0, "Equity"), trade("B", 2_000_000, 1, "EQUITY")], [], [(["A", "B"], 4_000_000)],
    ),
    "yen are not dollars": (
        [trade("A", 200_000_000, currency="JPY"), trade("B", 200_000_000, 1, currency="JPY")],
        [(["A", "B"], 400_000_000), (["B", "A"], 400_000_000)], [],
    ),
    "pounds are more than dollars": (
        [trade("A", 1_250_000, currency="GBP"), trade("B", 1_250_000, 1, currency="GBP")], [],
        [(["A", "B"], 3_175_000)],
    ),
    "money in a currency without a rate is not known": (
        [trade("A", 2_000_000, currency="XAU"), trade("B", 2_000_000, 1, currency="XAU")], BOTH, [],
    ),
    "a trade without a field costs itself": (
        [trade("A", 2_000_000), trade("B", 2_000_000, 1), {"trade_id": "C"}], KeyError, [(["A", "B"], 4_000_000)],
    ),
    "a notional that is text is read": (
        [trade("A", "2000000"), trade("B", "2000000", 1)], TypeError, [(["A", "B"], 4_000_000.0)],
    ),
    "a notional below nothing is no notional": (
        [trade("A", 5_000_000), trade("B", -1_000_000, 1)], BOTH, [(["A"], 5_000_000)],
    ),
    "a notional of nothing is no trade": (
        [trade("A", 4_000_000), trade("B", 0, 1)], BOTH, [(["A"], 4_000_000)],
    ),
    "a notional that is no number hides nothing": (
        [trade("A", math.nan), trade("B", 4_000_000, 1)], [], [(["B"], 4_000_000)],
    ),
    "trades of nobody are not one trader's": (
        [trade("A", 2_000_000, trader_id=None), trade("B", 2_000_000, 1, trader_id=None)], BOTH, [],
    ),
    "a trader is one whether the id is a number or text": (
        [trade("A", 2_000_000, trader_id=7), trade("B", 2_000_000, 1, trader_id="7")], [], [(["A", "B"], 4_000_000)],
    ),
    "trades are told in the order of their times": (
        [trade("B", 2_000_000, 5), trade("A", 2_000_000)], BOTH[::-1], [(["A", "B"], 4_000_000)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DIFFERENCES)
def test_where_the_answer_differs_from_before(what):
    trades, _, now = DIFFERENCES[what]
    assert answer(detect_anomalies(trades)) == now


def test_exactly_the_limit_is_not_above_it_whatever_floats_make_of_it():
    # before: an anomaly, because 1_000_000 * 2.01 is 2_009_999.9999999998 as a float
    trades = [trade("A", 1_000_000), trade("B", 1_010_000, 1)]
    assert detect_anomalies(trades, threshold_multiplier=2.01) == []
    assert detect_anomalies([*trades, trade("C", 0.0001, 2)], threshold_multiplier=2.01) != []


def test_the_fields_of_before_come_first_and_are_of_the_same_kinds():
    (found,) = detect_anomalies([trade("A", 2_000_000), trade("B", 2_000_000, 5)], window_minutes=30)
    assert list(found)[:4] == OLD_FIELDS
    assert [found[name] for name in OLD_FIELDS] == ["T1", ["A", "B"], 4_000_000, 30]
    assert type(found["combined_notional"]) is int
    (found,) = detect_anomalies([trade(1, 2_000_000.0, trader_id=9), trade(2, 2_000_000, 5, trader_id=9)], 60, 2)
    assert [found[name] for name in OLD_FIELDS] == [9, [1, 2], 4_000_000.0, 60]
    assert type(found["combined_notional"]) is float


def test_what_is_said_besides():
    trades = [trade("A", 1_000_000), trade("B", 3_500_000, 20), trade("C", 100_000, 45)]
    (found,) = detect_anomalies(trades)
    assert found["times_limit"] == 4.5
    assert found["times_usual"] is None
    assert (found["level"], found["score"]) == ("low", 22.11)
    assert (found["start"], found["end"]) == (START, START + 2_700)
    assert (found["peak_start"], found["peak_end"], found["peak_trades"]) == (START, START + 1_200, ["A", "B"])
    assert found["combined_notional"] == 4_500_000
    assert found["detected_at"] == pytest.approx(time.time(), abs=60)
    assert len(found["alert_id"]) == 32


def test_a_trade_exactly_as_old_as_the_window_is_inside():
    assert detect_anomalies([trade("A", 2_000_000), trade("B", 2_000_000, 30)]) != []
    assert detect_anomalies([trade("A", 2_000_000), trade("B", 2_000_000, 30.0001)]) == []


def test_windows_of_no_length_hold_equal_times_and_those_below_hold_nothing():
    trades = [trade("A", 2_000_000), trade("B", 2_000_000), trade("C", 2_000_000, 1)]
    assert answer(detect_anomalies(trades, 0)) == [(["A", "B"], 4_000_000)]
    assert detect_anomalies(trades, -1) == []
    assert detect_anomalies(trades, math.nan) == []
    assert answer(detect_anomalies(trades, math.inf)) == [(["A", "B", "C"], 6_000_000)]


def test_multiples_may_be_anything():
    trades = [trade("A", 1)]
    assert answer(detect_anomalies(trades, threshold_multiplier=0)) == [(["A"], 1)]
    assert answer(detect_anomalies(trades, threshold_multiplier=-1)) == [(["A"], 1)]
    assert answer(detect_anomalies(trades, threshold_multiplier=Decimal("0.0000009"))) == [(["A"], 1)]
    assert detect_anomalies(trades, threshold_multiplier=math.inf) == []
    assert detect_anomalies(trades, threshold_multiplier=math.nan) == []


def test_what_was_given_is_not_changed():
    trades = [trade("A", 4_000_000, more={"legs": [1]}), {"trade_id": "rubbish"}, trade("B", "x")]
    before = copy.deepcopy(trades)
    detect_anomalies(trades)
    assert trades == before


def test_trades_may_come_from_anything_that_can_be_walked():
    trades = [trade("A", 2_000_000), trade("B", 2_000_000, 1)]
    assert answer(detect_anomalies(iter(trades))) == answer(detect_anomalies(tuple(trades))) != []
    assert detect_anomalies([]) == []


def test_a_trade_without_a_currency_is_in_dollars():
    one = trade("A", 4_000_000)
    del one["currency"]
    assert answer(detect_anomalies([one])) == [(["A"], 4_000_000)]


def test_what_could_not_be_judged_is_reported():
    trades = [
        trade("A", 4_000_000), trade("B", 1, trader_id=None), trade("C", 1, currency="XTS"), trade("D", "much"),
        {}, 7, trade("E", 10**13),
    ]  # fmt: skip
    report = detect_anomalies(trades).report
    assert report["trades"] == 7
    assert report["judged"] == 4
    assert report["rejected"] == {"bad-number": 1, "missing-value": 1, "not-a-trade": 1}
    assert (report["money_not_known"], report["without_trader"], report["capped"]) == (1, 1, 1)
    assert [reject["position"] for reject in report["rejects"]] == [3, 4, 5]
    assert report["faults"] == []


@pytest.mark.parametrize("time_", ["2026-11-21T10:00:00Z", 1_700_000_000_000, None])
def test_when_no_trade_can_be_used_that_is_an_error_and_not_an_empty_answer(time_):
    # before: TypeError for text; ms since 1970 passed for s, so that a window was 1.8 s
    with pytest.raises(InputError, match="trades, trade 0"):
        detect_anomalies([trade("A", 4_000_000, timestamp=time_)])


def test_one_absurd_number_costs_nobody_else_an_alert():
    absurd = [trade(str(n), 9e14, n, trader_id="X") for n in range(5)]
    found = detect_anomalies([*absurd, trade("A", 4_000_000)])
    assert {one["trader_id"] for one in found} == {"X", "T1"}
    assert found.report["faults"] == []


def test_limits_without_a_small_common_multiple_are_rounded_down(monkeypatch, caplog):
    limits = [("equity", 1_234_567.89), ("fixed_income", 5_432_109.51), ("derivative", 2_000_001.01)]
    monkeypatch.setattr("trade_surveillance_pipeline.ALERT_THRESHOLDS", limits)
    assert detect_anomalies([trade("A", 3_703_704)]) != []
    assert detect_anomalies([trade("A", 3_500_000)]) == []
    assert "limits_rounded_down" in [record.event for record in caplog.records]


def test_limits_of_classes_that_the_engine_does_not_know_are_told(monkeypatch, caplog):
    monkeypatch.setattr("trade_surveillance_pipeline.ALERT_THRESHOLDS", [("equity", 1_000_000), ("art", 5)])
    detect_anomalies([trade("A", 1)])
    (record,) = [record for record in caplog.records if record.event == "limits_of_unknown_classes"]
    assert record.fields["asset_classes"] == ["art"]


def test_the_rule_is_the_shipped_one():
    found = detect_anomalies([trade("A", 4_000_000)])
    from surveillance.bundle import rules_folder
    from surveillance.compat.pipeline_rules import RULE, bursts

    rule = bursts(30, 3.0, LIMITS.get, LIMITS).book.rules[0]
    (shipped,) = rules_folder().rglob(f"{RULE}.yaml")
    assert (rule.id, rule.detector) == (RULE, "notional.burst")
    assert f"\nversion: {rule.version}\n" in shipped.read_text(encoding="utf-8")
    assert found[0]["alert_id"] == detect_anomalies([trade("A", 4_000_000)])[0]["alert_id"]


MOMENTS = st.integers(0, 240).map(lambda minute: START + 15 * minute)
TRADES = st.lists(
    st.builds(
        lambda trader, moment, asset_class, notional: {
            "trader_id": trader, "timestamp": moment, "asset_class": asset_class, "notional": notional,
            "currency": "USD",
        },
        st.sampled_from(["T1", "T2"]), MOMENTS, st.sampled_from(sorted(LIMITS)), st.integers(1, 4_000_000),
    ),
    min_size=1, max_size=25,
).map(lambda trades: [{"trade_id": number, **one} for number, one in enumerate(trades)])  # fmt: skip


def windows(trades):
    """Yield each trade's window: the trader's trades up to 20 minutes before it, earlier peers included."""
    order = sorted(trades, key=lambda one: one["timestamp"])
    for place, last in enumerate(order):
        yield [
            one
            for one in order[: place + 1]
            if one["trader_id"] == last["trader_id"] and last["timestamp"] - one["timestamp"] <= 1_200
        ]


def times_limit(window):
    return sum(Decimal(one["notional"]) / LIMITS[one["asset_class"]] for one in window)


@settings(max_examples=60, deadline=None)
@given(TRADES)
def test_every_window_over_the_limit_lies_in_one_anomaly_and_nothing_else_does(trades):
    found = detect_anomalies(trades, window_minutes=20)
    covered = [set(one["trades"]) for one in found]
    over = [window for window in windows(trades) if times_limit(window) > 3]
    for window in over:
        assert sum({one["trade_id"] for one in window} <= names for names in covered) == 1
    assert set().union(*covered) == {one["trade_id"] for window in over for one in window}


@settings(max_examples=60, deadline=None)
@given(TRADES)
def test_the_sum_is_that_of_the_greatest_window(trades):
    by_id = {one["trade_id"]: one for one in trades}
    for one in detect_anomalies(trades, window_minutes=20):
        mine = [window for window in windows(trades) if {each["trade_id"] for each in window} <= set(one["trades"])]
        greatest = max(mine, key=times_limit)
        assert one["times_limit"] == pytest.approx(float(times_limit(greatest)), abs=1e-4)
        assert one["combined_notional"] == sum(by_id[name]["notional"] for name in one["peak_trades"])


@settings(max_examples=60, deadline=None)
@given(TRADES)
def test_every_pair_of_one_class_that_the_module_before_found_is_in_an_anomaly(trades):
    covered = [set(one["trades"]) for one in detect_anomalies(trades, window_minutes=20)]
    for one, other in permutations(trades, 2):
        near = abs(one["timestamp"] - other["timestamp"]) <= 1_200 and one["trader_id"] == other["trader_id"]
        same = one["asset_class"] == other["asset_class"]
        if near and same and one["notional"] + other["notional"] > LIMITS[one["asset_class"]] * 3.0:
            assert any({one["trade_id"], other["trade_id"]} <= names for names in covered)


@settings(max_examples=30, deadline=None)
@given(TRADES, st.randoms(use_true_random=False))
def test_the_order_of_the_trades_changes_nothing_but_who_is_first_at_one_time(trades, random):
    shuffled = random.sample(trades, len(trades))

    def told(found):
        return sorted((one["trader_id"], sorted(one["trades"]), one["start"], one["end"]) for one in found)

    times = {one["timestamp"] for one in trades}
    if len(times) == len(trades):
        assert told(detect_anomalies(shuffled, 20)) == told(detect_anomalies(trades, 20))


def test_many_trades_are_judged_in_parts(monkeypatch):
    trades = [trade(n, 10_000 + n, n / 100) for n in range(3_000)]
    whole = answer(detect_anomalies(trades))
    monkeypatch.setattr(face, "CHUNK", 700)
    monkeypatch.setattr("surveillance.compat.pipeline_findings.STEP", 450)
    assert answer(detect_anomalies(trades)) == whole != []
