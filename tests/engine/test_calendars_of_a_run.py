"""Calendars in a run: trading days, windows that stop at a close, marks on the tape, and what run.json says of them."""

import json
from datetime import datetime, timezone

import jsonschema
import pytest

from surveillance.bundle import schemas_folder
from surveillance.engine.run import detect
from surveillance.errors import InputError


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 1_000_000_000


def trade(time, side="buy", **fields):
    event = {
        "time": utc(time),
        "kind": "trade",
        "side": side,
        "price": "100",
        "quantity": "5000",
        "currency": "USD",
        "instrument": "IBM",
        "asset_class": "equity",
        "account": "A1",
        "trader": "T1",
        "venue": "XNYS",
    }
    return event | fields


def churn(*times, **fields):
    return [trade(time, ("buy", "sell")[place % 2], **fields) for place, time in enumerate(times)]


RULE = """format: 1
id: churn
version: 1
title: Churn
status: active
severity: low
family: wash
owner: desk
detector: wash.churn
params: {{window: 2h, within: {within}}}
when: {{buys: {{at_least: 3}}, sells: {{at_least: 3}}}}
explain: "{{account}}"
"""


@pytest.fixture
def run(tmp_path):
    def ran(events, within="session", **tables):
        rules, reference = tmp_path / "rules", tmp_path / "reference"
        rules.mkdir(exist_ok=True)
        reference.mkdir(exist_ok=True)
        shipped = (schemas_folder().parent / "rules" / "rulebook.yaml").read_text()
        (rules / "rulebook.yaml").write_text(shipped)
        (rules / "churn.yaml").write_text(RULE.format(within=within))
        for name, text in ({"venues": "venue,calendar\nXNYS,XNYS\n"} | tables).items():
            (reference / f"{name}.csv").write_text(text)
        (tmp_path / "day.ndjson").write_text("\n".join(map(json.dumps, events)) + "\n")
        source = tmp_path / "day.ndjson"
        result = detect([source], feed="canonical", rules=rules, reference=reference, out=tmp_path / "out")
        run = json.loads((tmp_path / "out" / "run.json").read_text())
        schema = json.loads((schemas_folder() / "run.schema.json").read_text())
        jsonschema.Draft7Validator(schema).validate(run)
        return result.findings, run

    return ran


def test_a_window_does_not_cross_the_close_of_a_half_day(run):
    """2026-11-27 closes at 13:00 in New York, 18:00 UTC; what comes from 18:15 on is for Monday."""
    minutes = [f"2026-11-27T17:{minute}:00" for minute in (57, 58, 59)]
    late = [f"2026-11-27T18:{minute}:00" for minute in (20, 21, 22)]
    found, _ = run(churn(*minutes, *late), within="continuous")
    assert [one["hits"] for one in found] == [1]
    found, _ = run(churn(*minutes, *late))
    assert found == []
    found, _ = run(churn(*minutes, "2026-11-27T18:00:00", "2026-11-27T18:00:01", "2026-11-27T18:15:00"))
    assert [one["trading_day"] for one in found] == ["2026-11-27"]
    found, _ = run(churn(*late, *[f"2026-11-30T14:{minute}:00" for minute in (30, 31, 32)]))
    assert found == []  # one session, but the window is two hours
    evening = [f"2026-11-30T14:{minute}:00" for minute in (27, 28, 29, 30, 31, 32)]
    found, _ = run(churn(*evening))
    assert [one["trading_day"] for one in found] == ["2026-11-30"]


def test_run_json_tells_calendars_events_outside_and_marks(run):
    events = churn("2026-11-25T15:00:00", "2026-11-26T15:00:00", "2026-11-27T17:00:00")
    _, told = run([*events, trade("2026-11-27T17:30:00", venue="OTHER")])
    calendars = told["calendars"]
    assert calendars["library"]["name"] == "exchange_calendars"
    assert calendars["library"]["version"]
    [one] = calendars["used"]
    assert (one["calendar"], one["origin"], one["first_day"], one["last_day"]) == (
        "XNYS",
        "exchange_calendars",
        "2026-11-25",
        "2026-11-27",
    )
    assert (one["sessions"], one["events"], one["outside_sessions"]) == (2, 3, 1)  # Thanksgiving has none
    assert calendars["without_calendar"] == 1
    assert calendars["marks"] == 3  # close of Wednesday, opening and close of Friday
    assert told["kinds"] == {"trade": 4}
    assert told["counts"]["events"] == 4
    assert told["time"]["last"] == "2026-11-27T17:30:00.000000000Z"
    assert told["unknown"]["venue"]["examples"] == ["OTHER"]


