"""A version of a rule stands for one content: the lock says which, and check says where the two part."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from surveillance.cli.main import run

SHIPPED = Path(__file__).parents[2] / "rules"
CHURN = Path("rules/wash/wash-churn.yaml")


@pytest.fixture
def surveil(capsys, tmp_path, monkeypatch):
    """Run a verb of rules beside a copy of the shipped rulebook that has been locked."""
    shutil.copytree(SHIPPED, tmp_path / "rules", ignore=shutil.ignore_patterns("*.lock.json"))
    monkeypatch.chdir(tmp_path)

    def surveil(*words):
        capsys.readouterr()
        status = run(["rules", *map(str, words)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    assert surveil("lock", "rules")[0] == 0
    return surveil


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def version():
    (line,) = [line for line in CHURN.read_text(encoding="utf-8").splitlines() if line.startswith("version:")]
    return int(line.split(":")[1])


def test_a_lock_names_every_rule_with_version_digest_and_detector(surveil):
    lock = json.loads(Path("rules/rulebook.lock.json").read_text(encoding="utf-8"))
    rule = lock["rules"]["wash-churn"]
    assert (rule["version"], rule["detector"], rule["status"]) == (version(), "wash.churn", "active")
    assert len(rule["digest"]) == 64
    assert surveil("lock", "--check", "rules")[0] == 0
    assert surveil("check", "rules")[0] == 0


def test_a_changed_threshold_needs_a_new_version(surveil):
    edit(CHURN, "severity: high", "severity: medium")
    status, text = surveil("check", "rules")
    assert status == 3
    line = 1 + CHURN.read_text(encoding="utf-8").split("\nversion:")[0].count("\n") + 1
    assert f"{CHURN}:{line}:10: error: what the rule finds or says has changed, and its version is still" in text
    assert f"write version: {version() + 1}" in text
    assert surveil("lock", "rules")[0] == 3
    edit(CHURN, f"version: {version()}", f"version: {version() + 1}")
    assert surveil("check", "rules")[0] == 0
    status, text = surveil("lock", "--check", "rules")
    assert status == 3
    assert "wash-churn has another version, digest" in text
    assert surveil("lock", "rules")[0] == 0
    assert surveil("lock", "--check", "rules")[0] == 0


def test_other_spelling_comments_and_tests_need_no_new_version(surveil):
    edit(CHURN, "severity: high", "severity:   high   # as ever")
    assert surveil("lock", "--check", "rules")[0] == 0


def test_a_version_does_not_go_back(surveil):
    edit(CHURN, f"version: {version()}", f"version: {version() + 1}")
    assert surveil("lock", "rules")[0] == 0
    edit(CHURN, f"version: {version()}", f"version: {version() - 1}")
    status, text = surveil("check", "rules")
    assert status == 3
    assert "is older than" in text


def test_an_active_rule_is_retired_and_not_deleted(surveil):
    CHURN.unlink()
    status, text = surveil("check", "rules")
    assert status == 3
    assert "the active rule wash-churn is gone" in text
    assert "surveil rules retire wash-churn" in text
    assert surveil("lock", "rules")[0] == 3


def test_a_single_file_is_not_blamed_for_others(surveil):
    CHURN.unlink()
    assert surveil("check", "rules/layering/layering.yaml")[0] == 0


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}', "\x00"])
def test_what_is_no_lock_is_said(surveil, content):
    Path("rules/rulebook.lock.json").write_text(content, encoding="utf-8")
    status, text = surveil("check", "rules")
    assert status == 3
    assert "is not a lock" in text
    assert "surveil rules lock" in text


def test_a_rule_is_retired_in_its_file_with_the_reason_and_all_else_as_it_was(surveil):
    before = CHURN.read_text(encoding="utf-8").splitlines()
    status, text = surveil(
        "retire", "wash-churn", "--reason", "Replaced: wash-self sees it.", "--by", "Ann", "--rules", "rules"
    )
    assert (status, "retired, version" in text) == (0, True)
    after = CHURN.read_text(encoding="utf-8").splitlines()
    assert [line for line in before if line not in after] == [f"version: {version() - 1}", "status: active"]
    assert "  reason: >-" in after or '  reason: "Replaced: wash-self sees it."' in after
    assert surveil("check", "rules")[0] == 0
    assert surveil("lock", "rules")[0] == 0
    status, text = surveil("retire", "wash-churn", "--reason", "Again", "--rules", "rules")
    assert status == 2
    assert "is retired already: Replaced: wash-self sees it." in text


def test_a_retired_rule_says_why_and_can_then_be_deleted(surveil):
    edit(CHURN, "status: active", "status: retired")
    edit(CHURN, f"version: {version()}", f"version: {version() + 1}")
    status, text = surveil("check", "rules")
    assert (status, "a retired rule says why" in text) == (3, True)
    edit(CHURN, "status: retired", "status: retired\nretired: {on: 2026-11-21, by: Ann, reason: It found nothing}")
    assert surveil("check", "rules")[0] == 0
    assert surveil("lock", "rules")[0] == 0
    CHURN.unlink()
    assert surveil("check", "rules")[0] == 0


def test_retiring_needs_a_rule_and_a_reason(surveil):
    assert (
        "there is no rule 'wash-chun'; did you mean"
        in surveil("retire", "wash-chun", "--reason", "x", "--rules", "rules")[1]
    )
    assert surveil("retire", "wash-churn", "--reason", " ", "--rules", "rules")[0] == 2
