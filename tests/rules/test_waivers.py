"""Waivers: a reason sets a check of judgement aside in one place, is counted, and never does more than it says."""

from __future__ import annotations

import pytest

OVERDUE = ("  review_by: 2099-01-31", "  review_by: 2021-01-31")


def test_a_waiver_on_the_line_sets_a_problem_aside_and_is_counted(book):
    book.edit(OVERDUE[0], f"{OVERDUE[1]}  # surveil: allow overdue-review because the desk is closed")
    assert book.check("--strict") == (0, "1 rule: nothing is wrong; 1 waived\n")
    (waived,) = book.told()["waived"]
    assert (waived["code"], waived["reason"], waived["line"]) == ("overdue-review", "the desk is closed", 20)


def test_a_waiver_on_the_line_before_does_so_too(book):
    comment = "  # surveil: allow expired, overdue-review because it is late\n  # as everybody knows\n\n"
    book.edit(OVERDUE[0], comment.replace("expired, ", "") + OVERDUE[1])
    assert book.check()[1].endswith("nothing is wrong; 1 waived\n")


def test_a_waiver_two_lines_away_waives_nothing_and_is_told(book):
    book.edit("  review_by: 2099-01-31", "  review_by: 2021-01-31")
    book.edit("  why: ", "  # surveil: allow overdue-review because the desk is closed\n  why: ")
    assert sorted(book.codes()) == ["overdue-review", "unused-waiver"]


def test_a_waiver_without_a_reason_is_an_error_and_waives_nothing(book):
    book.edit(OVERDUE[0], f"{OVERDUE[1]}  # surveil: allow overdue-review")
    status, text = book.check()
    assert status == 3
    assert "overdue-review is waived without a reason" in text
    assert "warning: the review was due" in text


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# surveil: allow bad-unit because I say so", "bad-unit cannot be waived"),
        ("# surveil: allow overdue-reviews because I say so", "did you mean overdue-review?"),
        ("# surveil: ignore all of it", "'surveil: ignore all of it' is no waiver"),
        ("# surveil: allow overdue-review because  ", "is waived without a reason"),
    ],
)
def test_a_waiver_of_something_else_is_an_error(book, comment, said):
    book.edit("severity: medium", f"severity: medium  {comment}")
    status, text = book.check()
    assert status == 3
    assert said in text


def test_what_is_not_valid_cannot_be_waived(book):
    book.edit("severity: medium", "severty: medium  # surveil: allow unknown-field because it is only a letter")
    assert {"unknown-field", "missing-field", "bad-waiver"} == set(book.codes())


def test_an_error_of_judgement_can_be_waived(book):
    book.edit("false_positives: [Market makers]\n", "")
    assert book.codes() == ["incomplete-rule"]
    book.edit("status: active", "status: active  # surveil: allow incomplete-rule because nobody does so honestly")
    assert book.check("--strict")[0] == 0


def test_a_waiver_in_a_text_or_a_tape_is_no_comment(book):
    waiver = "# surveil: allow overdue-review"
    book.edit("title: One account changes", f"title: 'One account {waiver} changes")
    book.edit("again and again", "again'")
    book.edit("  review_by", f"  evidence: |\n    {waiver}\n    and more\n  review_by")
    assert book.codes() == []


def test_a_waiver_behind_the_sign_of_a_block_is_a_comment(book):
    quiet = (
        "tape: |  # surveil: allow idle-test because quotes are all there is\n      +0m quote IBM buy 1 @ 1\n    expect"
    )
    text = (book.folder / "churn.yaml").read_text(encoding="utf-8")
    head, _, tail = text.rpartition("tape: |")
    book.write("churn", head + quiet + tail.partition("    expect")[2])
    told = book.told()
    assert [one["code"] for one in told["waived"]] == ["idle-test"]
    assert told["problems"] == []


def test_a_waiver_of_a_check_that_was_not_made_is_not_called_unused(book):
    waiver = "# surveil: allow unreachable-threshold because the band is new"
    book.edit("  buys:        {at_least: 2}", f"  buys:        {{at_least: 2}}  {waiver}")
    assert book.codes() == []
