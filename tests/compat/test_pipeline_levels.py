"""An episode is as grave as it is unusual for its trader, not as it is large."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.compat import pipeline_levels
from surveillance.compat.pipeline_levels import Flow, level
from surveillance.compat.pipeline_rules import bursts
from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL
from trade_surveillance_pipeline import detect_anomalies

START = 1_700_006_400
LIMITS = {"equity": 1_000_000}


def flow(trader, notional, every, hours=8.0, since=0.0):
    count = int(hours * 60 / every)
    return [
        {
            "trade_id": f"{trader}{n}", "trader_id": trader, "asset_class": "equity", "notional": notional,
            "currency": "USD", "timestamp": START + 60 * (since + every * n),
        }
        for n in range(count)
    ]  # fmt: skip


def burst(trader, notional, minute, trades=5):
    return [
        {
            "trade_id": f"burst{n}", "trader_id": trader, "asset_class": "equity", "notional": notional,
            "currency": "USD", "timestamp": START + 60 * (minute + n),
        }
        for n in range(trades)
    ]  # fmt: skip


def test_a_market_maker_over_the_limit_all_day_is_low():
    (found,) = detect_anomalies(flow("MM", 1_000_000, 3))
    assert (found["level"], found["times_limit"]) == ("low", 11)
    assert found["times_usual"] < 2


def test_the_same_notional_is_high_for_a_trader_who_never_trades_so_much():
    small, large = flow("small", 10_000, 3), flow("MM", 1_000_000, 3)
    found = {one["trader_id"]: one for one in detect_anomalies(small + large + burst("small", 2_000_000, 240))}
    assert found["small"]["level"] == "high"
    assert found["small"]["times_usual"] > 20
    assert found["small"]["times_limit"] < found["MM"]["times_limit"]
    assert found["small"]["score"] > found["MM"]["score"]


def test_a_single_huge_trade_is_high_where_trades_are_small():
    (found,) = detect_anomalies([*flow("T", 10_000, 3), *burst("T", 50_000_000, 200, trades=1)])
    assert "burst0" in found["trades"]
    assert found["level"] == "high"


def test_blocks_are_usual_for_a_desk_that_trades_in_blocks():
    blocks = [one for n in range(7) for one in burst("B", 5_000_000, 20 + 65 * n, trades=1)]
    found = detect_anomalies(flow("B", 10_000, 5) + blocks)
    assert len(found) == 7
    assert {one["level"] for one in found} == {"low"}


def test_a_burst_inside_the_day_of_a_market_maker_raises_that_day():
    (found,) = detect_anomalies(flow("MM", 1_000_000, 3) + burst("MM", 30_000_000, 240))
    assert found["level"] in ("medium", "high")
    assert found["peak_start"] >= START + 60 * 209


def test_of_a_trader_of_whom_nothing_is_known_only_the_limit_speaks():
    (little,) = detect_anomalies(burst("new", 1_000_000, 0))
    (much,) = detect_anomalies(burst("new", 10_000_000, 0))
    assert (little["times_usual"], little["level"]) == (None, "low")
    assert (much["times_usual"], much["level"]) == (None, "medium")


def test_nights_are_no_evidence_of_a_quiet_trader():
    days = [one for day in range(3) for one in flow("MM", 1_000_000, 3, since=1440 * day)]
    assert {one["level"] for one in detect_anomalies(days)} == {"low"}


@pytest.mark.parametrize(
    ("times_limit", "times_usual", "name", "score"),
    [
        (3, 1, "low", 20), (30, 1, "low", 32), (3_000, 3.49, "low", 32),
        (3, 3.5, "medium", 46), (3, 5.99, "medium", 48.1), (3, 6, "high", 72),
        (3, 60, "high", 83), (3, 600, "high", 83),
        (29.9, None, "low", 31.98), (30, None, "medium", 46), (3_000, None, "medium", 55),
    ],
)  # fmt: skip
def test_levels_and_scores_at_their_bounds(times_limit, times_usual, name, score):
    scoring = bursts(30, 3.0, LIMITS.get, LIMITS).book.scoring
    found = level(scoring, times_limit, 3.0, times_usual)
    assert (found.name, found.score) == (name, pytest.approx(score, abs=0.01))


def test_more_is_never_less_grave():
    scoring = bursts(30, 3.0, LIMITS.get, LIMITS).book.scoring
    scores = [level(scoring, 9.0, 3.0, usual).score for usual in np.geomspace(0.1, 1_000, 200)]
    assert scores == sorted(scores)


def test_a_multiple_that_is_not_above_nothing_has_a_level():
    scoring = bursts(30, 3.0, LIMITS.get, LIMITS).book.scoring
    assert level(scoring, 3.0, 0.0, None).name == "medium"


def batch(trader, time, money):
    columns = {"trader": np.array(trader, np.int32), "time": np.array(time), "base_notional": np.array(money)}
    return EventBatch({**columns, "kind": np.full(len(trader), 6, np.int8)})


def test_how_flow_is_handed_over_changes_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    count = 5_000
    trader, time = rng.integers(0, 5, count), rng.integers(0, 10**6, count)
    money = np.where(rng.random(count) < 0.1, NULL, rng.integers(1, 10**12, count))
    window = 30_000
    monkeypatch.setattr(pipeline_levels, "_SHORTEST", 1)
    whole = Flow(window)
    whole.add(batch(trader, time, money))
    monkeypatch.setattr(pipeline_levels, "_MOST_PENDING", 10)
    parts = Flow(window)
    for start in range(0, count, 37):
        end = start + 37
        parts.add(batch(trader[start:end], time[start:end], money[start:end]))
    asked = [(code, when, 10**13) for code in range(1, 5) for when in range(0, 10**6, 70_000)]
    answers = [whole.times_usual(*one) for one in asked]
    assert answers == pytest.approx([parts.times_usual(*one) for one in asked])
    assert whole.times_usual(9, 0, 1) is None
    assert None not in answers


def test_the_window_itself_and_its_neighbours_are_no_evidence():
    window = 1_800 * 10**9
    asked = Flow(window)
    at = np.arange(10) * window + 5
    asked.add(batch([1] * 10, at, [100] * 4 + [10**9] * 4 + [100] * 2))
    assert asked.times_usual(1, 6 * window + 5, 300) == pytest.approx(300 / 300)
