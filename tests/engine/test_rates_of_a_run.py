"""Money of other currencies in a run: seen with a rate, counted without one, and never taken for the base currency."""

import hashlib
import json

import jsonschema
import pytest

from surveillance.bundle import schemas_folder
from surveillance.cli.main import run as surveil
from surveillance.engine.run import detect
from surveillance.errors import InputError

START = 1_767_607_200  # 2026-01-05 10:00:00 UTC, a Monday


def trade(minute, notional, currency, **fields):
    event = {
        "time": (START + minute * 60) * 1_000_000_000,
        "kind": "trade",
        "side": "buy",
        "notional": notional,
        "currency": currency,
        "instrument": "XYZ",
        "asset_class": "equity",
        "account": "A1",
        "trader": "T1",
    }
    return event | fields


def day(tmp_path, *trades):
    path = tmp_path / "day.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in trades))
    return path


def rates(tmp_path, *rows):
    path = tmp_path / "rates.csv"
    path.write_text("\n".join(["date,base,quote,rate", *rows, ""]))
    return path


def run(tmp_path, *trades, rates=()):
    result = detect([day(tmp_path, *trades)], feed="canonical", rates=rates, out=tmp_path / "out")
    schema = json.loads((schemas_folder() / "run.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(result.run)
    return result


def burst(result):
    [rule] = [rule for rule in result.run["rules"] if rule["rule"] == "notional-burst"]
    return rule


@pytest.mark.parametrize(("rate", "found"), [("1.5", 0), ("1.500001", 1)])
def test_three_limits_in_another_currency_are_reached_at_its_rate(tmp_path, rate, found):
    trades = [trade(0, "1000000", "EUR"), trade(1, "1000000", "EUR")]
    given = rates(tmp_path, f"2026-01-02,EUR,USD,{rate}")
    result = run(tmp_path, *trades, rates=[given])
    assert [one["rule"] for one in result.findings] == ["notional-burst"] * found
    assert result.run["rates"] == {
        "sha256": result.run["rates"]["sha256"],
        "files": [{"name": "rates.csv", "sha256": hashlib.sha256(given.read_bytes()).hexdigest()}],
        "first_day": "2026-01-02",
        "last_day": "2026-01-02",
    }
    assert len(result.run["rates"]["sha256"]) == hashlib.sha256().digest_size * 2
    assert result.run["currencies"] == {
        "base": "USD",
        "by_currency": {"EUR": {"events": 2, "without_rate": 0}},
        "not_given": 0,
    }
    assert burst(result)["values_not_known"] == 0


def test_without_a_rate_the_event_stays_and_the_money_rule_says_what_it_did_not_see(tmp_path):
    trades = [trade(0, "9000000", "EUR"), trade(1, "9000000", "JPY"), trade(2, "1", "USD"), trade(3, "1", None)]
    result = run(tmp_path, *trades, rates=[rates(tmp_path, "2026-01-02,JPY,USD,0.000001")])
    assert result.run["counts"]["events"] == 4
    assert not result.findings
    assert result.run["currencies"]["by_currency"] == {
        "EUR": {"events": 1, "without_rate": 1},
        "JPY": {"events": 1, "without_rate": 0},
        "USD": {"events": 1, "without_rate": 0},
    }
    assert result.run["currencies"]["not_given"] == 1
    assert burst(result)["values_not_known"] == 2


def test_without_any_rates_money_in_other_currencies_is_not_known(tmp_path):
    result = run(tmp_path, trade(0, "9000000", "EUR"), trade(1, "5", "USD"))
    assert result.run["rates"] is None
    assert result.run["currencies"]["by_currency"]["EUR"] == {"events": 1, "without_rate": 1}
    assert burst(result)["values_not_known"] == 1


def test_money_that_does_not_fit_in_the_base_currency_is_rejected_with_its_reason(tmp_path):
    given = rates(tmp_path, "2026-01-02,BTC,USD,80000")
    result = run(tmp_path, trade(0, "900000000000", "BTC"), trade(1, "1", "BTC"), rates=[given])
    assert result.run["counts"]["rejected_by_reason"] == {"out-of-range": 1}
    assert result.run["currencies"]["by_currency"] == {"BTC": {"events": 1, "without_rate": 0}}
    [reject] = (tmp_path / "out" / "rejects.ndjson").read_text().splitlines()
    assert json.loads(reject)["reason"] == "does not fit 64 bits in the base currency"


def test_rates_that_cannot_be_used_stop_the_run(tmp_path):
    with pytest.raises(InputError, match="is not a day"):
        run(tmp_path, trade(0, "1", "EUR"), rates=[rates(tmp_path, "today,EUR,USD,1")])
    assert not (tmp_path / "out").exists()


def test_the_command_takes_rates_from_several_files(tmp_path):
    events = day(tmp_path, trade(0, "2000000", "EUR"), trade(1, "25", "BTC"))
    euro, coins = tmp_path / "euro.csv", tmp_path / "coins.csv"
    euro.write_text("Date,USD,\n2026-01-02,1.25,\n")
    coins.write_text("date,base,quote,rate\n2026-01-02,BTC,EUR,80000\n2026-01-04,BTC,EUR,80000\n")
    given = ["--rates", str(euro), "--rates", str(coins), "--feed", "canonical", "--out", str(tmp_path / "out")]
    surveil(["detect", str(events), *given, "--quiet"])
    [finding] = (tmp_path / "out" / "findings.ndjson").read_text().splitlines()
    assert json.loads(finding)["measures"]["times_limit"] == 5
