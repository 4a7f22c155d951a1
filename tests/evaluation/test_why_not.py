"""Why a rule found nobody: every reason that there can be, each from a run that has it."""

import json
import shutil

import pytest

from surveillance.alerts.values import iso_time
from surveillance.bundle import rules_folder
from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.engine.engine import Engine
from surveillance.engine.run import detect
from surveillance.errors import InputError
from surveillance.evaluation.asking import Asked, Inputs, changes, inputs_of, record_of
from surveillance.evaluation.why_not import state_at, why_not
from surveillance.rules import load_rulebook
from surveillance.testing.flows import hard_flows

NOON = 1_773_662_400 * 1_000_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
KEY = "correct-horse-battery-staple-0123456789"
LAYERING = """
format: 1
id: layering
version: 1
title: Several orders on one side are cancelled around a fill on the other
status: active
severity: high
family: spoofing
owner: markets-compliance
detector: layering
params: {sequence: either, placed: 10s, lifetime: 30s, cancelled: 20s, traded: 2s}
when:
  orders: {at_least: 3}
  cancels: {at_least: 3}
  cancelled_share: {at_least: 60%}
  one_sided: {at_least: 85%}
consume: true
explain: "{account} placed {orders} orders in {instrument}"
"""
"""As the shipped one began, so that this test does not follow its thresholds."""

SUPPRESSION = (
    "format: 1\nid: mm\nrules: [wash-churn]\nreason: Makes a market in it.\nowner: compliance\n"
    "scope: {account: [A2]}\nexpires: 2027-01-01\n"
)


def churn(account, quantity="2000", start=0, **fields):
    return [
        {
            "time": NOON + (start + place) * MINUTE,
            "kind": "trade",
            "side": ("buy", "sell")[place % 2],
            "price": "100",
            "quantity": quantity,
            "currency": "USD",
            "instrument": "IBM",
            "asset_class": "equity",
            "account": account,
            "trader": f"T{account}",
            "trade": f"{account}-{start}-{place}",
            **fields,
        }
        for place in range(8)
    ]


DAY = [
    *churn("A1"),
    *churn("A2"),
    *churn("A3", "1000"),
    *churn("A4", instrument="FX1", asset_class="fx"),
    *({**churn("A9", "1", 60)[0], "kind": kind, "trade": None, "order": "O1"} for kind in ("order", "cancel")),
]


@pytest.fixture
def place(tmp_path):
    """A folder with rules, a suppression and a day of events."""
    shutil.copytree(rules_folder(), tmp_path / "rules")
    (tmp_path / "rules" / "suppressions").mkdir(exist_ok=True)
    (tmp_path / "rules" / "suppressions" / "mm.yaml").write_text(SUPPRESSION)
    write(tmp_path, DAY)
    return tmp_path


def write(folder, events):
    lines = [json.dumps(one) for one in sorted(events, key=lambda one: one["time"])]
    (folder / "day.ndjson").write_text("\n".join(lines) + "\n")


def edit(place, old, new, name="wash/wash-churn.yaml"):
    path = place / "rules" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def asked(rule="wash-churn", at=4, within=30, **key):
    return Asked(rule, key or {"account": "A1"}, NOON + int(at * MINUTE), within * MINUTE)


def answer(place, *arguments, **options):
    inputs = Inputs([place / "day.ndjson"], "canonical", place / "rules")
    return why_not(asked(*arguments, **options), inputs)


def test_what_was_found_is_told_with_its_finding_and_alert(place):
    found = answer(place, account="A1")
    assert found["outcome"] == "found"
    assert "did find it, from 2026-03-16 12:00:00.000 to 12:07:00.000 UTC: finding " in found["answer"][0]
    assert ", alert " in found["answer"][0]


def test_what_was_found_some_minutes_away_is_told_with_how_far(place):
    found = answer(place, at=20, account="A1")
    assert found["outcome"] == "found"
    assert found["answer"][1] == "That is 13 min before 2026-03-16 12:20:00.000 UTC."


def test_a_rule_in_shadow_found_it_and_alerts_nobody(place):
    edit(place, "status: active", "status: shadow")
    found = answer(place, account="A1")
    assert (found["outcome"], found["status"]) == ("shadow", "shadow")
    assert "alerts nobody" in found["answer"][1]


def test_a_suppression_is_named_with_its_reason_owner_and_end(place):
    found = answer(place, account="A2")
    assert found["outcome"] == "suppressed"
    assert "suppression mm held it back" in found["answer"][0]
    assert found["answer"][1] == "Owner compliance, until 2027-01-01: Makes a market in it."


