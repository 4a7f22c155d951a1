"""All desks at once: one flow over all of them, one list for each, and a desk that fails costs its own trades only."""

from __future__ import annotations

import json
import math
import tempfile
import threading
import time

import numpy as np
import pytest

import trade_surveillance_pipeline as pipeline
from surveillance.compat import pipeline_desks
from surveillance.compat.pipeline_feeds import FeedError
from surveillance.compat.pipeline_log import correlation
from surveillance.errors import InputError

START = 1_700_000_000


def trade(name, notional, minute=0.0, **more):
    return {
        "trade_id": name, "trader_id": "T1", "asset_class": "equity", "notional": notional, "currency": "USD",
        "timestamp": START + 60 * minute, **more,
    }  # fmt: skip


@pytest.fixture
def desks(monkeypatch):
    """Feeds by desk: text as it is, an exception raised, a callable called, anything else as JSON."""
    known = {}

    def call(desk_id):
        feed = known[desk_id]
        if isinstance(feed, Exception):
            raise feed
        if callable(feed):
            return feed()
        return feed if isinstance(feed, (str, bytes)) or feed is None else json.dumps(feed)

    monkeypatch.setattr(pipeline, "_api_call", call)
    monkeypatch.setenv("TRADE_SURVEILLANCE_BACKOFF_S", "0.01")
    return known


def answer(results):
    return [[(one["trades"], one["combined_notional"]) for one in found] for found in results]


def statuses(results):
    return {desk["desk_id"]: desk["status"] for desk in results.report}


def test_results_are_in_the_order_in_which_desks_are_named(desks):
    for desk_id in range(6):
        desks[desk_id] = lambda n=desk_id: time.sleep(0.05 * (6 - n)) or json.dumps([trade(n, 4_000_000, trader_id=n)])
    assert answer(pipeline.process_all_desks(range(6))) == [[([n], 4_000_000)] for n in range(6)]
    assert answer(pipeline.process_all_desks([5, 0, 3])) == [[([n], 4_000_000)] for n in (5, 0, 3)]


def test_a_burst_that_is_split_over_desks_is_found_at_the_desk_of_its_last_trade(desks):
    for place, desk_id in enumerate("DBFACE"):
        desks[desk_id] = [trade(f"{desk_id}1", 600_000, 4 * place)]
    results = pipeline.process_all_desks(list("ABCDEF"))
    assert answer(results) == [[], [], [], [], [(["D1", "B1", "F1", "A1", "C1", "E1"], 3_600_000)], []]
    assert results[4][0]["desks"] == list("ABCDEF")
    assert results.complete


def test_one_desk_answers_as_detection_over_its_trades_does(desks):
    trades = [trade(str(n), 700_000 + n, n, trader_id=f"T{n % 2}") for n in range(60)]
    desks["A"] = trades
    (found,) = pipeline.process_all_desks(["A"])
    alone = pipeline.detect_anomalies(trades)
    without = {"alert_id", "detected_at", "desks"}
    assert [{key: value for key, value in one.items() if key not in without} for one in found] == [
        {key: value for key, value in one.items() if key not in without} for one in alone
    ]
    assert answer([pipeline.analyze_desk("A")]) == answer([found])


def test_ids_come_back_as_the_feed_has_them(desks):
    desks["A"] = [
        trade(17, 2_000_000, trader_id=7), trade("x-é", 1_500_000, 1, trader_id=7),
        trade('"q"', 1_000_000.5, 2, trader_id=7), trade("18", 10, 3, trader_id=7), trade(None, 10, 4, trader_id=7),
    ]  # fmt: skip
    ((one,),) = pipeline.process_all_desks(["A"])
    assert one["trader_id"] == 7
    assert one["trades"] == [17, "x-é", '"q"', "18", None]
    assert one["combined_notional"] == 4_500_020.5


def test_failing_hanging_and_rubbish_desks_cost_nobody_else(desks, monkeypatch, caplog):
    monkeypatch.setenv("TRADE_SURVEILLANCE_DEADLINE_S", "0.5")
    release = threading.Event()
    desks.update(
        good=[trade("G", 4_000_000)], dead=ConnectionError("refused"), refusing=PermissionError("no"),
        hanging=lambda: release.wait(30) and "[]", rubbish="<html>", thing='{"trades": []}', number=lambda: 7,
        cut=json.dumps([trade("C", 4_000_000, trader_id="T2")])[:-9], bytes=b"\xff\xfe[",
        partly=[trade("P", 4_000_000, trader_id="T3"), trade("Q", -1), 5],
    )  # fmt: skip
    results = pipeline.process_all_desks(list(desks))
    release.set()
    assert answer(results) == [[(["G"], 4_000_000)], *[[]] * 8, [(["P"], 4_000_000)]]
    told = statuses(results)
    assert told.pop("good") == "ok"
    assert told.pop("partly") == "partly"
    assert set(told.values()) == {"failed"}
    assert not results.complete
    by_desk = {desk["desk_id"]: desk for desk in results.report}
    assert by_desk["dead"]["reason"] == "ConnectionError: refused, after 3 attempts"
    assert isinstance(by_desk["dead"]["error"], FeedError)
    assert by_desk["hanging"]["reason"] == "did not answer within 0.5 s"
    assert by_desk["partly"]["rejected"] == {"bad-json": 1, "negative": 1}
    assert "an array of objects is due" in by_desk["rubbish"]["reason"]
    logged = {record.fields.get("desk_id") for record in caplog.records if record.levelname == "ERROR"}
    assert logged >= {"dead", "refusing", "hanging", "rubbish", "thing", "number", "cut", "bytes"}


