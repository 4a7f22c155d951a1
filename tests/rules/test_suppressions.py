"""Suppressions: what one covers, what it never hides, and what an author reads when one is wrong."""

from __future__ import annotations

from datetime import date

import pytest

from surveillance.errors import RulesError
from surveillance.rules import load_rulebook

HEAD = "format: 1\nid: mm\nrules: [churn]\nreason: Registered market maker.\nowner: compliance\n"
RULE = (
    "format: 1\nid: churn\nversion: 1\ntitle: Churn\nstatus: active\nseverity: high\nfamily: wash\nowner: desk\n"
    "detector: wash.churn\nexplain: '{account}'\nwhen: {buys: {at_least: 3}}\n"
)


@pytest.fixture
def suppression(load, tmp_path, detectors):
    """Load one suppression of the churn rule, from the lines that differ."""

    def load_one(body):
        load(churn=RULE)
        (tmp_path / "suppressions").mkdir(exist_ok=True)
        (tmp_path / "suppressions" / "mm.yaml").write_text(f"{HEAD}{body}\n", encoding="utf-8")
        (found,) = load_rulebook(tmp_path, detectors).suppressions
        return found

    return load_one


def knows(**values):
    return values.get


DAY = date(2026, 1, 5)


def test_a_suppression_covers_findings_whose_every_field_is_in_scope(suppression):
    one = suppression("scope: {account: [A1, A2], instrument: [IBM]}\nexpires: 2027-01-01")
    assert one.covers("churn", DAY, DAY, knows(account=frozenset({"A1"}), instrument=frozenset({"IBM"})))
    assert not one.covers("churn", DAY, DAY, knows(account=frozenset({"A3"}), instrument=frozenset({"IBM"})))
    assert not one.covers("other", DAY, DAY, knows(account=frozenset({"A1"}), instrument=frozenset({"IBM"})))


def test_one_account_outside_the_scope_is_enough_to_be_told(suppression):
    one = suppression("scope: {account: [A1]}\nexpires: 2027-01-01")
    assert not one.covers("churn", DAY, DAY, knows(account=frozenset({"A1", "A9"})))


def test_what_is_not_known_is_never_hidden(suppression):
    one = suppression("scope: {account: [A1]}\nexpires: 2027-01-01")
    assert not one.covers("churn", DAY, DAY, knows())


def test_a_period_holds_whole_findings_with_both_its_ends(suppression):
    one = suppression("scope: {account: [A1], from: 2026-01-05, until: 2026-01-06}\nexpires: 2027-01-01")
    known = knows(account=frozenset({"A1"}))
    assert one.covers("churn", date(2026, 1, 5), date(2026, 1, 6), known)
    assert not one.covers("churn", date(2026, 1, 4), date(2026, 1, 5), known)
    assert not one.covers("churn", date(2026, 1, 6), date(2026, 1, 7), known)


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("scope: {desk: [D1]}\nexpires: 2027-01-01", "6:9", "findings of churn do not say their desk"),
        ("scope: {from: 2026-01-01}\nexpires: 2027-01-01", "6:8", "days alone would hide every finding"),
        ("scope: {account: [A], from: 2026-02-30}\nexpires: 2027-01-01", "6:29", "is not a day of the calendar"),
        (
            "scope: {account: [A], from: 2026-02-02, until: 2026-02-01}\nexpires: 2027-01-01",
            "6:48",
            "until lies before from",
        ),
        ("scope: {account: [A]}", "1:1", "expires is missing"),
        ("scope: {}\nexpires: 2027-01-01", "6:8", "the mapping is empty"),
    ],
)
def test_a_fault_of_a_suppression_is_told_at_its_place(suppression, body, place, message):
    with pytest.raises(RulesError) as error:
        suppression(body)
    (problem,) = error.value.problems
    assert message in problem.message
    assert str(problem.location).endswith(f"mm.yaml:{place}")


def test_an_unknown_rule_gets_the_nearest_name(suppression, load, tmp_path, detectors):
    suppression("scope: {account: [A]}\nexpires: 2027-01-01")
    path = tmp_path / "suppressions" / "mm.yaml"
    path.write_text(path.read_text().replace("[churn]", "[chrn]"))
    with pytest.raises(RulesError, match="did you mean churn"):
        load_rulebook(tmp_path, detectors)


def test_an_expired_suppression_loads_for_it_hides_nothing_later(suppression):
    assert suppression("scope: {account: [A]}\nexpires: 2020-01-01").expires == date(2020, 1, 1)


def test_what_a_suppression_hides_has_a_digest_and_what_it_says_has_not(suppression):
    one = suppression("scope: {account: [A]}\nexpires: 2027-01-01").digest
    assert suppression("expires: 2027-01-01\nscope: {account: [A]}").digest == one
    assert suppression("scope: {account: [B]}\nexpires: 2027-01-01").digest != one
    assert suppression("scope: {account: [A]}\nexpires: 2027-01-02").digest != one
