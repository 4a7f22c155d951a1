"""A check as GitHub, SARIF and JUnit read it: every problem with its place, its page and how grave it is."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from surveillance.cli.main import run
from surveillance.reports.check_places import from_top
from surveillance.rules.checks import CHECKS

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "required": ["uri", "uriBaseId"],
                    "properties": {"uri": {"format": "uri-reference"}},
                },
                "region": {
                    "required": ["startLine", "startColumn"],
                    "properties": {name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn")},
                },
            },
        }
    },
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "fullDescription", "help", "defaultConfiguration"],
    "properties": {
        "id": {"type": "string"},
        **dict.fromkeys(("shortDescription", "fullDescription", "help"), TEXT),
        "defaultConfiguration": {"properties": {"level": LEVEL}},
        "helpUri": {"type": "string", "pattern": "^https://"},
    },
    "additionalProperties": False,
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {"rules": {"type": "array", "uniqueItems": True, "items": RULE}},
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                            "properties": {
                                "level": LEVEL,
                                "message": TEXT,
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "locations": {"type": "array", "items": LOCATION},
                                "suppressions": {
                                    "items": {
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What readers of SARIF 2.1.0 rely on, after its specification."""


@pytest.fixture
def wrong(book):
    """A rulebook with an error, a warning and a waived problem."""
    book.edit("title: One account changes", "title: Within 5% one account changes")
    book.edit("blind_spots: [Accounts of one owner]\n", "")
    book.another("churn-once", ("title: One account", "title: An account"), ("window: 30m", "window: 10m"))
    book.edit("  review_by: 2099-01-31", "  review_by: 2021-01-31  # surveil: allow overdue-review because we moved")
    return book


def test_sarif_names_check_file_line_column_and_what_to_do(wrong):
    status, text = wrong.check("--format", "sarif")
    log = json.loads(text)
    jsonschema.Draft7Validator(SARIF, format_checker=jsonschema.FormatChecker()).validate(log)
    assert status == 3
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    told = {
        result["ruleId"]: (
            result["level"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"],
            result.get("suppressions", []),
        )
        for result in run["results"]
    }
    assert told == {
        "incomplete-rule": ("error", "rules/churn.yaml", {"startLine": 5, "startColumn": 1}, []),
        "text-of-other-threshold": ("warning", "rules/churn.yaml", {"startLine": 4, "startColumn": 8}, []),
        "overdue-review": (
            "warning",
            "rules/churn.yaml",
            {"startLine": 20, "startColumn": 14},
            [{"kind": "inSource", "justification": "we moved"}],
        ),
    }
    (help_,) = [rule["help"] for rule in rules if rule["id"] == "incomplete-rule"]
    assert "docs/checks.md#incomplete-rule" in help_["text"]
    assert help_["markdown"].startswith("## incomplete-rule")


def test_sarif_tells_of_each_check_all_that_its_page_does_so_that_no_page_is_needed(wrong):
    (run,) = json.loads(wrong.check("--format", "sarif")[1])["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        check = CHECKS[rule["id"]]
        for said in (check.meaning, check.why, check.mend, check.example):
            assert said in rule["help"]["text"]
            assert said in rule["help"]["markdown"]
        waiver = f"surveil: allow {check.code} because REASON"
        assert all((waiver in text) == check.waivable for text in rule["help"].values())


def test_sarif_leads_to_the_page_where_it_is_published(wrong):
    log = json.loads(wrong.check("--format", "sarif", "--pages", "https://docs.example.com/checks")[1])
    jsonschema.Draft7Validator(SARIF).validate(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["helpUri"] for rule in rules} == {f"https://docs.example.com/checks#{rule['id']}" for rule in rules}


def test_github_gets_one_line_a_problem_with_its_place(wrong):
    status, text = wrong.check("--format", "github")
    lines = text.splitlines()
    assert status == 3
    assert lines[-1] == "1 error and 2 warnings in 2 files; 1 waived"
    assert lines[-2] == (
        "::error file=rules/churn.yaml,line=5,col=1,title=incomplete-rule::an active rule needs blind_spots"
        "%0Ahint: name abuse that the rule cannot see"
    )
    assert lines[1].startswith(
        "::warning file=rules/churn.yaml,line=4,col=8,title=text-of-other-threshold::the text says '5%25', which"
    )
    assert all(
        re.fullmatch(r"::(error|warning) file=[^,:]+,line=\d+,col=\d+,title=[^,:]+::[^\r\n]+", one)
        for one in lines[:-1]
    )


def test_github_gets_commas_and_colons_of_a_file_escaped(book):
    book.edit("id: churn", "id: a,b:c")
    (book.folder / "churn.yaml").rename(book.folder / "a,b:c.yaml")
    book.edit("severity: medium", "severty: medium", name="a,b:c")
    assert "file=rules/a%2Cb%3Ac.yaml,line=" in book.check("--format", "github")[1]


def test_junit_has_one_case_a_rule(wrong):
    wrong.another("other", ("equity: {}", "fx: {}"))
    wrong.write("broken", "id: [")
    status, text = wrong.check("--format", "junit")
    suite = ET.fromstring(text)
    assert status == 3
    cases = {case.get("name"): case for case in suite}
    assert set(cases) == {"churn", "churn-once", "other", "broken"}
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    assert cases["churn"].find("failure").get("type") == "incomplete-rule"
    assert "rules/churn.yaml:4:8" in cases["churn"].find("system-out").text
    assert cases["churn-once"].find("failure") is None
    assert len(cases["other"]) == 0
    assert cases["broken"].find("failure").get("type") == "yaml-syntax"


def test_strict_makes_errors_of_warnings_in_every_format(book):
    book.another("churn-again")
    assert book.check()[0] == 0
    for form in ("text", "json", "sarif", "junit", "github"):
        status, text = book.check("--strict", "--format", form)
        assert status == 3
        assert "warning:" not in text.replace('"severity": "warning"', "")
    assert CHECKS["overlapping-rule"].severity == "warning"


def test_sarif_has_whole_addresses_of_files_that_lie_elsewhere(wrong, tmp_path, monkeypatch, capsys):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(["rules", "check", str(tmp_path / "rules"), "--format", "sarif"]) == 3
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    places = {json.dumps(one["locations"][0]["physicalLocation"]["artifactLocation"]) for one in results}
    assert json.dumps({"uri": (tmp_path / "rules" / "churn.yaml").as_uri()}) in places


def test_a_place_is_told_from_the_top_of_the_repository(wrong, monkeypatch):
    (wrong.folder.resolve().parent / ".git").mkdir()
    monkeypatch.chdir(wrong.folder)
    assert from_top("churn.yaml") == "rules/churn.yaml"
