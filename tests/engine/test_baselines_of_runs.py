"""Rules that ask what is usual are warming until it is known; what they rest on is in the lineage."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from surveillance import __version__
from surveillance.api import (
    ORDER,
    Candidates,
    Decided,
    Measure,
    Needs,
    Params,
    SequenceDetector,
    Unit,
    candidates,
    ratio,
)
from surveillance.cli.main import run as main
from surveillance.engine import setup
from surveillance.engine.run import detect
from surveillance.errors import InputError
from surveillance.evaluation import why_not
from surveillance.testing import conformance, measured

REPOSITORY = Path(__file__).parents[2]
RULE = """
format: 1
id: large-orders
version: 1
title: Orders many times as large as usual
status: active
severity: high
family: size
owner: desk
detector: test.usual
params: {}
when: {times_usual: {at_least: 10}}
explain: "{account}"
"""


class Large(SequenceDetector):
    """Measure how large orders are, as a multiple of what is usual."""

    id, version, key, shard = "test.usual", "1", ("account", "instrument"), ("instrument",)
    needs = Needs(kinds=(ORDER,), fields=("account", "instrument", "side", "quantity", "usual_order_quantity"))
    measures = {"times_usual": Measure(Unit.MULTIPLE, "Quantity, as a multiple of the usual.")}  # noqa: RUF012

    class Params(Params, frozen=True):
        """None."""

    anchor = ORDER

    def measure(self, at: Decided) -> Candidates:
        """Measure every order."""
        usual = at.column("usual_order_quantity")
        return candidates(row=at.row, last=at.row, times_usual=ratio(at.column("quantity"), usual))


test_large = conformance(Large, {})


@pytest.fixture
def day(tmp_path, monkeypatch):
    """Run the rule over a day of forty orders and a large one."""

    class Loaded:
        detector, distribution, version = Large, "trade-surveillance", __version__

    for reader in (setup, why_not):
        monkeypatch.setattr(reader, "load_plugins", lambda _allowed: {Large.id: Loaded})
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rulebook.yaml").write_bytes((REPOSITORY / "rules" / "rulebook.yaml").read_bytes())
    (rules / "large-orders.yaml").write_text(RULE, encoding="utf-8")

    def run(number, **options):
        lines = [f"2026-03-{16 + number}T10:{at:02}:00Z,order,buy,A{at % 4},IBM,10,{100 + at % 3}" for at in range(40)]
        lines.append(f"2026-03-{16 + number}T11:00:00Z,order,buy,A1,IBM,10,5000")
        file = tmp_path / f"day-{number}.csv"
        file.write_text("time,kind,side,account,instrument,price,quantity\n" + "\n".join(lines) + "\n")
        return detect([file], feed="canonical", rules=rules, out=tmp_path / "out", **options)

    return run


def state(result):
    (rule,) = result.run["rules"]
    return rule["state"], rule["reason"]


def test_a_rule_is_warming_until_enough_days_were_learned_and_says_so(day, tmp_path):
    schema = json.loads((REPOSITORY / "schemas" / "run.schema.json").read_text())
    for number in range(5):
        result = day(number, baselines=tmp_path / "usual")
        assert state(result) == ("warming", f"what is usual is not known yet: {number} of 5 trading days were learned")
        assert (result.alerts, result.exit_status) == ([], 4)
        jsonschema.validate(result.run, schema)
    result = day(5, baselines=tmp_path / "usual")
    assert (state(result), result.exit_status) == (("armed", ""), 0)
    (alert,) = result.alerts
    assert alert["lineage"]["baselines"] == result.run["baselines"]["sha256"]
    assert result.run["baselines"]["day"] == "2026-03-20"
    jsonschema.validate(result.run, schema)


def test_without_baselines_it_is_warming_and_finds_nothing(day):
    result = day(0)
    assert state(result)[0] == "warming"
    assert "--baselines DIR" in state(result)[1]
    assert (result.run["baselines"], result.findings) == (None, [])
    assert result.exit_status == 0  # nobody asked for what is usual; with baselines it is 4 until they are warm


def test_a_run_that_does_not_learn_reads_only(day, tmp_path):
    for number in range(5):
        day(number, baselines=tmp_path / "usual")
    before = sorted(path.name for path in (tmp_path / "usual").iterdir())
    result = day(5, baselines=tmp_path / "usual", learn=False)
    assert state(result) == ("armed", "")
    assert len(result.alerts) == 1
    assert result.run["baselines"]["learned"] == []
    assert sorted(path.name for path in (tmp_path / "usual").iterdir()) == before


def test_a_run_that_fails_learns_nothing(day, tmp_path):
    day(0, baselines=tmp_path / "usual")
    (tmp_path / "out" / "alerts.ndjson").unlink()
    (tmp_path / "out" / "alerts.ndjson").mkdir()
    with pytest.raises(InputError, match="Is a directory"):
        day(1, baselines=tmp_path / "usual")
    assert [path.name for path in (tmp_path / "usual").iterdir()] == ["2026-03-16.json.gz"]


def test_what_is_usual_can_be_written_on_a_tape():
    tape = """
        +0s order A1 IBM buy 300 @ 10 usual_order_quantity=200
        +1s order A1 IBM buy 300 @ 10
    """
    assert measured(Large, tape, {}) == [
        {"account": "A1", "instrument": "IBM", "at": "+0m", "times_usual": 1.5},
        {"account": "A1", "instrument": "IBM", "at": "+1s", "times_usual": None},
    ]


def test_why_not_reads_what_was_usual_then_and_learns_nothing(day, tmp_path, capsys):
    for number in range(6):
        day(number, baselines=tmp_path / "usual")
    before = sorted(path.name for path in (tmp_path / "usual").iterdir())
    asked = [
        "why-not",
        "--rule",
        "large-orders",
        "--account",
        "A1",
        "--instrument",
        "IBM",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*asked, "--at", "2026-03-21T10:05:00Z", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["state"] == "armed"
    assert answer["changed"] == []
    assert sorted(path.name for path in (tmp_path / "usual").iterdir()) == before
