"""Alerts as a run leaves them: their shape, their subject, what they say, and the evidence beside them."""

import hashlib
import json
from decimal import Decimal

import pytest
from alert_helpers import three_rules, validator

from surveillance.alerts.capsule import opened
from surveillance.engine.run import detect

START = 1_773_662_400 * 1_000_000_000  # 2026-03-16 12:00:00 UTC
SECOND = 1_000_000_000

REFERENCE = {
    "accounts.csv": "account_id,beneficial_owner,trader,desk\nA1,B1,T1,D1\nA2,B1,T1,D1\nA3,B3,T3,D1\n",
    "instruments.csv": "instrument,asset_class,band,instrument_group\nIBM,equity,liquid,IBM\nIBM3,equity,liquid,IBM\n",
}


def churn(account="A1", start=0, trades=8, instrument="IBM", quantity="2000", trader="T1", price="100"):
    return [
        {
            "time": START + (start + 60 * place) * SECOND,
            "kind": "trade",
            "side": ("buy", "sell")[place % 2],
            "price": price,
            "quantity": quantity,
            "currency": "USD",
            "instrument": instrument,
            "asset_class": "equity",
            "account": account,
            "trader": trader,
            "trade": f"{account}-{instrument}-{start}-{place}",
        }
        for place in range(trades)
    ]


@pytest.fixture
def run(tmp_path):
    """Run the shipped rules over events; give run.json, alerts and capsules."""
    folder = tmp_path / "reference"
    folder.mkdir()
    for name, text in REFERENCE.items():
        (folder / name).write_text(text)

    def ran(events, name="day.ndjson", reference=folder):
        source = tmp_path / name
        source.write_text("".join(json.dumps(one) + "\n" for one in sorted(events, key=lambda one: one["time"])))
        rules = three_rules(tmp_path)
        result = detect([source], feed="canonical", rules=rules, reference=reference, out=tmp_path / "out")
        alerts = read(tmp_path / "out" / "alerts.ndjson")
        capsules = {one["alert_id"]: one for one in read(tmp_path / "out" / "capsules.ndjson")}
        return result.run, alerts, capsules

    return ran


def read(path):
    return [json.loads(line, parse_float=Decimal) for line in path.read_text().splitlines()]


def test_an_alert_has_exactly_the_fields_of_its_schema(run):
    record, alerts, _ = run(churn())
    assert alerts
    for one in alerts:
        validator().validate(json.loads(json.dumps(one, default=float)))
    validator("run.schema.json").validate(json.loads(json.dumps(record, default=float)))
    assert record["alerts"] == {"total": 1, "by_level": {"low": 0, "medium": 0, "high": 1, "critical": 0}}


def test_a_rule_by_trader_and_a_rule_by_account_are_one_alert_of_their_owner_and_weigh_more_together(run):
    _, [alert], _ = run(churn(quantity="6000"))
    assert alert["rules"] == ["notional-burst", "wash-churn"]
    assert alert["subject"] == {"kind": "beneficial_owner", "id": "B1"}
    assert [one["family"] for one in alert["contributions"]] == ["wash", "notional"]
    assert alert["score"] > max(one["without"] for one in alert["contributions"])
    assert all(one["points"] == alert["score"] - one["without"] for one in alert["contributions"])


def test_accounts_of_one_owner_are_one_alert_and_those_of_another_are_not(run):
    _, alerts, _ = run(churn("A1") + churn("A2", 30) + churn("A3", 15, trader="T3"))
    assert sorted(tuple(one["accounts"]) for one in alerts) == [("A1", "A2"), ("A3",)]


def test_instruments_of_one_group_are_one_alert(run):
    _, [alert], _ = run(churn() + churn(instrument="IBM3", start=20))
    assert alert["instruments"] == ["IBM", "IBM3"]


def test_without_reference_data_the_account_is_the_subject(run):
    _, [alert], _ = run(churn(), reference=None)
    assert alert["subject"] == {"kind": "account", "id": "A1"}


def test_the_explanation_says_values_limits_weights_and_what_would_have_cleared_it(run):
    _, [alert], _ = run(churn())
    said = "\n".join(alert["explanation"])
    assert alert["explanation"][0].startswith("Owner B1, through account A1: 1 finding of 1 rule in IBM")
    assert "Alternation was 100%; wash-churn asks for at least 60%, passed by 40%." in said
    assert "Score: 100 x (1 - (1 - 0." in said
    assert "What would have cleared it: wash-churn would not have been met if " in said


def test_the_event_time_is_that_of_the_event_with_which_the_conditions_first_held(run):
    _, [alert], _ = run(churn(trades=10))
    assert alert["start"] == "2026-03-16T12:00:00.000000000Z"
    assert alert["event_time"] == "2026-03-16T12:05:00.000000000Z"
    assert alert["end"] == "2026-03-16T12:09:00.000000000Z"


def test_the_capsule_is_what_its_digest_says_and_holds_every_event_rule_and_record(run):
    _, [alert], capsules = run(churn())
    line = capsules[alert["alert_id"]]
    assert line["digest"] == alert["lineage"]["capsule"]
    content = line["capsule"]
    assert content["complete"] is True
    assert [event["trade"] for event in content["events"]] == [f"A1-IBM-0-{place}" for place in range(8)]
    assert content["reference"]["accounts"]["A1"][0]["beneficial_owner"] == "B1"
    assert "id: wash-churn" in content["rules"]["wash-churn"]["text"]


def test_the_digest_of_a_capsule_is_that_of_its_text_in_the_file(run, tmp_path):
    _, [alert], _ = run(churn())
    line = (tmp_path / "out" / "capsules.ndjson").read_bytes().strip()
    sealed = line[line.index(b'"capsule":') + len(b'"capsule":') : line.index(b',"context":')]
    assert hashlib.sha256(sealed).hexdigest() == alert["lineage"]["capsule"]
    assert opened(sealed)["events"][0]["price"] == 100


def test_near_misses_of_the_same_people_are_kept_with_what_they_missed(run):
    _, alerts, capsules = run(churn() + churn("A1", 120, trades=8, instrument="KO", quantity="1000"))
    assert len(alerts) == 1
    [near] = [one for one in capsules[alerts[0]["alert_id"]]["context"]["near_misses"] if one["rule"] == "wash-churn"]
    assert near["key"] == {"account": "A1", "instrument": "KO"}
    assert (near["failed"], near["value_text"], near["text"]) == ("volume", "8,000 shares", "at least 10_000 shares")
    assert near["shortfall"] == Decimal("0.2")


def test_the_lineage_names_every_input_and_changes_with_it(run):
    _, [alert], _ = run(churn())
    _, [other], _ = run(churn(), reference=None)
    assert alert["lineage"]["digest"] != other["lineage"]["digest"]
    names = {one["name"] for one in alert["lineage"]["distributions"]}
    assert {"trade-surveillance", "numpy", "pyarrow"} <= names
    assert other["lineage"]["reference"] is None


def test_the_same_day_gives_the_same_alerts_but_for_when_they_were_made(run):
    first, second = run(churn())[1], run(churn())[1]
    assert [{**one, "detected_at": ""} for one in first] == [{**one, "detected_at": ""} for one in second]
