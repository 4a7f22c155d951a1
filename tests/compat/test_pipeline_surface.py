"""The public surface of the module that other services import is the one it had before."""

from __future__ import annotations

import copy
import inspect
import json
import logging
import subprocess
import sys
import time

import pytest

import trade_surveillance_pipeline as pipeline

SIGNATURES = {
    "TradeProcessor": "()",
    "TradeProcessor.process": "(self, trades)",
    "TradeProcessor.validate": "(self, trade)",
    "EquityProcessor": "()",
    "EquityProcessor.process": "(self, trades)",
    "EquityProcessor.validate": "(self, trade)",
    "SurveillanceProcessor": "()",
    "SurveillanceProcessor.process": "(self, trades)",
    "SurveillanceProcessor.validate": "(self, trade)",
    "get_threshold": "(asset_class)",
    "create_alert": "(trade, flags, metadata={})",
    "load_trades": "(desk_feeds)",
    "fetch_trade_feed": "(desk_id, max_retries=3)",
    "transform_trade": "(trade, normalize_notional, convert_currency, add_timestamps)",
    "process_all_desks": "(desk_ids)",
    "detect_anomalies": "(trades, window_minutes=30, threshold_multiplier=3.0)",
    "_api_call": "(desk_id)",
    "get_fx_rate": "(currency)",
    "analyze_desk": "(desk_id)",
}
"""Of the module before, as `inspect.signature` tells them."""


def before(text):
    """Return the signature that the text stands for."""
    scope = {}
    exec(f"def function{text}: pass", scope)
    return inspect.signature(scope["function"])


def named(path):
    found = pipeline
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", SIGNATURES)
def test_every_signature_is_the_one_it_was(path):
    signature = inspect.signature(named(path))
    assert signature == before(SIGNATURES[path])
    assert str(signature) == SIGNATURES[path]


def test_the_constant_is_the_one_it_was():
    assert pipeline.ALERT_THRESHOLDS == [("equity", 1000000), ("fixed_income", 5000000), ("derivative", 2000000)]


def test_nothing_public_was_added():
    public = {name for name, one in vars(pipeline).items() if not name.startswith("_") and not inspect.ismodule(one)}
    assert public == {path for path in SIGNATURES if "." not in path and path != "_api_call"} | {"ALERT_THRESHOLDS"}
    assert public == set(pipeline.__all__)


ISINSTANCE_BEFORE = {
    ("SurveillanceProcessor", "TradeProcessor"): True,
    ("SurveillanceProcessor", "EquityProcessor"): True,
    ("SurveillanceProcessor", "SurveillanceProcessor"): True,
    ("EquityProcessor", "TradeProcessor"): True,
    ("EquityProcessor", "EquityProcessor"): True,
    ("EquityProcessor", "SurveillanceProcessor"): False,
    ("TradeProcessor", "TradeProcessor"): True,
    ("TradeProcessor", "EquityProcessor"): False,
    ("TradeProcessor", "SurveillanceProcessor"): False,
}
ISINSTANCE_NOW = {**ISINSTANCE_BEFORE, ("SurveillanceProcessor", "EquityProcessor"): False}


@pytest.mark.parametrize(("made", "of"), ISINSTANCE_NOW)
def test_what_is_an_instance_of_what(made, of):
    assert isinstance(named(made)(), named(of)) is ISINSTANCE_NOW[made, of]


def test_the_base_processor_says_that_subclasses_do_the_work():
    for method in ("process", "validate"):
        with pytest.raises(NotImplementedError):
            getattr(pipeline.TradeProcessor(), method)([])


TRADES = [
    {"trade_id": "A", "asset_class": "equity", "surveillance_required": False},
    {"trade_id": "B", "asset_class": "fixed_income", "surveillance_required": True},
    {"trade_id": "C", "asset_class": "equity"},
]


def test_processors_review_the_trades_that_are_theirs():
    reviewed = {"status": "reviewed", "flags": []}
    assert pipeline.EquityProcessor().process(TRADES) == [{"trade_id": "A", **reviewed}, {"trade_id": "C", **reviewed}]
    assert pipeline.SurveillanceProcessor().process(TRADES) == [{"trade_id": "B", **reviewed}]
    assert pipeline.SurveillanceProcessor().validate({}) is False


def test_a_subclass_may_review_in_its_own_way():
    class Own(pipeline.SurveillanceProcessor):
        def _analyze(self, trade):
            return trade["trade_id"]

    assert Own().process(TRADES) == ["B"]


def test_only_its_processor_reads_whether_surveillance_is_required():
    trade = {"trade_id": 1, "trader_id": "T", "asset_class": "equity", "notional": 4_000_000, "timestamp": 0}
    for said in ({}, {"surveillance_required": False}, {"surveillance_required": True}):
        assert len(pipeline.detect_anomalies([{**trade, **said}])) == 1