def test_the_order_of_the_file_does_not_matter(run):
    minutes = [f"2026-11-27T17:{minute}:00" for minute in (50, 52, 54, 56, 58)]
    events = churn(*minutes, "2026-11-27T18:00:00", "2026-11-27T18:20:00", "2026-11-30T15:00:00")
    found, told = run(events)
    assert len(found) == 1
    again, other = run([*events[4:], *events[:4]])
    assert other["sorted_on_disk"] == ["day.ndjson"]
    assert [(one["start"], one["end"], one["measures"]) for one in again] == [
        (one["start"], one["end"], one["measures"]) for one in found
    ]
    assert other["calendars"] == told["calendars"]


def test_the_digest_of_a_calendar_is_of_the_days_of_the_events(run):
    def digest(*days):
        _, told = run([trade(f"{day}T15:00:00") for day in days])
        return told["calendars"]["used"][0]["sha256"]

    week = digest("2026-11-25", "2026-11-27")
    assert digest("2026-11-25", "2026-11-27") == week
    assert digest("2026-11-25", "2026-11-30") != week


def test_a_future_belongs_to_the_day_whose_session_it_opened_in_the_evening_before(run):
    """CMES opens at 17:00 in Chicago: 22:00 UTC in summer, 23:00 UTC in winter, with the change on 2026-11-01."""
    tables = {
        "venues": "venue,calendar\nXCME,CMES\n",
        "instruments": "instrument,asset_class\nES,derivative\n",
    }
    for first, day in (("2026-10-29T22:00:00", "2026-10-30"), ("2026-11-02T23:00:00", "2026-11-03")):
        minutes = [f"{first[:14]}{minute:02d}:00" for minute in range(6)]
        found, _ = run(churn(*minutes, venue="XCME", instrument="ES"), within="day", **tables)
        assert [one["trading_day"] for one in found] == [day]
    before = [f"2026-11-02T22:5{minute}:00" for minute in (7, 8, 9)]
    found, _ = run(churn(*before, *minutes[:3], venue="XCME", instrument="ES"), within="day", **tables)
    assert found == []


def test_an_instrument_can_have_hours_of_its_own(run):
    tables = {
        "instruments": "instrument,asset_class,calendar\nIBM,equity,LATE\n",
        "calendars": "calendar,zone,day,open,close\nLATE,America/New_York,monday-friday,04:00,20:00\n",
    }
    times = [f"2026-11-27T{time}:00" for time in ("17:57", "17:58", "17:59", "18:20", "18:21", "18:22")]
    found, told = run(churn(*times), **tables)
    assert len(found) == 1
    assert [one["calendar"] for one in told["calendars"]["used"]] == ["LATE"]
    assert told["calendars"]["library"] is None


def test_data_that_a_calendar_does_not_cover_stops_the_run_with_the_days(run):
    hours = "calendar,zone,day,open,close,valid_to\nOTC,UTC,monday-friday,08:00,17:00,2026-06-01\n"
    tables = {"venues": "venue,calendar\nXNYS,OTC\n", "calendars": hours}
    with pytest.raises(
        InputError, match=r"OTC does not cover the events of 2026-11-27 to 2026-11-27: it has no session"
    ):
        run([trade("2026-11-27T10:00:00")], **tables)
    with pytest.raises(InputError, match=r"XHKG does not cover the events of 2055-01-04 .* recorded to the year 2049"):
        run([trade("2055-01-04T10:00:00")], venues="venue,calendar\nXNYS,XHKG\n")


def test_without_calendars_run_json_says_so(run):
    _, told = run([trade("2026-11-27T10:00:00")], venues="venue\nXNYS\n")
    assert told["calendars"] is None
