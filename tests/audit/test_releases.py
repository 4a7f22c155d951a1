"""A release is made only when check, tests, lock, law, tape and somebody else's signature agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surveillance.audit.chain import verify
from surveillance.audit.log import AuditLog


def test_a_release_has_manifest_changelog_tag_and_log(release, commit, sign, git, surveil, house):
    commit("1.0.0")
    status, text = release("1.0.0", sign("approved-1"))
    assert status == 0, text
    assert git("describe", "--exact-match") == "rules-v1.0.0"
    said = json.loads((house / "rules/releases/1.0.0.json").read_text(encoding="utf-8"))
    assert said["approval"]["email"] == "rita@example.com"
    assert said["authors"] == ["ann@example.com"]
    assert set(said["detectors"]) == {"notional.burst", "wash.churn"}
    assert "rulebook.lock.json" in said["files"]
    assert said["tape"]["alerts"] > 0
    assert "## 1.0.0 - " in (house / "rules/CHANGELOG.md").read_text(encoding="utf-8")
    log = AuditLog(Path("audit"))
    assert [one.kind for one in log.entries()] == ["approval", "release"]
    assert verify(log.path, log.heads())[1] == []
    status, text = surveil("rules", "releases")
    assert "rules-v1.0.0" in text
    assert "approved by Rita" in text
    assert surveil("rules", "lock", "--check", "rules")[0] == 0


def test_the_second_release_takes_the_step_that_the_law_demands(release, commit, sign, house):
    commit("1.0.0")
    assert release("1.0.0", sign("approved-1"))[0] == 0
    rule = house / "rules/wash/wash-churn.yaml"
    text = rule.read_text(encoding="utf-8")
    old = int(next(line for line in text.splitlines() if line.startswith("version:")).split()[1])
    text = text.replace(f"version: {old}\n", f"version: {old + 1}\n").replace("severity: high", "severity: medium")
    rule.write_text(text, encoding="utf-8")
    commit("1.1.0")
    status, said = release("1.1.0", sign("approved-2"))
    assert status == 3
    assert "1.1.0 after 1.0.0 is a minor step, and the law demands major: wash-churn: severity: high -> medium" in said
    commit("2.0.0")
    status, said = release("2.0.0", sign("approved-3"), "--dry-run")
    assert (status, "2.0.0 could be released: approved by Rita, major step" in said) == (0, True)
    status, said = release("2.0.0", "approved-3")
    assert status == 0, said
    changes = json.loads((house / "rules/releases/2.0.0.json").read_text(encoding="utf-8"))
    assert changes["previous"] == "rules-v1.0.0"
    assert "wash-churn: severity: high -> medium [finds less]" in changes["changes"]
    assert changes["tape"]["rescored"] + changes["tape"]["lost"] > 0
    log = (house / "rules/CHANGELOG.md").read_text(encoding="utf-8")
    assert log.index("## 2.0.0") < log.index("## 1.0.0")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("ann", "ann@example.com approved their own change"),
        ("mallory", "approval has no signature of an approver"),
    ],
)
def test_an_author_or_a_stranger_cannot_approve(release, commit, sign, house, who, said):
    commit("1.0.0")
    status, text = release("1.0.0", sign("approval", who))
    assert (status, said in text) == (3, True)
    assert not (house / "rules/releases").exists()


def test_no_signature_no_release(release, commit, git):
    commit("1.0.0")
    git("tag", "-a", "approval", "-m", "I say so")
    for ref in ("approval", "HEAD"):
        status, text = release("1.0.0", ref)
        assert (status, f"{ref} has no signature of an approver" in text) == (3, True)


def test_an_approval_is_of_these_very_rules(release, commit, sign, house, git):
    commit("1.0.0")
    sign("approval")
    (house / "rules/wash/note.yaml").write_text("x: 1\n", encoding="utf-8")
    (house / "rules/wash/note.yaml").unlink()
    book = house / "rules/rulebook.yaml"
    book.write_text(book.read_text(encoding="utf-8") + "# later\n", encoding="utf-8")
    status, text = release("1.0.0", "approval")
    assert (status, "changes in the rulebook that are not committed" in text) == (3, True)
    git("commit", "-q", "-a", "-m", "later")
    status, text = release("1.0.0", "approval")
    assert (status, "approval is of other rules than those committed now" in text) == (3, True)


def test_everything_that_disagrees_is_told_at_once(release, commit, sign, house, git):
    commit("1.0.0")
    (house / "rules/rulebook.lock.json").unlink()
    git("commit", "-q", "-a", "-m", "no lock")
    status, text = release("1.2.0", sign("approval", "ann"))
    assert status == 3
    for said in ("rulebook.yaml has version 1.0.0, not 1.2.0", "there is no lock", "approved their own change"):
        assert said in text


def test_approvers_are_checked_like_rules(release, commit, sign, house):
    approvers = house / "rules/approvers.yaml"
    approvers.write_text("format: 1\napprovers: [{name: Rita, email: rita, key: nonsense}]\n", encoding="utf-8")
    commit("1.0.0")
    status, text = release("1.0.0", "HEAD")
    assert status == 3
    assert "an address looks like" in text
    assert "a key begins with its kind" in text
