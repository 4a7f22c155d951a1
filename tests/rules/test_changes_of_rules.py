"""What differs between two rulebooks is said in words, and the step of the version follows from what it does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detecting.measure import Unit
from surveillance.rules.changes import compare
from surveillance.rules.conditions import Threshold
from surveillance.rules.law import demanded, next_version, step_between
from surveillance.rules.limits import widens
from surveillance.rules.units import Amount

BEFORE = "when: {buys: {at_least: 3}, sells: {at_least: 2}}\nasset_classes: {equity: {}, fx: {}}"


def thresholds(unit=Unit.COUNT):
    def made(op, first, step):
        amounts = (Amount(Fraction(first), ""), Amount(Fraction(first + step), ""))
        return Threshold("m", unit, op, amounts if op == "between" else amounts[:1], "", graded=False)

    ops = st.sampled_from(["at_least", "above", "at_most", "below", "between"])
    return st.builds(made, ops, st.integers(-4, 4), st.integers(0, 4))


@given(thresholds(), thresholds())
def test_a_wider_limit_lets_through_whatever_the_other_did_and_is_told_exactly(old, new):
    one, other = old.condition(1), new.condition(1)
    values = range(-12, 13)
    passed = {value for value in values if one.low <= value <= one.high}
    others = {value for value in values if other.low <= value <= other.high}
    if widens(old, new):
        assert passed <= others
    elif not {"above", "below"} & {old.op, new.op}:
        assert not passed <= others, "between whole numbers, only limits that exclude can be equal in another form"


def test_limits_in_ticks_and_in_points_cannot_be_compared():
    one, other = (
        Threshold("m", Unit.PRICE, "at_least", (Amount(Fraction(value), word),), "", graded=False)
        for value, word in ((5, "ticks"), (1, "points"))
    )
    assert not widens(one, other)
    assert not widens(other, one)


@pytest.fixture
def differing(load):
    """Give the differences between two forms of one rule."""

    def differ(after, before=BEFORE, **said):
        book, new, versions = load_book(load, before), load_book(load, after), {"wash.churn": "1"}
        return compare(book, replace(new, rules=tuple(replace(one, **said) for one in new.rules)), versions, versions)

    return differ


def load_book(load, body):
    head = "format: 1\nid: churn\nversion: 1\ntitle: Churn\nstatus: active\nseverity: high\nfamily: wash\n"
    return load(churn=f"{head}owner: desk\ndetector: wash.churn\nexplain: '{{account}}'\n{body}\n")


@pytest.mark.parametrize(
    ("after", "said", "step"),
    [
        (BEFORE, [], "none"),
        (BEFORE.replace("3}", "4}"), ["when.buys: at least 3 -> at least 4 [finds less]"], "major"),
        (BEFORE.replace("3}", "2}"), ["when.buys: at least 3 -> at least 2 [finds more]"], "minor"),
        (
            BEFORE.replace("at_least: 3", "at_most: 9"),
            ["when.buys: at least 3 -> at most 9 [may find less, strengths are counted in another way]"],
            "major",
        ),
        (
            BEFORE.replace("buys: {at_least: 3}, ", ""),
            ["when.buys is gone, it was at least 3 [finds more]"],
            "minor",
        ),
        (
            BEFORE.replace("fx: {}", "fx: {when: {buys: {at_least: 5}}}"),
            ["when.buys (fx): at least 3 -> at least 5 [finds less]"],
            "major",
        ),
        (
            f"{BEFORE}\nbands: {{illiquid: {{when: {{buys: {{at_least: 2}}}}}}}}",
            ["when.buys (equity, illiquid; fx, illiquid): at least 3 -> at least 2 [finds more]"],
            "minor",
        ),
        (BEFORE.replace(", fx: {}", ""), ["asset_classes is gone, it was fx [finds less]"], "major"),
        (BEFORE.replace("fx: {}", "fx: {}, crypto: {}"), ["asset_classes is new: crypto [finds more]"], "minor"),
        (f"{BEFORE}\nreferences: [MAR 12]", ["references is new: MAR 12 [finds the same]"], "patch"),
        (
            f"{BEFORE}\nconsume: true",
            ["consume: no -> yes [may find less, hits use up their events, or no longer do]"],
            "major",
        ),
    ],
)
def test_each_difference_is_told_in_words_with_what_it_demands(differing, after, said, step):
    found = differing(after)
    assert [str(one) for one in found] == said
    assert demanded(found) == step


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ({"severity": "medium"}, "major"),
        ({"severity": "critical"}, "minor"),
        ({"status": "shadow"}, "major"),
        ({"status": "retired"}, "major"),
        ({"title": "Other words"}, "patch"),
        ({"owner": "another desk"}, "patch"),
        ({"family": "other"}, "major"),
        ({"gap": 5}, "major"),
    ],
)
def test_what_a_field_demands(differing, said, step):
    (change,) = differing(BEFORE, **said)
    assert change.field == next(iter(said))
    assert demanded([change]) == step


def test_a_looser_limit_of_a_rule_that_consumes_is_not_proven(differing):
    consuming = f"{BEFORE}\nconsume: true"
    (change,) = differing(consuming.replace("3}", "2}"), consuming)
    assert demanded([change]) == "major"
    assert "use up events that others needed" in str(change)


def test_a_new_rule_is_minor_a_removed_one_major_and_one_that_nobody_heard_of_a_patch(load):
    book = load_book(load, BEFORE)
    empty = replace(book, rules=())
    assert demanded(compare(empty, book, {}, {})) == "minor"
    assert demanded(compare(book, empty, {}, {})) == "major"
    draft = replace(book, rules=tuple(replace(one, status="draft") for one in book.rules))
    assert demanded(compare(draft, empty, {}, {})) == "patch"


def test_a_detector_that_measures_in_another_way_is_major(load):
    book = load_book(load, BEFORE)
    (change,) = compare(book, book, {"wash.churn": "1"}, {"wash.churn": "2"})
    assert (change.field, change.before, change.after) == ("detector version", "1", "2")
    assert demanded([change]) == "major"


def test_weights_levels_and_currency_of_the_book_are_compared(load):
    book = load_book(load, BEFORE)
    lower = replace(book.scoring, weights={**book.scoring.weights, "high": (7000, 8300)})
    easier = replace(book.scoring, levels={**book.scoring.levels, "high": 60})
    assert [str(one) for one in compare(book, replace(book, scoring=lower), {}, {})] == [
        "scoring.weights.high: 72% to 83% -> 70% to 83% [finds less]"
    ]
    assert demanded(compare(book, replace(book, scoring=easier), {}, {})) == "minor"
    assert demanded(compare(book, replace(book, base_currency="EUR"), {}, {})) == "major"


def test_a_tape_can_only_raise_the_step():
    assert demanded([], lost=True) == "major"
    assert demanded([], gained=True) == "minor"
    assert demanded([]) == "none"


@pytest.mark.parametrize(
    ("step", "after"), [("none", "1.4.2"), ("patch", "1.4.3"), ("minor", "1.5.0"), ("major", "2.0.0")]
)
def test_the_next_version_takes_the_step(step, after):
    assert next_version("1.4.2", step) == after
    assert step_between("1.4.2", after) == step


def test_a_version_is_three_numbers():
    with pytest.raises(ValueError, match="is not a version, such as"):
        next_version("1.4", "patch")
