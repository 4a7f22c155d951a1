"""The day that `make demo` shows: its rules meet in one alert, and the labels are held against it."""

import json
import re
from pathlib import Path

import pytest

from surveillance.cli.main import run

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Do what the Makefile does, with its numbers."""
    day = tmp_path_factory.mktemp("demo") / "day"
    [(events, seed)] = re.findall(r"simulate \$\(DEMO\)/day --events (\d+) --seed (\d+)", MAKEFILE)
    assert run(["simulate", str(day), "--events", events, "--seed", seed, "--quiet"]) == 0
    out = day.parent / "findings"
    given = ["--reference", str(day / "reference"), "--rates", str(day / "reference" / "rates.csv"), "--quiet"]
    assert run(["detect", str(day / "events.parquet"), "--feed", "canonical", *given, "--out", str(out)]) in (0, 4)
    return day, out


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_rule_by_trader_and_a_rule_by_account_meet_in_one_alert(demo):
    _, out = demo
    keys = {one["finding_id"]: one["key"] for one in lines(out / "findings.ndjson")}
    mixed = []
    for alert in lines(out / "alerts.ndjson"):
        mine = [keys[name] for name in alert["findings"]]
        by_trader = any("trader" in key and "account" not in key for key in mine)
        if by_trader and any("account" in key for key in mine):
            mixed.append(alert)
    assert mixed
    for alert in mixed:
        counting = [one for one in alert["contributions"] if one["counted"]]
        assert alert["score"] > max(one["weight"] for one in counting) * 100


def test_most_of_what_was_labelled_is_found(demo, capsys):
    day, out = demo
    assert run(["evaluate", str(out), "--truth", str(day / "truth.csv"), "--json"]) == 0
    recall = json.loads(capsys.readouterr().out)["alerts"]["recall"]
    assert recall["hits"] * 2 > recall["of"]
