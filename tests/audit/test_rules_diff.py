"""`surveil rules diff`: what an edit changes, which version it needs, and which alerts come and go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surveillance.cli.main import run
from surveillance.engine.comparing import AFTER, BEFORE, judge_twice
from surveillance.engine.run import detect


@pytest.fixture
def diff(capsys):
    def diff(*words):
        capsys.readouterr()
        status = run(["rules", "diff", *map(str, words)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return diff


def test_an_edit_is_told_field_by_field_against_the_last_release(diff, stricter):
    status, text = diff("first..", "--rules", "rules")
    assert status == 0
    assert "when.buys: at least 3 -> at least 6 [finds less]" in text
    assert "wash-churn changed, and its version did not" in text
    assert "This is a major change: at least version 1.0.0" in text
    assert "Version 0.1.0 is not enough." in text


def test_nothing_differs_from_itself(diff, house):
    status, text = diff("first..main", "--rules", "rules")
    assert status == 0
    assert "Nothing differs.\nNo new version is needed." in text


def test_folders_are_compared_as_well_as_commits(diff, stricter, git, tmp_path):
    git("worktree", "add", "-q", str(tmp_path / "old"), "first")
    status, text = diff(f"{tmp_path / 'old' / 'rules'}..rules")
    assert status == 0
    assert "when.buys: at least 3 -> at least 6" in text


def test_each_rulebook_finds_in_one_pass_what_it_finds_alone(stricter, day, tmp_path, git):
    git("worktree", "add", "-q", str(tmp_path / "old"), "first")
    folders = (tmp_path / "old" / "rules", stricter / "rules")
    inputs = {"feed": "canonical", "reference": day / "reference", "rates": [day / "reference" / "rates.csv"]}
    judged = judge_twice([day / "events.parquet"], rules=folders, out=tmp_path / "both", **inputs)
    assert judged["rules_measured"] < 2 * len(list(folders[0].rglob("*/*.yaml")))
    for name, rules in zip((BEFORE, AFTER), folders, strict=True):
        detect([day / "events.parquet"], rules=rules, out=tmp_path / name, **inputs)
        for file in ("findings.ndjson", "alerts.ndjson"):
            alone, both = ((place / file).read_text() for place in (tmp_path / name, tmp_path / "both" / name))
            assert [told(line) for line in alone.splitlines()] == [told(line) for line in both.splitlines()]
            assert alone


def told(line):
    record = json.loads(line)
    record.pop("detected_at", None)
    return record


def test_alerts_that_are_lost_on_a_tape_are_explained_and_make_the_change_major(diff, stricter, tape, tmp_path):
    page, note = tmp_path / "diff.html", tmp_path / "diff.md"
    status, text = diff("first..", "--rules", "rules", *tape, "--html", page, "--markdown", note, "--json")
    assert status == 0
    found = json.loads(text)
    moved = found["tape"]
    assert found["step"] == "major"
    assert moved["lost"] or moved["rescored"]
    assert moved["same"] + len(moved["lost"]) + len(moved["rescored"]) == moved["alerts"][0]
    assert moved["same"] + len(moved["gained"]) + len(moved["rescored"]) == moved["alerts"][1]
    assert all(one["explanation"] for one in moved["lost"])
    assert page.read_text(encoding="utf-8").count("<svg") >= 1
    assert "### On the tape: " in note.read_text(encoding="utf-8")


def test_what_cannot_be_compared_is_said(diff, house, monkeypatch):
    assert "there is no folder, commit or tag 'v9'" in diff("v9..", "--rules", "rules")[1]
    assert "write A..B, such as" in diff("first", "--rules", "rules")[1]
    assert "--tape needs --feed" in diff("first..", "--rules", "rules", "--tape", "x")[1]
    book = Path("rules/rulebook.yaml")
    book.write_text(f"{book.read_text(encoding='utf-8')}\nprivacy: pseudonymise\n", encoding="utf-8")
    status, text = diff("first..", "--rules", "rules")
    assert (status, "privacy is new: pseudonymise" in text) == (0, True)
    monkeypatch.setenv("SURVEIL_PRIVACY_KEY", "k" * 32)
    status, text = diff("first..", "--rules", "rules", "--tape", "x", "--feed", "canonical")
    assert status == 3
    assert "the rulebooks write ids in different ways" in text


def test_a_revision_is_a_name_and_never_an_option_of_git(diff, house):
    status, _ = diff("--output=x..", "--rules", "rules")
    assert status == 2
    assert not Path("x").exists()
    assert diff("--", "--output=x..", "--rules", "rules")[0] == 2
    assert not Path("x").exists()
