"""A run with suppressions: what they hide is not written, and is counted."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from surveillance.engine.run import detect

SHIPPED = Path(__file__).parents[2] / "rules"
CHURN = [("buy", minute) if minute % 2 == 0 else ("sell", minute) for minute in range(8)]


@pytest.fixture
def run(tmp_path):
    """Run the shipped rulebook with one suppression over two accounts that churn."""

    def run_with(scope, expires="2027-01-01"):
        shutil.copytree(SHIPPED, tmp_path / "rules", dirs_exist_ok=True)
        (tmp_path / "rules" / "suppressions").mkdir(exist_ok=True)
        (tmp_path / "rules" / "suppressions" / "mm.yaml").write_text(
            "format: 1\nid: mm\nrules: [wash-churn, notional-burst]\nreason: Registered market maker.\n"
            f"owner: compliance\nscope: {scope}\nexpires: {expires}\n"
        )
        events = [
            {
                "time": f"2026-01-05T09:{30 + minute}:00Z",
                "kind": "trade",
                "side": side,
                "price": "100",
                "quantity": "5000",
                "account": account,
                "trader": "T1",
                "instrument": "IBM",
                "asset_class": "equity",
                "currency": "USD",
            }
            for side, minute in CHURN
            for account in ("A1", "A2")
        ]
        (tmp_path / "events.ndjson").write_text("\n".join(map(json.dumps, events)))
        return detect([tmp_path / "events.ndjson"], feed="canonical", rules=tmp_path / "rules", out=tmp_path / "out")

    return run_with


def found(result):
    return sorted((one["rule"], *one["key"].values()) for one in result.findings)


def test_a_suppressed_finding_is_counted_and_not_written(run):
    result = run("{account: [A1]}")
    assert found(result) == [("notional-burst", "T1"), ("wash-churn", "A2", "IBM")]
    (told,) = result.run["suppressions"]
    assert (told["id"], told["findings"], told["highest_strength"]) == ("mm", 1, Decimal("0.4629"))
    assert (told["expired"], told["found_after_expiry"]) == (False, 0)
    assert sum(rule["findings"] for rule in result.run["rules"]) == result.run["findings"]["total"] == 2


def test_an_expired_suppression_hides_nothing_and_says_what_came_through(run):
    result = run("{account: [A1]}", expires="2026-01-05")
    assert ("wash-churn", "A1", "IBM") in found(result)
    (told,) = result.run["suppressions"]
    assert (told["findings"], told["highest_strength"]) == (0, None)
    assert (told["expired"], told["found_after_expiry"]) == (True, 1)


def test_a_finding_over_more_accounts_than_the_scope_is_not_hidden(run):
    result = run("{account: [A1], asset_class: [equity]}")
    assert ("notional-burst", "T1") in found(result)
    result = run("{account: [A1, A2], asset_class: [equity]}")
    assert found(result) == []
    assert result.run["suppressions"][0]["findings"] == 3
