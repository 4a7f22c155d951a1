"""What an author reads when a rulebook is wrong: every fault of every file, at its place, with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveillance.documents.yaml import parse_yaml
from surveillance.errors import RulesError
from surveillance.rules import load_rulebook
from surveillance.rules.building import build_rule

BROKEN = Path(__file__).parent / "broken"
SAMPLE = Path(__file__).parent / "sample.yaml"


def test_all_faults_of_all_files_are_told_at_once(detectors, monkeypatch):
    monkeypatch.chdir(BROKEN)
    with pytest.raises(RulesError) as error:
        load_rulebook(Path(), detectors)
    assert str(error.value) + "\n" == (BROKEN / "expected.txt").read_text(encoding="utf-8")
    assert error.value.exit_status == 3


def test_every_fault_but_the_obvious_has_a_place_and_says_what_to_do(detectors, monkeypatch):
    monkeypatch.chdir(BROKEN)
    with pytest.raises(RulesError) as error:
        load_rulebook(Path(), detectors)
    for problem in error.value.problems:
        assert problem.location.file
        assert problem.location.line or problem.code == "file-name"
        assert problem.hint or problem.code in {
            *("bad-value", "bad-condition", "bad-day", "wrong-type", "missing-field", "yaml-empty")
        }


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("when: {buys: {at_least: 3}, sells: {}}", "11:36", "a condition has exactly one of"),
        ("when: {}", "11:7", "the mapping is empty"),
        ("when: {buys: 3}", "11:14", "expected a mapping, found 3"),
        ("when: {buys: {at_least: [3]}}", "11:25", "a list is not a whole number"),
        ("when: {buys: {between: [3]}}", "11:24", "fewer than 2 entries"),
        ("when: {buys: {at_least: 3, graded: true}}", "11:36", "true is not false"),
        ("when: {took: {between: [1s, 2]}}", "11:29", "2 has no unit"),
        ("when: {buys: {at_least: 9_999_999_999_999_999_999}}", "11:25", "more than can ever be measured"),
        ("when: {buys: {at_least: 3}}\ngap: 1m\nconsume: true", "12:1", "gap has no meaning with consume"),
        ("when: {buys: {at_least: 3}}\ngap: 60", "12:6", "60 has no unit"),
        ("when: {buys: {at_least: 3}}\nparams: {window: 0s}", "12:18", "window is empty"),
        ("when: {buys: {at_least: 3}}\nparams: {window: null}", "12:18", "nothing is not a duration"),
        ("when: {buys: {at_least: 3}}\nparams: {floor: 1.5}", "12:17", "expected a whole number, found 1.5"),
        ("when: {buys: {at_least: 3}}\nparams: {pause: soon}", "12:17", "'soon' is not a duration"),
        ("when: {buys: {at_least: 3}}\nparams: [window]", "12:9", "expected a mapping, found a list"),
        ("when: {buys: {at_least: 3}}\nreferences: MAR", "12:13", "expected a list, found 'MAR'"),
        ("when: {buys: {at_least: 3}}\nreferences: [12:30, 7]", "12:21", "expected text, found 7"),
        ("when: {buys: {at_least: 3}}\nsubject: dsk", "12:10", "'dsk' is not one of"),
        ("when: {buys: {at_least: 3}}\nasset_classes: {}", "12:16", "the mapping is empty"),
        ("when: {buys: {at_least: 3}}\nasset_classes: [equity]", "12:16", "expected a mapping, found a list"),
        (
            "when: {buys: {at_least: 3}}\nasset_classes: {equity: {params: {windw: 2h}}}",
            "12:35",
            "windw is not known here",
        ),
        (
            "when: {buys: {at_least: 3}}\nasset_classes: {equity: {when: {buys: {at_least: 3%}}}}",
            "12:50",
            "'%' is not a unit of a count",
        ),
        ("when: {buys: {at_least: 3}}\nbands: {illiquid: {when: {bys: {above: 3}}}}", "12:27", "bys is not known here"),
        (
            "when: {buys: {at_least: 3}}\nrationale: {why: x, reviewed: 2026-05-01, review_by: 2026-05-01}",
            "12:54",
            "the next review is not after the last one",
        ),
        ("when: {buys: {at_least: 3}}\ntests: [{name: x, tape: y}]", "12:9", "expect is missing"),
    ],
)
def test_a_fault_is_told_once_at_its_place(rule, body, place, message):
    with pytest.raises(RulesError) as error:
        rule(body)
    (problem,) = error.value.problems
    assert message in problem.message
    assert str(problem.location).endswith(f"churn.yaml:{place}")


@pytest.mark.parametrize("explain", ["{0}", "{}", "{account.name}", "{account[0]}", "{buys:>9}", "{buys!r}", "}", "{"])
def test_an_explanation_names_fields_and_nothing_else(load, explain):
    text = SAMPLE.read_text(encoding="utf-8")
    lines = [f'explain: "{explain}"' if line.startswith("explain:") else line for line in text.splitlines()]
    with pytest.raises(RulesError) as error:
        load(sample="\n".join(lines))
    (problem,) = error.value.problems
    assert problem.location.path == "explain"


def test_a_folder_without_rulebook_or_rules_is_a_fault(tmp_path, detectors):
    with pytest.raises(RulesError, match="there is no such folder"):
        load_rulebook(tmp_path / "missing", detectors)
    with pytest.raises(RulesError) as error:
        load_rulebook(tmp_path, detectors)
    assert {problem.code for problem in error.value.problems} == {"unreadable-file", "no-rules"}


def test_hidden_files_and_other_files_are_no_rules(load, tmp_path):
    text = SAMPLE.read_text(encoding="utf-8")
    (tmp_path / ".#sample.yaml").write_text("not a rule")
    (tmp_path / "README.md").write_text("not a rule")
    assert [rule.id for rule in load(sample=text).rules] == ["sample"]


PIECES = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
WORDS = ["3", "60%", "30m", "[]", "{}", "null", "no", "-1", "1 share", "when:", "  equity: {}", "{a: b}", '"', "{x"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_rule_gives_problems_and_never_a_traceback(load, data):
    lines = list(PIECES)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        cut = data.draw(st.integers(0, len(line)))
        word = data.draw(st.sampled_from(WORDS))
        lines[place] = data.draw(st.sampled_from(["", line + line, line[:cut] + word + line[cut:], line[:cut] + "\n"]))
    try:
        book = load(sample="".join(lines))
    except RulesError as error:
        assert all(problem.message for problem in error.problems)  # noqa: PT017  either outcome is right
    else:
        assert book.rules[0].id == "sample"


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=4))
def test_values_of_any_form_are_left_to_the_schema(detectors, odd):
    document, _ = parse_yaml(b"detector: wash.churn", "churn.yaml")
    for name in ("id", "when", "params", "asset_classes", "bands", "explain", "rationale", "consume", "tests"):
        document.value[name] = odd
        rule, _ = build_rule(document, detectors, "USD", sound=False)
        assert rule is None