def test_what_a_suppression_held_back_some_minutes_away_is_told_as_well(place):
    found = answer(place, at=20, account="A2", instrument="IBM")
    assert found["outcome"] == "suppressed"
    assert "13 min before" in found["answer"][-1]


def test_the_condition_that_failed_is_told_and_by_how_much(place):
    found = answer(place, account="A3")
    assert found["outcome"] == "near"
    assert "failed 1 of 5 conditions" in found["answer"][0]
    assert found["answer"][1:] == [
        "Volume was 8,000 shares; the rule asks for at least 10,000 shares: 2,000 shares below the limit, 20% of it."
    ]
    assert found["candidate"] == {"key": {"account": "A3", "instrument": "IBM"}, "at": "2026-03-16T12:07:00.000000000Z"}
    assert [(one["measure"], one["met"], one["short"]) for one in found["conditions"] if not one["met"]] == [
        ("volume", False, 0.2)
    ]


def test_a_field_that_the_feed_lacks_makes_the_rule_blind(place):
    write(place, [{name: value for name, value in one.items() if name != "trader"} for one in DAY])
    found = answer(place, "notional-burst", trader="TA1")
    assert (found["outcome"], found["state"]) == ("not_armed", "blind")
    assert "blind, because the feed has no field trader" in found["answer"][0]
    assert "says nothing about what happened" in found["answer"][1]


def test_a_rule_that_was_switched_off_is_told(place):
    edit(place, "status: active", "status: draft")
    found = answer(place, account="A1")
    assert (found["outcome"], found["state"]) == ("not_armed", "disabled")


def test_a_rule_whose_events_came_later_was_starved_then_and_armed_afterwards(place):
    then = answer(place, "layering", account="A1")
    assert (then["outcome"], then["state"]) == ("not_armed", "starved")
    assert "the first order event came at 2026-03-16T13:00:00.000000000Z" in then["reason"]
    after = answer(place, "layering", at=60, account="A1", within=10)
    assert (after["outcome"], after["state"]) == ("nothing", "armed")
    assert "measured nothing of them within 10 min" in after["answer"][0]


def test_a_rule_that_turned_blind_could_see_before(tmp_path):
    found = load_detectors([BUILT_IN])

    class Raising(found["wash.churn"]):
        """Works for a while."""

        id = "wash.churn"

        def measure(self, at):
            if at.row[-1] > 500:
                raise ZeroDivisionError("no trades")
            return super().measure(at)

    detectors = {**found, "wash.churn": Raising}
    book, flow = load_rulebook(rules_folder(), detectors), hard_flows(1_800 * 10**9)[0]
    engine = Engine(book, detectors, flow.dictionaries, ["flow"])
    for first in range(0, len(flow), 100):
        batch = flow.batch.take(slice(first, first + 100))
        engine.push(batch, int(batch.columns["time"][-1]))
    engine.finish()
    rule = {"state": "blind", "reason": engine.faults["wash-churn"]}
    since = engine.blind_since["wash-churn"]
    assert flow.batch.columns["time"][0] < since <= flow.batch.columns["time"][501]
    before, after = (state_at(Asked("wash-churn", {}, at, 0), rule, engine, Raising) for at in (since - 1, since))
    assert (before.name, after.name) == ("armed", "blind")
    assert "no trades" in after.reason
    assert after.reason.endswith(f", from {iso_time(since)} on")


def test_an_asset_class_that_the_rule_is_not_for_is_told(place):
    edit(place, "params:", "asset_classes: {equity: {}}\nparams:", "notional/notional-burst.yaml")
    found = answer(place, "notional-burst", trader="TA4")
    assert found["outcome"] == "not_for_it"
    assert "is not for the asset class fx" in found["answer"][0]


def test_an_id_that_no_event_has_is_told(place):
    found = answer(place, account="A77")
    assert found["outcome"] == "unknown"
    assert "no event of the run is about that account" in found["answer"][0]


def test_a_time_outside_the_events_is_told(place):
    found = answer(place, at=600, account="A1")
    assert found["outcome"] == "outside"
    assert "the run's events are from 2026-03-16 12:00:00.000 to 13:00:00.000 UTC" in found["answer"][0]


def test_a_run_without_events_knows_of_no_time(place):
    (place / "day.ndjson").write_text(json.dumps({**DAY[0], "price": "none"}) + "\n")
    assert answer(place, account="A1")["outcome"] in ("outside", "not_armed")


