"""A proposal is what it says: other days, the same figures as a run, and a patch that changes nothing else."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from surveillance.bundle import rules_folder
from surveillance.cli.main import run
from surveillance.engine.run import detect
from surveillance.errors import InputError, RulesError
from surveillance.evaluation import evaluate
from surveillance.evaluation.days import read_days
from surveillance.evaluation.tuning import tune
from surveillance.evaluation.tuning_days import day_of, split
from surveillance.evaluation.tuning_search import Objective
from surveillance.simulator import SimulationConfig, simulate_to

HEAD = """\
format: 1
id: {id}
version: 3   # of this rule
title: A rule to tune
status: {status}
severity: high
family: test
owner: desk
detector: {detector}
"""
RULES = {
    "churn": ("wash.churn", """\
params: {window: 30m}
when:
  buys:        {at_least: 3}     # on each side
  sells:       {at_least: 3}
  alternation: {at_least: 60%}   # how often it turns
  volume:      {at_least: 10_000 shares}
asset_classes:
  equity: {}
  fixed_income: {params: {window: 2h}, when: {volume: {at_least: 5_000_000 face}}}
  derivative:   {when: {volume: {at_least: 200 contracts}}}
bands:
  illiquid: {when: {volume: {at_least: 2_000 shares}}}
"""),
    "layers": ("layering", """\
params: {sequence: either, placed: 10s, lifetime: 30s, cancelled: 20s, traded: 2s}
when:
  orders:          {at_least: 3}
  cancels:         {at_least: 3}
  cancelled_share: {between: [60%, 100%]}
consume: true
"""),
    "burst": ("notional.burst", """\
params: {window: 30m, limits: {equity: 1_000_000 USD, fixed_income: 5_000_000 USD, derivative: 2_000_000 USD}}
when: {times_limit: {above: 3}}
"""),
    "ring": ("wash.circular", """\
params: {every: 10m, window: 1h, least: 3, odds: 1}
when: {members: {at_least: 3}, left_over: {at_most: 25%, graded: false}}
"""),
}  # fmt: skip
TAIL = """\
explain: "{trader}"
rationale:
  why: A test.
  evidence: >-
    Two lines that were
    written before.   # not a comment
  reviewed: 2026-11-20
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """Write a rulebook with comments."""
    folder = tmp_path_factory.mktemp("rules")
    shutil.copyfile(rules_folder() / "rulebook.yaml", folder / "rulebook.yaml")
    for name, (detector, body) in RULES.items():
        head = HEAD.format(id=name, detector=detector, status="draft" if name == "ring" else "active")
        tail = TAIL if detector == "notional.burst" else TAIL.replace("trader", "account")
        (folder / f"{name}.yaml").write_text(f"{head}{body}{tail}")
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two small labelled days."""
    folder = tmp_path_factory.mktemp("days")
    for seed in (7, 8):
        simulate_to(folder / f"day-{seed}", SimulationConfig(seed=seed, events=40_000))
    return folder


@pytest.fixture(scope="module")
def tuned(corpus, rules):
    days = [day_of(corpus / "day-7")], [day_of(corpus / "day-8")]
    return {rule: tune(rule, *days, rules=rules) for rule in ("churn", "layers", "burst")}


def evaluated(rule, text, day, folder):
    """Run a rule's text over a day, and evaluate what it finds."""
    folder.mkdir()
    shutil.copyfile(rules_folder() / "rulebook.yaml", folder / "rulebook.yaml")
    (folder / f"{rule}.yaml").write_text(text, encoding="utf-8")
    reference = day / "reference"
    rates = [reference / "rates.csv"]
    out = folder / "run"
    detect([day / "events.parquet"], feed="canonical", rules=folder, reference=reference, rates=rates, out=out)
    days = read_days([out], [day / "truth.csv"])
    return evaluate([], days.findings, days.episodes, days.rules).by_rule[rule]


@pytest.mark.parametrize("rule", ["churn", "layers", "burst"])
def test_figures_are_those_that_a_run_and_its_evaluation_give(rule, corpus, tuned, tmp_path):
    found = tuned[rule]
    for place, (compared, day) in enumerate([(found.tuned_on, "day-7"), (found.held_out, "day-8")]):
        for name, text in (("now", found.text), ("proposed", found.patched)):
            real = evaluated(rule, text, corpus / day, tmp_path / f"{place}{name}")
            said = getattr(compared, name)
            assert said.recall == real.recall
            assert said.precision == real.precision
            assert said.lookalikes == sum(one.hits for one in real.lookalikes.values())


def test_findings_of_groups_are_those_of_a_run_and_a_draft_can_be_tuned(corpus, rules, tmp_path):
    day = corpus / "day-7"
    found = tune("ring", [day_of(day)], rules=rules, typologies=["wash.churn"])
    for name, text in (("now", found.text), ("proposed", found.patched)):
        active = text.replace("status: draft", "status: active")
        real, said = evaluated("ring", active, day, tmp_path / name), getattr(found.tuned_on, name)
        assert said.precision == real.precision
        assert said.lookalikes == sum(one.hits for one in real.lookalikes.values())


