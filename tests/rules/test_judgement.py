"""Checks of judgement: rules that another one makes superfluous, texts and tests that say nothing, days that come."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from checked_rules import SUPPRESSION

from surveillance.cli.main import run

LOOSER = ("sells:       {at_least: 2}", "sells:       {at_least: 1}")
STRICTER = ("sells:       {at_least: 2}", "sells:       {at_least: 3}")


def test_nothing_is_wrong_with_a_whole_rule(book):
    assert book.check() == (0, "1 rule: nothing is wrong\n")


def test_two_rules_with_the_same_conditions_overlap(book):
    book.another("churn-again", ("title: One account", "title: An account"))
    status, text = book.check()
    assert status == 0
    assert "rules/churn-again.yaml:11:1: warning: finds just what churn finds" in text
    assert text.endswith("1 warning in 1 file\n")


def test_a_rule_stricter_than_one_that_is_as_severe_is_in_its_shadow(book):
    book.another("churn-strict", STRICTER, ("alternation: {at_least: 60%}", "alternation: {above: 60%}"))
    (problem,) = book.told()["problems"]
    assert (problem["code"], problem["file"], problem["line"]) == ("shadowed-rule", "rules/churn-strict.yaml", 11)
    assert "churn finds as well" in problem["message"]


@pytest.mark.parametrize(
    "edits",
    [
        (STRICTER, ("severity: medium", "severity: high")),
        (STRICTER, ("window: 30m", "window: 20m"), ("within half an hour", "in the end")),
        (STRICTER, ("alternation: {at_least: 60%}", "alternation: {at_least: 50%}")),
        (STRICTER, ("asset_classes: {equity: {}}", "asset_classes: {equity: {}, fx: {}}")),
        (STRICTER, ("status: active", "status: draft")),
        (LOOSER, ("status: active", "status: shadow")),
    ],
)
def test_a_rule_that_finds_or_tells_something_else_is_in_no_shadow(book, edits):
    book.another("churn-other", *edits)
    if ("status: active", "status: shadow") in edits:
        book.edit("status: active", "status: shadow")
        book.edit("window: 30m", "window: 31m")
        book.edit("within half an hour", "in the end")
    assert [code for code in book.codes() if code in {"shadowed-rule", "overlapping-rule"}] == []


def test_what_counts_are_the_values_that_hold_for_a_class(book):
    book.another("churn-other", STRICTER, ("equity: {}", "equity: {when: {sells: {at_least: 1}}}"))
    (problem,) = book.told()["problems"]
    assert (problem["code"], problem["file"]) == ("shadowed-rule", "rules/churn.yaml")


def test_hits_that_use_up_events_prove_nothing(book):
    book.edit("severity: medium", "severity: medium\nconsume: true")
    book.another("churn-strict", STRICTER)
    assert book.codes() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: One account changes sides again and again", "title: Sides change 75% of the time", "75%"),
        ("{alternation} of the time.", "{alternation} of the time within 5 minutes.", "5 minutes"),
        ("within half an hour", "within an hour", "an hour"),
        ("within half an hour", "more than 90 s", "90 s"),
        ("Whoever wants", "At least 1,000,000 USD change hands. Whoever wants", "1,000,000 USD"),
        ("{alternation} of the time.", "{alternation} for 2m USD.", "2m USD"),
        ("{alternation} of the time.", "{alternation}, 25bp of all.", "25bp"),
    ],
)
def test_a_text_that_promises_another_amount_is_told(book, old, new, said):
    book.edit(old, new)
    (problem,) = book.told()["problems"]
    assert (problem["code"], problem["severity"]) == ("text-of-other-threshold", "warning")
    assert f"the text says '{said}'" in problem["message"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: One account changes", "title: One account in 60% of 30 minutes changes"),
        ("title: One account changes", "title: Within half an hour one account changes"),
        ("title: One account changes", "title: At most 40% stay when one account changes"),
        ("Whoever wants", "The published limit is at least 70%. Whoever wants"),
        ("Whoever wants", "Three of five orders, 250 a second, at 16:00. Whoever wants"),
        ("Whoever wants", "An index fund holds 5% for a day and a half. Whoever wants"),
        ("Whoever wants", "More than 1_000 EUR change hands. Whoever wants"),
    ],
)
def test_a_text_may_name_what_the_rule_has_and_what_is_no_limit(book, old, new):
    book.edit(old, new)
    assert book.codes() == []


def test_an_amount_of_any_class_and_of_what_a_measure_means_is_the_rules_own(book):
    book.edit("{equity: {}}", "{equity: {}, fx: {params: {window: 2h}}}")
    book.edit("within half an hour", "within two hours")
    assert book.codes() == []


def test_a_test_on_too_short_a_tape_can_never_fail(book):
    book.edit("detector: wash.churn\nparams: {window: 30m}", "detector: wash.self\nparams: {window: 30m}")
    book.edit(
        "  buys:        {at_least: 2}\n  sells:       {at_least: 2}\n  alternation: {at_least: 60%}\n",
        "  crossings: {at_least: 1}\n",
    )
    text = (book.folder / "churn.yaml").read_text(encoding="utf-8")
    head, _, _ = text.partition("tests:\n")
    head = head.replace("{account} changed sides {alternation} of the time.", "{beneficial_owner} met himself.")
    tape = (
        "tests:\n  - name: both sides\n    tape: |\n      +0m trade A1 IBM buy  100 @ 10 trade=T1\n"
        "      +0m trade A2 IBM sell 100 @ 10 trade=T1\n      +1m trade A3 IBM sell 100 @ 10 trade=T2\n"
        "    reference: {accounts: {A1: {beneficial_owner: B1}, A2: {beneficial_owner: B1}}}\n"
        "    expect: [{beneficial_owner: B1}]\n"
        "  - name: one trade is none\n    tape: |\n      +0m trade A1 IBM buy  100 @ 10 trade=T1\n"
        "    reference: {accounts: {A1: {beneficial_owner: B1}, A2: {beneficial_owner: B1}}}\n    expect: []\n"
        "  - name: two owners\n    tape: |\n      +0m trade A1 IBM buy  100 @ 10 trade=T1\n"
        "      +0m trade A2 IBM sell 100 @ 10 trade=T1\n"
        "    reference: {accounts: {A1: {beneficial_owner: B1}, A2: {beneficial_owner: B2}}}\n    expect: []\n"
    )
    book.write("churn", head + tape)
    (problem,) = book.told()["problems"]
    assert problem["code"] == "never-failing-test"
    assert problem["path"] == "tests[1].name"
    assert "wash.self has nothing to judge" in problem["message"]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("{account: A1, measures: {buys: {at_least: 2}}}", "has buys at least 2"),
        ("{account: A1, measures: {buys: {above: 1}}}", "has buys above 1"),
        ("{account: A1, measures: {buys: {at_least: 0}}}", "has buys at least 0"),
        ("{account: A1, measures: {volume: {at_least: 300 shares}}}", None),
        ("{account: A1, measures: {alternation: {between: [60%, 100%]}}}", None),
        ("{account: A1, strength: {at_least: 0%}}", "strength of at least 0%"),
        ("{asset_class: equity}", "neither whose finding it is nor when"),
        ("{asset_class: equity, at: +3m}", None),
    ],
)
def test_an_expectation_that_every_finding_meets_is_told(book, expected, said):
    book.edit("{account: A1}", expected)
    messages = [one["message"] for one in book.told()["problems"]]
    assert len(messages) == bool(said)
    assert all(said in message for message in messages)


def test_an_overdue_review_is_told_of_rules_that_run(book):
    book.edit("review_by: 2099-01-31", "reviewed: 2020-01-31\n  review_by: 2021-01-31")
    (problem,) = book.told()["problems"]
    assert (problem["code"], problem["line"], problem["column"]) == ("overdue-review", 21, 14)
    assert "was due on 2021-01-31" in problem["message"]
    book.edit("status: active", "status: draft")
    assert book.codes() == []


@pytest.mark.parametrize(("days", "codes"), [(-1, ["expired"]), (0, ["expired"]), (5, ["expires-soon"]), (30, [])])
def test_a_suppression_is_told_of_before_and_after_it_ends(book, days, codes):
    ends = datetime.now(timezone.utc).date() + timedelta(days=days)
    book.write("suppressions/makers", SUPPRESSION.replace("2099-01-31", ends.isoformat()))
    assert book.codes() == codes


def test_names_that_the_reference_data_does_not_have_are_told(book, tmp_path):
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "accounts.csv").write_text("account_id,trader\nMM-1,T1\nMM-3,T2\n", encoding="utf-8")
    scope = "{account: [MM-1, MM-2], trader: [T9], instrument: [IBM]}"
    book.write("suppressions/makers", SUPPRESSION.replace("{account: [MM-1, MM-2]}", scope))
    assert book.codes() == []
    problems = book.told("--reference", reference)["problems"]
    assert [(one["code"], one["line"], one["column"]) for one in problems] == [
        ("unknown-name", 4, 25), ("unknown-name", 4, 41),
    ]  # fmt: skip
    assert "no account 'MM-2'" in problems[0]["message"]


def test_a_rule_that_is_not_valid_is_not_taken_for_deleted(book):
    assert run(["rules", "lock", str(book.folder)]) == 0
    book.edit("severity: medium", "severty: medium")
    assert set(book.codes()) == {"unknown-field", "missing-field"}
