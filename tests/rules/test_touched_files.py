"""`--changed`: a branch is told of the files that it touched, and everything is still loaded and compared."""

from __future__ import annotations

import subprocess

import pytest

STRICTER = ("sells:       {at_least: 2}", "sells:       {at_least: 3}")


@pytest.fixture
def repository(book, monkeypatch):
    """The rulebook with another rule, in which something is wrong, on a branch of its own."""
    for name, value in (
        ("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com"), ("GIT_COMMITTER_NAME", "A"),
        ("GIT_COMMITTER_EMAIL", "a@example.com"), ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    book.another("old", ("blind_spots: [Accounts of one owner]\n", ""), ("window: 30m", "window: 1h"))
    git("init", "-q", "-b", "main", ".")
    commit("Begin")
    git("checkout", "-q", "-b", "mine")
    return book


def git(*words):
    subprocess.run(["git", *words], check=True, capture_output=True)


def commit(message):
    git("add", "-A")
    git("commit", "-q", "-m", message)


def shown(book, *words):
    told = book.told(*words)
    return sorted({(one["file"], one["code"]) for one in told["problems"]}), told["elsewhere"]


def test_a_branch_without_a_change_has_no_problems(repository):
    assert shown(repository)[0] == [
        ("rules/old.yaml", "incomplete-rule"),
        ("rules/old.yaml", "text-of-other-threshold"),
    ]
    assert shown(repository, "--changed") == ([], 2)
    status, text = repository.check("--changed")
    assert status == 0
    assert text.startswith("0 rules: nothing is wrong; of what changed since ")
    assert text.endswith(", 2 more in other files\n")


def test_what_is_committed_what_is_not_and_what_is_new_is_touched(repository):
    repository.edit("title: One account", "title: In 5% one account")
    commit("A title")
    repository.another("new", ("references: [MAR Annex I A(d)]\n", ""), ("window: 30m", "window: 20m"))
    assert shown(repository, "--changed")[0] == [
        ("rules/churn.yaml", "text-of-other-threshold"),
        ("rules/new.yaml", "incomplete-rule"),
        ("rules/new.yaml", "text-of-other-threshold"),
    ]
    assert repository.check("--changed=main")[0] == 3
    commit("A rule")
    assert shown(repository, "--changed=HEAD") == ([], 5)


def test_what_came_to_the_main_branch_meanwhile_is_not_of_the_branch(repository):
    git("checkout", "-q", "main")
    repository.edit("title: One account", "title: In 5% one account")
    commit("On the main branch")
    git("checkout", "-q", "mine")
    git("merge", "-q", "main")
    assert shown(repository, "--changed")[0] == []


def test_a_rule_is_compared_with_those_that_the_branch_did_not_touch(repository):
    repository.another("new", STRICTER)
    assert ("rules/new.yaml", "shadowed-rule") in shown(repository, "--changed")[0]


def test_a_problem_of_two_rules_is_told_when_either_is_touched(repository):
    repository.another("aside", STRICTER)
    commit("In the shadow")
    git("checkout", "-q", "-B", "main")
    git("checkout", "-q", "-b", "later")
    repository.edit("owner: desk", "owner: desk # of equities")
    assert ("rules/aside.yaml", "shadowed-rule") in shown(repository, "--changed")[0]


def test_a_deleted_rule_is_told_though_no_file_of_it_is_left(repository, capsys):
    from surveillance.cli.main import run

    assert run(["rules", "lock", "rules"]) == 0
    commit("Lock")
    git("checkout", "-q", "-B", "main")
    git("checkout", "-q", "-b", "later")
    (repository.folder / "old.yaml").unlink()
    assert shown(repository, "--changed")[0] == [("rules/rulebook.lock.json", "deleted-rule")]
    capsys.readouterr()


def test_a_changed_rulebook_concerns_every_file(repository):
    repository.edit("base_currency: USD", "base_currency: EUR", name="rulebook")
    assert ("rules/old.yaml", "incomplete-rule") in shown(repository, "--changed")[0]


def test_a_path_behind_changed_is_a_path(repository, capsys):
    from surveillance.cli.main import run

    assert run(["rules", "check", "--changed", "rules"]) == 0
    assert "of what changed since" in capsys.readouterr().out


def test_a_branch_that_does_not_exist_and_a_folder_without_history_are_told(repository, tmp_path, capsys):
    status, text = repository.check("--changed=nowhere")
    assert (status, "there is no folder, commit or tag 'nowhere'" in text) == (2, True)
    git("checkout", "-q", "--orphan", "apart")
    commit("Apart")
    status, text = repository.check("--changed")
    assert (status, "have no commit in common" in text, "fetch-depth: 0" in text) == (2, True, True)
    git("branch", "-D", "main")
    git("branch", "-D", "mine")
    status, text = repository.check("--changed")
    assert (status, "--changed=REF" in text) == (2, True)
