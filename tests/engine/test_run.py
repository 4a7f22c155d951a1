"""A run as its user sees it: files in, findings out, a record that adds up, and nothing lost on dirty input."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from surveillance.bundle import schemas_folder
from surveillance.engine.run import detect
from surveillance.errors import InputError, RulesError

SECOND = 1_000_000_000
START = 1_767_607_200 * SECOND  # 2026-01-05 10:00:00 UTC


def line(time, kind="trade", **fields):
    event = {
        "time": START + time * SECOND,
        "kind": kind,
        "side": "buy",
        "price": "100",
        "quantity": "2000",
        "currency": "USD",
        "instrument": "IBM",
        "asset_class": "equity",
        "account": "A1",
        "trader": "T1",
    }
    return json.dumps({**event, **fields})


def churn(account="A1", trades=6, quantity="2000", every=60):
    return [
        line(
            place * every,
            side=("buy", "sell")[place % 2],
            account=account,
            quantity=quantity,
            trade=f"{account}-{place}",
        )
        for place in range(trades)
    ]


def write(folder, lines, name="day.ndjson"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def run(folder, *paths, **options):
    return detect(list(paths), feed="canonical", out=folder / "out", **options)


def found_by(rule, result):
    [found] = [one for one in result.findings if one["rule"] == rule]
    return found


def said(findings):
    """What findings say, without what depends on the place of a record in its file."""
    return sorted(
        (one["rule"], sorted(one["key"].items()), one["start"], one["end"], one["measures"]) for one in findings
    )


def validator(name):
    schema = json.loads((schemas_folder() / name).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_six_alternating_trades_are_found_and_explained(tmp_path):
    result = run(tmp_path, write(tmp_path, churn()))
    found = found_by("wash-churn", result)
    assert found["key"] == {"account": "A1", "instrument": "IBM"}
    assert found["start"] == "2026-01-05T10:00:00.000000000Z"
    assert found["end"] == "2026-01-05T10:05:00.000000000Z"
    assert found["trading_day"] == "2026-01-05"
    assert found["measures"]["volume"] == 12_000
    assert found["measures"]["alternation"] == 1
    margins = {one["measure"]: one["margin"] for one in found["conditions"]}
    assert margins == {"buys": 0, "sells": 0, "alternation": 0.4, "volume": 2000, "market_share": 0.85}
    assert [event["trade"] for event in found["events"]] == [f"A1-{place}" for place in range(6)]
    assert "100%" in found["explanation"][0]
    assert any("at least 60%" in step for step in found["explanation"])


def test_outputs_meet_their_schemas(tmp_path):
    result = run(tmp_path, write(tmp_path, [*churn(), "{not json"]))
    for finding in result.findings:
        validator("finding.schema.json").validate(finding)
    validator("run.schema.json").validate(json.loads((tmp_path / "out" / "run.json").read_text()))
    assert result.findings


def test_one_trade_less_is_not_enough(tmp_path):
    assert not run(tmp_path, write(tmp_path, churn(trades=5))).findings


@pytest.mark.parametrize(("notional", "found"), [("3000000.00", 0), ("3000000.01", 1)])
def test_three_limits_to_the_cent_are_not_above_three_limits(tmp_path, notional, found):
    lines = [line(0, notional="1000000"), line(60, notional=str(Decimal(notional) - 1_000_000))]
    result = run(tmp_path, write(tmp_path, lines))
    assert [one["rule"] for one in result.findings] == ["notional-burst"] * found


def test_limits_of_asset_classes_add_up(tmp_path):
    lines = [
        line(0, notional="1500000"),
        line(60, notional="7500000.01", instrument="BOND", asset_class="fixed_income", price="100"),
    ]
    [found] = run(tmp_path, write(tmp_path, lines)).findings
    assert found["measures"]["times_limit"] == pytest.approx(3.000000002)
    assert found["instrument"] is None


def test_a_window_is_closed_at_its_far_end(tmp_path):
    inside = [line(0, notional="2000000"), line(1800, notional="1000001")]
    outside = [line(0, notional="2000000"), line(1801, notional="1000001")]
    assert len(run(tmp_path, write(tmp_path, inside)).findings) == 1
    assert not run(tmp_path, write(tmp_path, outside)).findings


def test_a_busted_trade_is_taken_out_of_the_window(tmp_path):
    lines = [
        line(0, notional="2000000", trade="X"),
        line(30, kind="bust", trade="X", side=None, price=None, quantity=None),
        line(60, notional="1000001"),
    ]
    assert not run(tmp_path, write(tmp_path, lines)).findings


def test_rows_read_are_events_rejects_and_filtered_rows(tmp_path):
    lines = [*churn(), "{not json", line(400, price="-5"), line(401, side="up")]
    counts = run(tmp_path, write(tmp_path, lines)).run["counts"]
    assert counts["rows_read"] == 9
    assert counts["events"] == 6
    assert counts["rejected"] == 3
    rejects = [json.loads(text) for text in (tmp_path / "out" / "rejects.ndjson").read_text().splitlines()]
    assert len(rejects) == 3
    assert all(reject["reason"] and reject["raw"] for reject in rejects)


def test_a_file_out_of_order_gives_the_findings_of_the_file_in_order(tmp_path):
    lines = [*churn("A1"), *churn("B2", every=50)]
    in_order = sorted(lines, key=lambda text: json.loads(text)["time"])
    sorted_run = run(tmp_path, write(tmp_path, in_order))
    expected = said(sorted_run.findings)
    mixed = run(tmp_path, write(tmp_path, lines))
    assert said(mixed.findings) == expected
    assert mixed.run["sorted_on_disk"] == ["day.ndjson"]
    assert len(expected) == 2


def test_several_sources_are_one_tape_whatever_their_order_on_the_command_line(tmp_path):
    odd = write(tmp_path, churn()[::2], "odd.ndjson")
    even = write(tmp_path, churn()[1::2], "even.ndjson")
    one, other = run(tmp_path, odd, even).findings, run(tmp_path, even, odd).findings
    assert one == other
    assert [finding["rule"] for finding in one] == ["wash-churn"]


def test_a_feed_without_traders_makes_the_burst_rule_blind_and_says_so(tmp_path):
    lines = []
    for text in churn():
        event = json.loads(text)
        del event["trader"]
        lines.append(json.dumps(event))
    result = run(tmp_path, write(tmp_path, lines))
    states = {rule["rule"]: (rule["state"], rule["reason"]) for rule in result.run["rules"]}
    assert states["notional-burst"] == ("blind", "the feed has no field trader")
    assert states["wash-churn"][0] == "armed"
    assert result.exit_status == 4


def test_a_feed_without_orders_starves_the_layering_rule(tmp_path):
    states = {rule["rule"]: rule["state"] for rule in run(tmp_path, write(tmp_path, churn())).run["rules"]}
    assert states["layering"] == "starved"


def test_a_file_in_which_no_record_is_an_event_is_a_run_that_found_nothing(tmp_path):
    result = run(tmp_path, write(tmp_path, [line(0, price="-5")]))
    assert not result.findings
    assert result.run["counts"]["rejected"] == 1
    assert result.run["time"] == {"first": None, "last": None}
    validator("run.schema.json").validate(json.loads((tmp_path / "out" / "run.json").read_text()))


def test_running_twice_gives_the_same_findings_byte_for_byte(tmp_path):
    path = write(tmp_path, [*churn("A1"), *churn("B2", trades=40, every=20)])
    run(tmp_path, path)
    first = (tmp_path / "out" / "findings.ndjson").read_bytes()
    run(tmp_path, path)
    assert (tmp_path / "out" / "findings.ndjson").read_bytes() == first
    assert first


def test_an_earlier_result_survives_a_run_that_fails(tmp_path):
    path = write(tmp_path, churn())
    run(tmp_path, path)
    before = (tmp_path / "out" / "findings.ndjson").read_bytes()
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 this is not Parquet")
    with pytest.raises(InputError):
        run(tmp_path, broken)
    assert (tmp_path / "out" / "findings.ndjson").read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "alerts.ndjson",
        "capsules.ndjson",
        "findings.ndjson",
        "rejects.ndjson",
        "run.json",
    ]


def test_invalid_rules_stop_the_run_before_anything_is_read(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rulebook.yaml").write_text("format: 1\n")
    with pytest.raises(RulesError):
        run(tmp_path, write(tmp_path, churn()), rules=rules)
    assert not (tmp_path / "out").exists()


def test_a_finding_shows_the_first_and_last_fifty_of_many_events(tmp_path):
    found = found_by("wash-churn", run(tmp_path, write(tmp_path, churn(trades=400, every=2))))
    assert found["event_count"] == 400
    shown = [event["trade"] for event in found["events"]]
    assert shown == [f"A1-{place}" for place in (*range(50), *range(350, 400))]


def test_a_session_of_findings_is_the_same_whatever_the_folder_is_called(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    ids = []
    for name in ("one", "other"):
        path = write(tmp_path / name, churn())
        ids.append([finding["finding_id"] for finding in run(tmp_path / name, path).findings])
    assert ids[0] == ids[1]


def test_the_folder_for_results_must_be_one(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot make the folder"):
        run(tmp_path, write(tmp_path, churn()))


def test_shipped_schemas_are_where_editors_look_for_them():
    assert {path.name for path in Path(schemas_folder()).glob("*.json")} >= {"finding.schema.json", "run.schema.json"}