def test_a_feed_that_is_cut_off_is_judged_as_far_as_it_goes(desks):
    trades = [trade(n, 4_000_000, n * 40) for n in range(1_500)]
    desks["A"] = json.dumps(trades)[:-500]
    results = pipeline.process_all_desks(["A"])
    assert statuses(results) == {"A": "partly"}
    assert 1_490 < len(results[0]) < 1_500


@pytest.mark.parametrize("feed", ["", " ", "[]", b"[ ]\n", None])
def test_a_feed_without_trades_is_no_failure(desks, feed):
    desks["A"] = feed
    results = pipeline.process_all_desks(["A"])
    assert (list(results), results.complete) == ([[]], True)
    assert pipeline.analyze_desk("A") == []


def test_numbers_that_are_none_cost_their_trade(desks):
    desks["A"] = [trade("A", math.nan), trade("B", math.inf, 1), trade("C", 4_000_000, 2)]
    results = pipeline.process_all_desks(["A"])
    assert answer(results) == [[(["C"], 4_000_000)]]
    assert results.report[0]["judged"] == 1


def test_one_desk_alone_raises_what_went_wrong(desks):
    desks.update(dead=PermissionError("no"), rubbish="rubbish")
    with pytest.raises(FeedError, match="PermissionError: no"):
        pipeline.analyze_desk("dead")
    with pytest.raises(InputError, match="an array of objects is due"):
        pipeline.analyze_desk("rubbish")


def test_no_desks_are_no_results(desks):
    assert pipeline.process_all_desks([]) == []


def test_a_desk_that_is_named_twice_is_fetched_once(desks):
    calls = []
    desks["A"] = lambda: calls.append(1) or json.dumps([trade("A", 2_000_000)])
    desks["B"] = [trade("B", 1_500_000, 1)]
    results = pipeline.process_all_desks(["A", "B", "B"])
    assert answer(results) == [[], [(["A", "B"], 3_500_000)], [(["A", "B"], 3_500_000)]]
    assert len(calls) == 1


def test_desks_are_fetched_side_by_side_by_no_more_than_the_workers(desks, monkeypatch):
    monkeypatch.setenv("TRADE_SURVEILLANCE_WORKERS", "3")
    running, most, lock = [0], [0], threading.Lock()

    def slow():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return "[]"

    desks.update(dict.fromkeys(range(12), slow))
    pipeline.process_all_desks(range(12))
    assert most[0] == 3


def test_the_interface_is_looked_up_when_it_is_called(monkeypatch):
    def first(_desk_id):
        monkeypatch.setattr(pipeline, "_api_call", lambda _desk_id: "[]")
        raise ConnectionError

    monkeypatch.setenv("TRADE_SURVEILLANCE_BACKOFF_S", "0.01")
    monkeypatch.setattr(pipeline, "_api_call", first)
    assert pipeline.fetch_trade_feed(1) == "[]"


def test_what_is_found_does_not_depend_on_how_desks_are_named_or_held(desks, monkeypatch):
    rng = np.random.default_rng(3)
    for desk_id in range(5):
        desks[desk_id] = [
            trade(f"{desk_id}-{n}", int(rng.integers(1, 1_500_000)), int(rng.integers(0, 400)), trader_id=f"T{n % 4}")
            for n in range(300)
        ]

    def told(results):
        return sorted(
            (one["alert_id"], one["trades"], one["combined_notional"], one["level"]) for desk in results for one in desk
        )

    usual = told(pipeline.process_all_desks(range(5)))
    assert told(pipeline.process_all_desks([3, 1, 4, 0, 2])) == usual != []
    monkeypatch.setattr(pipeline_desks, "_ROWS_HELD", 1)
    monkeypatch.setattr("surveillance.compat.pipeline_findings.STEP", 64)
    assert told(pipeline.process_all_desks(range(5))) == usual
    monkeypatch.setattr("surveillance.compat.pipeline_reading.CHUNK", 50)
    assert told(pipeline.process_all_desks(range(5))) == usual


def test_nothing_is_left_on_the_disk(desks, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    desks.update(A=[trade("A", 4_000_000)], B="rubbish")
    pipeline.process_all_desks(["A", "B"])
    assert list(tmp_path.iterdir()) == []


def test_every_event_of_a_call_has_the_id_of_the_call(desks, caplog):
    caplog.set_level("INFO")
    desks.update(A=[trade("A", 4_000_000)], B=[trade("B", 1)])
    with correlation("request-17"):
        results = pipeline.process_all_desks(["A", "B"])
    assert {record.correlation_id for record in caplog.records} == {"request-17"}
    assert {desk["correlation_id"] for desk in results.report} == {"request-17"}
    caplog.clear()
    pipeline.process_all_desks(["A"])
    pipeline.process_all_desks(["A"])
    assert len({record.correlation_id for record in caplog.records}) == 2


def test_without_any_limit_nothing_is_passed_off_as_clean(desks, monkeypatch):
    desks["A"] = [trade("A", 4_000_000)]
    monkeypatch.setattr(pipeline, "ALERT_THRESHOLDS", [])
    with pytest.raises(ValueError, match="no asset class has a limit"):
        pipeline.process_all_desks(["A"])