def test_what_a_rule_that_looks_ahead_found_after_the_time_is_told(place):
    def event(second, kind, side, price, order):
        made = {**DAY[0], "time": NOON + second * SECOND, "kind": kind, "side": side, "price": price}
        return {**made, "account": "A8", "order": order, "trade": "X8" if kind == "trade" else None}

    layers = [event(n, "order", "buy", f"99.{98 - n}", f"L{n}") for n in range(4)]
    layers.append(event(5, "trade", "sell", "100", "S"))
    layers += [event(6 + n, "cancel", "buy", f"99.{98 - n}", f"L{n}") for n in range(4)]
    (place / "rules" / "layering" / "layering.yaml").write_text(LAYERING)
    write(place, [*({**one, "time": one["time"] - 60 * MINUTE, "account": "A9"} for one in layers), *layers])
    found = answer(place, "layering", at=-1 / 60, within=0, account="A8")
    assert found["outcome"] == "found"
    assert found["answer"][1] == "That is 1 s after 2026-03-16 11:59:59.000 UTC."


def test_an_unknown_rule_is_told_before_anything_is_judged(place):
    (place / "day.ndjson").unlink()
    with pytest.raises(InputError, match=r"no rule 'wash'[\s\S]*wash-churn"):
        answer(place, "wash")


def test_a_key_that_the_rule_does_not_have_is_told(place):
    with pytest.raises(InputError, match="notional-burst is measured by trader, and cannot be asked by account"):
        answer(place, "notional-burst", account="A1")


@pytest.fixture
def private(place):
    edit(place, "base_currency: USD", "privacy: pseudonymise\nbase_currency: USD", "rulebook.yaml")
    (place / "key").write_text(KEY)
    return place


def test_a_pseudonymised_run_is_asked_by_id_or_pseudonym_and_answers_in_pseudonyms(private):
    inputs = Inputs([private / "day.ndjson"], "canonical", private / "rules", privacy_key=private / "key")
    found = why_not(asked(account="A3"), inputs)
    assert found["outcome"] == "near"
    assert found["candidate"]["key"]["account"].startswith("account-")
    assert "A3" not in json.dumps(found)
    again = why_not(asked(account=found["candidate"]["key"]["account"]), inputs)
    assert again == found
    assert why_not(asked(account="A2"), inputs)["outcome"] == "suppressed"


def test_a_pseudonymised_run_does_not_say_where_its_files_were(private):
    out = private / "jane.doe"
    made = detect(
        [private / "day.ndjson"], feed="canonical", rules=private / "rules", privacy_key=private / "key", out=out
    )
    assert made.run["inputs"] is None
    with pytest.raises(InputError, match=r"of pseudonyms[\s\S]*--feed"):
        inputs_of(record_of(out), out)


def test_the_inputs_of_a_run_are_found_again_from_its_folder(place):
    detect([place / "*.ndjson"], feed="canonical", rules=place / "rules", out=place / "out")
    made = inputs_of(record_of(place / "out"), place / "out")
    assert made == Inputs([place / "*.ndjson"], "canonical", place / "rules", None, [])


def test_inputs_that_have_moved_are_told_all_at_once(place):
    detect([place / "day.ndjson"], feed="canonical", rules=place / "rules", out=place / "out")
    (place / "day.ndjson").rename(place / "moved.ndjson")
    (place / "rules").rename(place / "other")
    with pytest.raises(InputError) as error:
        inputs_of(record_of(place / "out"), place / "out")
    assert [one.code for one in error.value.problems] == ["input-moved"] * 2


@pytest.mark.parametrize("written", [None, "{", '{"inputs": {"sources": ["-"]}}', "{}"])
def test_a_folder_that_does_not_say_what_its_run_was_made_of_is_told(tmp_path, written):
    if written is not None:
        (tmp_path / "run.json").write_text(written)
    with pytest.raises(InputError, match=r"no run.json|no record|standard input|another version"):
        inputs_of(record_of(tmp_path), tmp_path)


def test_what_has_changed_since_the_run_is_told(place):
    first = detect([place / "day.ndjson"], feed="canonical", rules=place / "rules", out=place / "out").run
    assert changes(first, first) == []
    edit(place, "10_000 shares", "7_000 shares")
    edit(place, "version: 2", "version: 3")
    write(place, DAY[:-1])
    inputs = Inputs([place / "day.ndjson"], "canonical", place / "rules")
    found = why_not(asked(account="A3"), inputs, first)
    assert found["outcome"] == "found"
    assert found["changed"] == ["the rulebook", "day.ndjson"]
