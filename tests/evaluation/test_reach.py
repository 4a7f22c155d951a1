"""Limits out of reach: told only where not even all that happened in an instrument would do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surveillance.cli.main import run

SHIPPED = Path(__file__).parents[2] / "rules"
RULE = """\
format: 1
id: churn
version: 1
title: One account changes sides again and again
status: active
severity: medium
family: wash
owner: desk
detector: wash.churn
params: {window: 30m}
when:
  buys:        {at_least: 2}
  alternation: {at_least: 99%}
  volume:      {at_least: 20_000 shares}
asset_classes: {equity: {}}
explain: "{account} changed sides."
references: [MAR]
rationale: {why: So.}
false_positives: [Market makers]
blind_spots: [Others]
tests:
  - name: four
    tape: |
      +0m trade A1 IBM buy  10_000 @ 10
      +1m trade A1 IBM sell 10_000 @ 10
      +2m trade A1 IBM buy  10_000 @ 10
    expect: [{account: A1}]
  - name: two
    tape: |
      +0m trade A1 IBM buy  10_000 @ 10
      +1m trade A1 IBM buy  10_000 @ 10
    expect: []
"""


@pytest.fixture
def check(tmp_path, capsys):
    """Check a rulebook against a tape: IBM is liquid and trades 30,000 shares, TINY is illiquid and trades 3,000."""
    folder, reference = tmp_path / "rules", tmp_path / "reference"
    folder.mkdir()
    reference.mkdir()
    (folder / "rulebook.yaml").write_bytes((SHIPPED / "rulebook.yaml").read_bytes())
    (reference / "instruments.csv").write_text(
        "instrument,asset_class,band,quantity_scale,price_scale\nIBM,equity,liquid,0,2\nTINY,equity,illiquid,0,2\n"
    )

    def check(rule=RULE, rows=150, minutes=1, json_=False):
        (folder / "churn.yaml").write_text(rule, encoding="utf-8")
        lines = ["time,kind,account,instrument,side,quantity,price,currency"]
        for number in range(rows):
            minute = number * minutes
            time = f"2026-03-02T{9 + minute // 60:02}:{minute % 60:02}:00Z"
            for account, instrument, quantity in ((f"A{number % 40}", "IBM", 200), (f"A{number % 40}", "TINY", 20)):
                lines.append(f"{time},trade,{account},{instrument},buy,{quantity},10.00,USD")
        tape = tmp_path / "events.csv"
        tape.write_text("\n".join(lines) + "\n", encoding="utf-8")
        capsys.readouterr()
        words = [
            "rules",
            "check",
            str(folder),
            "--reference",
            str(reference),
            "--tape",
            str(tape),
            "--feed",
            "canonical",
        ]
        status = run([*words, "--json"] if json_ else words)
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if json_ else printed.out + printed.err

    return check


def test_a_limit_above_all_that_was_traded_of_a_band_is_told_with_the_highest_value(check):
    status, text = check()
    assert status == 0
    assert text.count("[unreachable-threshold]") == 1
    assert (
        ":14:3: warning: no equity of the band illiquid on this tape could have volume at least 20_000 shares: "
        "the highest of 150 candidates is 20 shares, and all that it reads of TINY comes to 3,000 shares"
    ) in text
    assert text.endswith(
        "tape of 300 events: limits were compared with what it could reach in 2 of 2 combinations of rule, asset class "
        "and band\n"
    )


def test_a_limit_that_all_of_it_would_reach_is_none_though_nobody_did(check):
    assert "[unreachable-threshold]" not in check(RULE.replace("20_000 shares", "3_000 shares"))[1]
    assert "[unreachable-threshold]" in check(RULE.replace("20_000 shares", "3_001 shares"))[1]


def test_what_was_measured_is_listed_for_machines(check):
    told = check(json_=True)[1]
    seen = {one["band"]: one for one in told["measured"]["seen"]}
    assert set(seen) == {"liquid", "illiquid"}
    assert seen["illiquid"]["highest"]["volume"] == 20
    assert seen["illiquid"]["candidates"] == 150


def test_a_threshold_of_the_bands_own_is_judged_by_itself(check):
    rule = RULE.replace("explain:", "bands: {illiquid: {when: {volume: {at_least: 2_000 shares}}}}\nexplain:")
    assert "[unreachable-threshold]" not in check(rule)[1]


def test_few_candidates_prove_nothing(check):
    text = check(rows=90)[1]
    assert "[unreachable-threshold]" not in text
    assert text.endswith("in 0 of 2 combinations of rule, asset class and band; of the other 2 it says too little\n")


def test_a_tape_shorter_than_the_window_proves_nothing(check):
    text = check(RULE.replace("window: 30m", "window: 3h"))[1]
    assert "[unreachable-threshold]" not in text
    assert "of the other 2 it says too little" in text


def test_shares_that_nobody_reached_are_no_fault(check):
    text = check(RULE.replace("20_000 shares", "1 shares"))[1]
    assert "[unreachable-threshold]" not in text


def test_a_reason_waives_it(check):
    waiver = "20_000 shares}  # surveil: allow unreachable-threshold because small caps are watched by another rule"
    text = check(RULE.replace("20_000 shares}", waiver))[1]
    assert "nothing is wrong; 1 waived" in text


def test_a_tape_is_not_read_for_rules_that_are_not_valid(check):
    status, text = check(RULE.replace("severity", "severty"))
    assert status == 3
    assert text.endswith("the tape was not read, since the rulebook is not valid\n")


def test_a_tape_needs_its_feed_and_reference_data(capsys, tmp_path):
    assert run(["rules", "check", "--tape", str(tmp_path / "x.csv")]) == 2
    assert "--tape needs --feed" in capsys.readouterr().err
    assert run(["rules", "check", "--tape", str(tmp_path / "x.csv"), "--feed", "canonical"]) == 2
    assert "--tape needs --reference" in capsys.readouterr().err
