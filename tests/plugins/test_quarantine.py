"""A detector that raises while it runs is quarantined: its rules turn blind and say why, the others go on."""

from pathlib import Path

import pytest

from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.engine import health
from surveillance.engine.engine import Engine
from surveillance.engine.findings import Writer
from surveillance.rules import load_rulebook
from surveillance.testing.flows import hard_flows

SHIPPED = Path(__file__).parents[2] / "rules"
RULE = """
format: 1
id: {name}
version: 1
title: A rule
status: active
severity: low
family: wash
owner: desk
detector: {detector}
params: {{window: 30m}}
when: {{buys: {{at_least: 2}}}}
explain: "{{account}}"
"""


@pytest.fixture
def detectors():
    found = load_detectors([BUILT_IN])

    class Raising(found["wash.churn"]):
        """Works for a while."""

        id = "raising"
        version = "7"

        def measure(self, at):
            if at.row[-1] > 500:
                raise ZeroDivisionError("no trades")
            return super().measure(at)

    return {**found, "raising": Raising}


def run(folder, detectors, *names):
    (folder / "rulebook.yaml").write_bytes((SHIPPED / "rulebook.yaml").read_bytes())
    for file in folder.glob("rule-*.yaml"):
        file.unlink()
    for name in names:
        (folder / f"rule-{name.replace('.', '-')}.yaml").write_text(
            RULE.format(name=f"rule-{name.replace('.', '-')}", detector=name)
        )
    book = load_rulebook(folder, detectors)
    flow = hard_flows(1_800 * 10**9)[0]
    engine = Engine(book, detectors, flow.dictionaries, ["flow"])
    closed = []
    for first in range(0, len(flow), 100):
        batch = flow.batch.take(slice(first, first + 100))
        closed += engine.push(batch, int(batch.columns["time"][-1]))
    closed += engine.finish()
    writer = Writer(flow.dictionaries.terms, ["flow"], "USD")
    findings = [writer.finding(episode) for episode in closed]
    fields = flow.batch.columns
    states = {
        rule.id: health.after(
            rule, health.State(health.ARMED), detectors[rule.detector], engine.kinds_seen, engine.faults, fields
        )
        for rule in book.rules
    }
    return findings, states


def test_its_rules_turn_blind_and_name_the_detector_its_version_and_the_line(tmp_path, detectors):
    _, states = run(tmp_path, detectors, "raising", "wash.churn")
    assert states["rule-wash-churn"].name == "armed"
    assert states["rule-raising"].name == "blind"
    for said in ("detector raising 7", "ZeroDivisionError: no trades", "test_quarantine.py, line "):
        assert said in states["rule-raising"].reason


def test_the_other_rules_find_what_they_find_without_it(tmp_path, detectors):
    alone, _ = run(tmp_path, detectors, "wash.churn")
    beside, _ = run(tmp_path, detectors, "raising", "wash.churn")
    assert alone
    assert [one for one in beside if one["rule"] == "rule-wash-churn"] == alone


def test_what_it_found_before_it_raised_is_still_told(tmp_path, detectors):
    findings, _ = run(tmp_path, detectors, "raising")
    assert findings
