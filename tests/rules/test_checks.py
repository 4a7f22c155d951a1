"""Every problem has a check: an id, a severity and a section of docs/checks.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from surveillance.cli.main import run
from surveillance.errors import Problem
from surveillance.rules.checks import CHECKS, check_of, is_error, page

ROOT = Path(__file__).parents[2]
MAKERS = {"Problem", "problem", "report", "_report", "fault", "NotationError", "_Fault", "LineError"}


def codes_in(path):
    """Yield the codes of the problems that a module makes: texts of that form, as first of the arguments of a call."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in MAKERS or re.fullmatch(r"(tape|yaml)-[a-z-]+", first.value):
                    yield first.value


def modules():
    yield from (ROOT / "surveillance" / "rules").glob("*.py")
    yield from (ROOT / "surveillance" / "documents").glob("*.py")
    yield from (ROOT / "surveillance" / "testing" / f"{name}.py" for name in (
        "checking", "never_failing", "tape_lines", "tape_usual"))  # fmt: skip
    yield ROOT / "surveillance" / "evaluation" / "reach.py"
    yield ROOT / "surveillance" / "cli" / "rules_books.py"


def test_every_code_of_a_problem_is_that_of_a_check():
    found = {code for path in modules() for code in codes_in(path)}
    assert found > {"bad-unit", "yaml-tab", "unknown-name", "overlapping-rule", "unreachable-threshold", "tape-value"}
    assert found - set(CHECKS) == set()


def test_every_check_is_of_some_problem():
    paths = [path for path in modules() if not path.stem.startswith("checks_of")]
    paths.append(ROOT / "surveillance" / "testing" / "rule_tests.py")
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    assert [code for code in CHECKS if f'"{code}"' not in text] == []


def test_the_page_of_checks_is_up_to_date():
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == page(), "run make schemas"


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_says_what_why_and_what_to_do(check):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", check.code)
    assert check.severity in {"error", "warning"}
    for text in (check.meaning, check.why, check.mend):
        assert text.endswith("."), text
    assert check.example
    assert "�" not in check.example


def test_only_checks_of_judgement_can_be_waived_and_warnings_are_among_them():
    assert {one.group for one in CHECKS.values() if one.waivable or one.severity == "warning"} == {"Judgement"}


def test_rejects_of_a_tape_are_of_one_check():
    assert check_of("out-of-range").code == "tape-event"
    assert is_error(Problem("out-of-range", "is out of range"))


def test_a_check_explains_itself(capsys):
    assert run(["rules", "check", "--explain", "shadowed-rule"]) == 0
    assert capsys.readouterr().out.startswith("## shadowed-rule\n\nWarning, can be waived.")
    assert run(["rules", "check", "--explain", "shadow-rule"]) == 2
    assert "did you mean shadowed-rule?" in capsys.readouterr().err