def test_a_patch_changes_limits_version_and_evidence_and_nothing_else(tuned):
    found = tuned["churn"]
    assert found.changes
    old, new = found.text.splitlines(), found.patched.splitlines()
    gone = [line for line in old if line not in new]
    places = {limit.path[-2] for limit, _ in found.changes}
    assert all(any(f"{name}:" in line for name in {"version", *places}) for line in gone[:-2])
    assert [line.strip() for line in gone[-2:]] == ["Two lines that were", "written before.   # not a comment"]
    assert [line.split("#")[1] for line in new if "#" in line] == [
        " of this rule",
        " on each side",
        " how often it turns",
    ]
    assert new[-1] == old[-1]
    assert "Tuned on 1 labelled day (day-7); on 1 other (day-8) recall went from" in " ".join(found.patched.split())
    assert [line[1:] for line in found.patch.splitlines()[2:] if line.startswith("-")] == gone


def test_what_must_be_kept_is_kept_on_the_days_tuned_on(corpus, rules):
    day = day_of(corpus / "day-7")
    for goal, floors in (("precision", {"min_recall": 0.6}), ("recall", {"min_precision": 0.5})):
        found = tune("layers", [day], rules=rules, objective=Objective(goal, **floors))
        now, then = found.tuned_on.now, found.tuned_on.proposed
        for name, floor in floors.items():
            kept = getattr(then, name.removeprefix("min_")).value
            assert kept >= min(floor, getattr(now, name.removeprefix("min_")).value)
        assert (found.held_out, found.holds) == (None, True)


def test_of_several_days_the_last_third_is_held_out(corpus):
    one, other = (day_of(corpus / name) for name in ("day-7", "day-8"))
    assert split([one], []) == ([one], [])
    assert split([one, other], []) == ([one], [other])
    assert split([one, other, one, other, one, other], []) == ([one, other, one, other], [one, other])
    assert split([one, one], [other]) == ([one, one], [other])


def test_the_command_proposes_what_it_found(corpus, rules, tmp_path, capsys):
    patch, plot = tmp_path / "rule.patch", tmp_path / "rule.svg"
    given = [
        "tune",
        "churn",
        str(corpus / "day-7"),
        str(corpus / "day-8"),
        "--rules",
        str(rules),
        "--patch",
        str(patch),
    ]
    assert run([*given, "--plot", str(plot), "--candidates", str(tmp_path / "measured.parquet")]) == 0
    told = capsys.readouterr().out
    assert "Days held out: day-8" in told
    assert "settings judged in" in told
    assert patch.read_text().count("\n+version: ") == 1
    assert plot.read_text().startswith("<?xml")
    measured = pq.read_table(tmp_path / "measured.parquet").to_pylist()
    assert {one["day"] for one in measured} == {"day-7", "day-8"}
    abuse = [one for one in measured if one["abuse"]]
    assert abuse
    assert all(one["account"] and one["instrument"] and one["buys"] >= 1 and one["episodes"] for one in abuse)
    assert min(one["alternation"] for one in measured) == pytest.approx(0.15, abs=0.03)
    assert run([*given, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["held_out"]["days"] == ["day-8"]
    assert {one["value"] for one in figures["sweeps"]["when.buys.at_least"]} >= {"1", "3", "13"}
    assert figures["patch"] == patch.read_text()


def test_a_day_can_be_a_run_or_plain_files(corpus, rules, tmp_path):
    day = corpus / "day-8"
    detect([day / "events.parquet"], feed="canonical", reference=day / "reference", rules=rules, out=tmp_path / "run")
    shutil.copyfile(day / "truth.csv", tmp_path / "truth.csv")
    found = day_of(tmp_path / "run")
    assert (found.sources, found.feed, found.truth) == (
        (day / "events.parquet",),
        "canonical",
        (tmp_path / "truth.csv").resolve(),
    )


def test_what_is_wrong_with_other_rules_is_no_matter(corpus, rules, tmp_path):
    broken = tmp_path / "rules"
    shutil.copytree(rules, broken)
    (broken / "other.yaml").write_text("nonsense: [")
    assert tune("churn", [day_of(corpus / "day-7")], rules=broken).candidates
    (broken / "churn.yaml").write_text("nonsense: [")
    with pytest.raises(RulesError, match=r"churn\.yaml"):
        tune("churn", [day_of(corpus / "day-7")], rules=broken)


def test_what_cannot_be_tuned_is_told(corpus, tmp_path, capsys):
    day = day_of(corpus / "day-7")
    with pytest.raises(InputError, match=r"(?s)the rulebook has no rule 'wash-churm'.*did you mean wash-churn"):
        tune("wash-churm", [day])
    with pytest.raises(InputError, match="no episode of nothing is labelled on these days"):
        tune("wash-churn", [day], typologies=["nothing"])
    with pytest.raises(InputError, match=r"holds neither run\.json nor events"):
        day_of(tmp_path)
    assert run(["tune", "wash-churn", "--events", "a.csv"]) == 2
    assert run(["tune", "wash-churn"]) == 2
    assert run(["tune", "wash-churn", str(corpus / "day-7"), "--min-recall", "110%"]) == 2
    told = capsys.readouterr().err
    assert "--events needs --truth" in told
    assert "name at least one DAY" in told
    assert "'110%' is no share" in told
