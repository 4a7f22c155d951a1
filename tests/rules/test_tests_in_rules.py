"""The tests section of a rule file: what is read, and what an author reads when it is wrong."""

from __future__ import annotations

import pytest

from surveillance.errors import Location, RulesError
from surveillance.events.reference_files import ACCOUNT_FIELDS, INSTRUMENT_FIELDS
from surveillance.rules.clock import START, read_moment, show_moment
from surveillance.rules.schema import build_rule_schema

WHEN = "when: {buys: {at_least: 3}}\ntests:\n"
TEST = "  - name: it\n    tape: |\n      +0m trade A1 IBM buy 1 @ 1\n    expect: "


def test_a_test_is_read_with_everything_that_it_says(rule):
    text = (
        "  - name: it\n    reference:\n      accounts: {A1: {trader: T1}}\n"
        "      instruments: {X: {asset_class: fx, price_scale: 3, multiplier: 1_000.5}}\n"
        "    tape: |\n      +0m trade A1 IBM buy 1 @ 1\n"
        "    expect:\n      - {account: A1, instrument: 500, at: +1m30s, hits: 2, events: 7,\n"
        "         measures: {buys: 3, alternation: {at_least: 60%}}, strength: {above: 10%}}\n"
    )
    (test,) = rule(WHEN + text).tests
    assert test.reference.accounts == {"A1": {"trader": "T1"}}
    assert test.reference.instruments == {"X": {"asset_class": "fx", "price_scale": "3", "multiplier": "1000.5"}}
    (one,) = test.expect
    assert one.key == {"account": "A1", "instrument": "500"}
    assert (one.at, one.hits, one.events) == (START + 90_000_000_000, 2, 7)
    assert [(part.measure, part.op, part.text) for part in one.measures] == [
        ("buys", "between", "3"),
        ("alternation", "at_least", "at least 60%"),
    ]
    assert one.strength.condition(10_000).low == 1_001


@pytest.mark.parametrize("block", ["|", "|-", "|2", "|+"])
def test_the_first_character_of_a_tape_has_its_place(rule, block):
    indent = "        " if "2" not in block else "      "
    text = f"  - name: it\n    tape: {block}\n\n{indent}+0m trade A1 IBM buy 1 @ 1\n    expect: []\n"
    (test,) = rule(WHEN + text).tests
    line = test.tape_place.line + test.tape.splitlines().index("+0m trade A1 IBM buy 1 @ 1")
    assert (line, test.tape_place.column) == (16, len(indent) + 1)


def test_a_tape_in_one_line_has_the_place_of_its_value(rule):
    (test,) = rule(WHEN + "  - name: it\n    tape: +0m trade A1 IBM buy 1 @ 1\n    expect: []\n").tests
    assert test.tape_place == Location(test.place.file, 14, 11, "tests[0].tape")


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("[{acount: A1}]", "acount is not a field of the key account and instrument"),
        ("[{account: A1, at: 5m}]", "a time is written as +5m, +1m30s or 09:35:00"),
        ("[{account: A1, measures: {bys: 3}}]", "bys is not a measure of the detector"),
        ("[{account: A1, measures: {volume: 3}}]", "3 has no unit, and a quantity needs one"),
        ("[{account: A1, measures: {buys: {}}}]", "a condition has exactly one operator"),
        ("[{account: A1, measures: {alternation: {at_least: 0.6}}}]", "0.6 has no unit"),
        ("[{account: A1, strength: 12 shares}]", "'shares' is not a unit of a share"),
        ("[{account: A1, hits: 0}]", "0 is below 1"),
        ("[{}]", "the mapping is empty"),
        ("[A1]", "expected a mapping, found 'A1'"),
        ("{}", "expected a list, found a mapping"),
    ],
)
def test_a_fault_of_what_is_expected_is_told_once(rule, expect, message):
    with pytest.raises(RulesError) as error:
        rule(f"{WHEN}{TEST}{expect}\n")
    (problem,) = error.value.problems
    assert message in problem.message
    assert problem.location.line == 16


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("{accounts: {A1: {tradr: T}}}", "tradr is not known here"),
        ("{instruments: {X: {asset_class: bond}}}", "'bond' is not one of"),
        ("{instruments: {X: {multiplier: 0}}}", "0 is not above 0"),
        ("{instruments: {X: {multiplier: 0.1234567}}}", "has more than 6 decimals"),
        ("{instruments: {X: {price_scale: 13}}}", "13 is above 12"),
    ],
)
def test_a_fault_of_the_reference_data_is_told_once(rule, reference, message):
    with pytest.raises(RulesError) as error:
        rule(f"{WHEN}{TEST}[]\n    reference: {reference}\n")
    (problem,) = error.value.problems
    assert message in problem.message


def test_two_tests_of_one_rule_have_two_names(rule):
    with pytest.raises(RulesError, match="another test has this name"):
        rule(f"{WHEN}{TEST}[]\n{TEST}[]\n")


def test_reference_data_in_a_test_has_the_fields_of_reference_data(detectors):
    definitions = build_rule_schema(detectors)["definitions"]
    assert set(definitions["account"]["properties"]) == set(ACCOUNT_FIELDS)
    assert set(definitions["instrument"]["properties"]) == set(INSTRUMENT_FIELDS)


def test_the_digest_of_a_rule_does_not_depend_on_its_tests(rule):
    assert rule(f"{WHEN}{TEST}[]\n").digest == rule("when: {buys: {at_least: 3}}").digest


@pytest.mark.parametrize("text", ["+5", "5m", "+5 m", "+-5m", "24:00", "9:30", "", "+1m-1s", "+9999999999s"])
def test_what_is_no_moment_is_not_taken_for_one(text):
    assert read_moment(text) is None


def test_moments_are_shown_from_the_start_of_the_day():
    assert show_moment(START) == "+0m"
    assert show_moment(read_moment("09:31:30.25")) == "+1m30s250ms"
    assert show_moment(read_moment("09:29:00")) == "-1m"
