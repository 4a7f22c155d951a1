"""Alerts outlive the process that found them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import pytest

import trade_surveillance_pipeline as pipeline
from surveillance.compat import pipeline_keeping as keeping
from surveillance.compat.pipeline_keeping import Keeper, keep
from surveillance.compat.pipeline_log import JsonLines, correlation, log


def alert(name="a1", **more):
    return {"alert_id": name, "trades": ["A"], "detected_at": 1.0, **more}


def kept(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_alert_is_on_the_disk_when_the_call_returns_even_if_the_process_is_killed_then(tmp_path):
    path = tmp_path / "state" / "alerts.ndjson"
    code = (
        "import json, os, time, trade_surveillance_pipeline as p\n"
        "p._api_call = lambda d: json.dumps([{'trade_id': d, 'trader_id': 'T', 'asset_class': 'equity',"
        " 'notional': 4_000_000, 'timestamp': 1_700_000_000}])\n"
        "p.process_all_desks(['A'])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TRADE_SURVEILLANCE_ALERTS": str(path)}, check=False
    )
    (one,) = kept(path)
    assert (one["trader_id"], one["trades"], one["combined_notional"], one["revision"]) == ("T", ["A"], 4_000_000, 1)
    assert path.stat().st_mode & 0o077 == 0


def test_what_is_found_again_is_not_written_again(tmp_path):
    path = tmp_path / "alerts.ndjson"
    first = Keeper(path)
    assert first.keep([alert(), alert("a2")]) == 2
    assert first.keep([alert(detected_at=2.0), alert("a2")]) == 0
    assert Keeper(path).keep([alert(detected_at=3.0)]) == 0
    assert len(kept(path)) == 2


def test_an_alert_that_grows_is_a_new_revision(tmp_path):
    path = tmp_path / "alerts.ndjson"
    Keeper(path).keep([alert()])
    assert Keeper(path).keep([alert(trades=["A", "B"])]) == 1
    assert [(one["revision"], one["trades"]) for one in kept(path)] == [(1, ["A"]), (2, ["A", "B"])]


def test_half_a_line_of_a_process_that_died_costs_nothing_else(tmp_path, caplog):
    path = tmp_path / "alerts.ndjson"
    Keeper(path).keep([alert()])
    with path.open("ab") as file:
        file.write(b'{"alert_id": "a2", "tra')
    assert Keeper(path).keep([alert(), alert("a2")]) == 1
    lines = path.read_text().splitlines()
    assert [json.loads(line)["alert_id"] for line in (lines[0], lines[2])] == ["a1", "a2"]
    assert [record.event for record in caplog.records] == ["kept_line_unreadable"]


def test_what_is_remembered_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "_MOST", 3)
    keeper = Keeper(tmp_path / "alerts.ndjson")
    keeper.keep(alert(f"a{n}") for n in range(10))
    assert len(keeper._known) == 3
    assert keeper.keep([alert("a9")]) == 0
    assert Keeper(keeper.path).keep([alert("a9")]) == 0


def test_alerts_that_cannot_be_kept_are_still_returned_and_it_is_said(tmp_path, monkeypatch, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("TRADE_SURVEILLANCE_ALERTS", str(blocked / "alerts.ndjson"))
    trade = {"trade_id": 1, "trader_id": "T", "asset_class": "equity", "notional": 4_000_000, "timestamp": 0}
    monkeypatch.setattr(pipeline, "_api_call", lambda _: json.dumps([trade]))
    results = pipeline.process_all_desks(["A"])
    assert len(results[0]) == 1
    assert not results.complete
    assert "alerts are not kept" in results.faults[0]
    assert "alerts_not_kept" in [record.event for record in caplog.records]


def test_they_are_kept_in_the_users_state_unless_the_setting_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert keep([alert()], "") == ""
    assert len(kept(tmp_path / "trade-surveillance" / "pipeline-alerts.ndjson")) == 1
    monkeypatch.delenv("XDG_STATE_HOME")
    assert keeping.state_folder().parts[-2:] == (".local", "state")
    assert keep([alert()], "off") == ""


@pytest.fixture
def record(caplog):
    caplog.set_level(logging.INFO)
    with correlation("c1"):
        log(logging.INFO, "feed_fetched", desk_id=7, seconds=0.5)
    return caplog.records[0]


def test_a_record_can_be_written_as_one_json_object(record):
    line = json.loads(JsonLines().format(record))
    del line["time"]
    assert line == {
        "desk_id": 7, "seconds": 0.5, "level": "info", "logger": "trade_surveillance_pipeline",
        "event": "feed_fetched", "correlation_id": "c1",
    }  # fmt: skip


def test_a_record_can_be_read_in_a_plain_log(record):
    assert record.getMessage() == "feed_fetched desk_id=7 seconds=0.5"