def test_thresholds_are_looked_up_when_they_are_needed(monkeypatch):
    assert pipeline.get_threshold("equity") == 1_000_000
    assert pipeline.get_threshold("crypto") is None
    trade = {"trade_id": 1, "trader_id": "T", "asset_class": "crypto", "notional": 4_000_000, "timestamp": 0}
    assert pipeline.detect_anomalies([trade]) == []
    monkeypatch.setattr(pipeline, "ALERT_THRESHOLDS", [("crypto", 10_000)])
    assert pipeline.get_threshold("equity") is None
    assert pipeline.detect_anomalies([trade])[0]["times_limit"] == 400
    monkeypatch.setattr(pipeline, "get_threshold", lambda _: None)
    assert pipeline.detect_anomalies([trade]) == []


def test_an_alert_shares_nothing_with_what_it_was_made_from():
    trade, flags, metadata = {"trade_id": "A", "legs": [{"side": "buy"}]}, ["late"], {"from": ["desk"]}
    given = copy.deepcopy((trade, flags, metadata))
    alert = pipeline.create_alert(trade, flags, metadata)
    assert alert["trade_id"] == "A"
    assert alert["flags"] == ["late"]
    assert alert["metadata"]["from"] == ["desk"]
    assert alert["metadata"]["processed_at"] == pytest.approx(time.time(), abs=60)
    alert["legs"][0]["side"] = "sell"
    alert["flags"].append("x")
    alert["metadata"]["from"].append("y")
    assert (trade, flags, metadata) == given


def test_alerts_without_metadata_do_not_share_it():
    one, other = pipeline.create_alert({}, []), pipeline.create_alert({}, [])
    one["metadata"]["seen"] = True
    assert "seen" not in other["metadata"]
    default = inspect.signature(pipeline.create_alert).parameters["metadata"].default
    with pytest.raises(TypeError):
        default["x"] = 1
    with pytest.raises(TypeError):
        default.update(x=1)
    assert default == {}


def test_feeds_are_loaded_one_behind_the_other():
    assert pipeline.load_trades(['[{"a": 1}]', b'[{"a": 2}, {"a": 3}]', "[]"]) == [{"a": 1}, {"a": 2}, {"a": 3}]


@pytest.mark.parametrize(("feed", "why"), [("rubbish", "feed 1 is not JSON"), ('{"a": 1}', "feed 1 is not an array")])
def test_a_feed_that_cannot_be_loaded_is_named(feed, why):
    with pytest.raises(ValueError, match=why):
        pipeline.load_trades(["[]", feed])


def test_a_trade_is_transformed_in_a_copy():
    trade = {"notional": "100.5", "currency": "EUR", "more": [1]}
    given = copy.deepcopy(trade)
    changed = pipeline.transform_trade(trade, True, True, True)
    assert changed["notional"] == 100.5
    assert changed["notional_usd"] == pytest.approx(108.54)
    assert changed["processed_at"] == pytest.approx(time.time(), abs=60)
    changed["more"].append(2)
    assert trade == given
    assert pipeline.transform_trade(trade, False, False, False) == given
    assert pipeline.transform_trade({}, True, True, False) == {"notional": 0.0, "notional_usd": 0.0}


def test_a_currency_without_a_rate_gives_null_money_and_is_counted(caplog):
    from surveillance.compat.pipeline_unknown import counted

    caplog.set_level(logging.WARNING)
    before_that = counted().get("XTS", 0)
    assert pipeline.get_fx_rate("XTS") is None
    for _ in range(2):
        assert pipeline.transform_trade({"notional": 5, "currency": "XTS"}, False, True, False)["notional_usd"] is None
    assert counted()["XTS"] == before_that + 2
    if not before_that:
        assert [record.event for record in caplog.records] == ["currency_without_rate"]


def test_the_four_rates_are_there_and_can_be_replaced(monkeypatch):
    rates = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "JPY": 0.0067}
    assert {currency: pipeline.get_fx_rate(currency) for currency in rates} == rates
    trade = {"trade_id": 1, "trader_id": "T", "asset_class": "equity", "notional": 4_000_000, "timestamp": 0}
    trade["currency"] = "CHF"
    assert pipeline.detect_anomalies([trade]) == []
    monkeypatch.setattr(pipeline, "_STATIC_FX_RATES", {"CHF": 1.25})
    assert pipeline.get_fx_rate("USD") is None
    assert pipeline.detect_anomalies([trade])[0]["combined_notional"] == 5_000_000


def test_the_stand_in_for_the_desks_answers_as_before():
    (trade,) = json.loads(pipeline._api_call(7))
    assert trade.pop("timestamp") == pytest.approx(time.time(), abs=60)
    assert trade == {
        "trade_id": "T7001", "asset_class": "equity", "notional": 1500000, "currency": "USD", "trader_id": "TR001",
        "surveillance_required": True,
    }  # fmt: skip


def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys, trade_surveillance_pipeline; print(sorted({'numpy', 'numba', 'surveillance'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
