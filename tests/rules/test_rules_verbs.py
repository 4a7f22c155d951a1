"""`surveil rules`: what is checked, shown and tested, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from surveillance.cli.main import run

SHIPPED = Path(__file__).parents[2] / "rules"
RULES = sorted(path.stem for path in SHIPPED.glob("*/*.yaml") if path.parent.name != "suppressions")


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A copy of the shipped rulebook in the current folder."""
    shutil.copytree(SHIPPED, tmp_path / "rules")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Path("rules")


@pytest.fixture
def surveil(capsys):
    def surveil(*words):
        capsys.readouterr()
        status = run(["rules", *map(str, words)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return surveil


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_rulebook_passes_check_and_test(surveil):
    status, text = surveil("check")
    assert (status, "error" in text) == (0, False)
    status, text = surveil("test")
    assert status == 0
    assert f"of {len(RULES)} rules:" in text
    assert " 0 failed" in text


def test_check_tells_all_problems_of_all_files_at_once(surveil, book):
    edit(book / "wash" / "wash-churn.yaml", "severity: high", "severty: high")
    edit(book / "layering" / "layering.yaml", "blind_spots:", "blind_spot:")
    edit(book / "notional" / "notional-burst.yaml", "    expect: [{trader: T1, at: +30m}]", "    expect: [{trdr: T1}]")
    status, text = surveil("check", book)
    assert status == 3
    assert text.count("[unknown-field]") == 3
    assert text.splitlines()[-1].startswith("4 errors")


def test_check_asks_an_active_rule_for_its_reasons_and_any_rule_for_its_tests(surveil, book):
    path = book / "wash" / "wash-churn.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("\nreferences:")] + text[text.index("\nexplain:") : text.index("\nrationale:")])
    status, text = surveil("check", path)
    assert status == 3
    for name in ("references", "rationale", "false_positives", "blind_spots"):
        assert f"an active rule needs {name}" in text
    assert text.count("[untested-rule]") == 2
    edit(path, "status: active", "status: draft")
    status, text = surveil("check", path)
    assert (status, text.count("[incomplete-rule]"), text.count("[untested-rule]")) == (3, 0, 2)


def test_check_reads_the_tapes(surveil, book):
    edit(book / "wash" / "wash-churn.yaml", "trade A1 IBM buy  2_000 @ 100", "trade A1 IBM bye  2_000 @ 100")
    status, text = surveil("check", book)
    assert status == 3
    assert "'bye' is not a side" in text


def test_check_tells_of_an_expired_suppression(surveil, book):
    (book / "suppressions").mkdir()
    (book / "suppressions" / "old.yaml").write_text(
        "format: 1\nid: old\nrules: [wash-churn]\nscope: {account: [A1]}\nreason: Market maker.\nowner: me\n"
        "expires: 2020-01-01\n"
    )
    status, text = surveil("check", book)
    assert status == 3
    assert "suppressions/old.yaml:7:1: error: it expired on 2020-01-01" in text


def test_a_path_in_a_rulebook_tells_of_its_own_files_only(surveil, book):
    edit(book / "wash" / "wash-churn.yaml", "severity: high", "severty: high")
    assert surveil("check", book / "layering")[0] == 0
    assert surveil("test", book / "layering" / "layering.yaml")[0] == 0
    assert surveil("check", book / "wash")[0] == 3
    status, text = surveil("test", book)
    assert status == 3
    assert "2 problems in rules that are not valid" in text


def test_a_path_in_no_rulebook_is_a_matter_of_usage(surveil, tmp_path):
    assert surveil("check", tmp_path)[0] == 2
    assert surveil("test", tmp_path / "missing")[0] == 2


def test_check_as_json_has_every_problem(surveil, book):
    edit(book / "wash" / "wash-churn.yaml", "severity: high", "severty: high")
    status, text = surveil("check", book, "--json")
    told = json.loads(text)
    errors = [one for one in told["problems"] if one["severity"] == "error"]
    assert (status, told["valid_rules"], told["errors"], len(errors)) == (3, len(RULES) - 1, 2, 2)
    assert errors[1]["hint"] == "did you mean severity?"
    assert errors[1]["page"] == "docs/checks.md#unknown-field"


def test_only_failures_are_shown_last_as_a_diff(surveil, book):
    edit(book / "wash" / "wash-churn.yaml", "volume:      {at_least: 10_000", "volume:      {at_least: 10_001")
    status, text = surveil("test", book)
    assert status == 3
    assert text.count("FAIL wash-churn:") == 1
    assert "pass " not in text
    assert "FAIL volume        10,000 shares  at least 10_001 shares  1 shares below the limit" in text
    assert f" tests of {len(RULES)} rules: " in text.splitlines()[-1]
    assert " passed, 1 failed" in text.splitlines()[-1]


def test_all_shows_what_passes_before_what_fails(surveil, book):
    edit(book / "layering" / "layering.yaml", "orders:          {at_least: 3}", "orders:          {at_least: 2}")
    status, text = surveil("test", book, "--all")
    marks = [line[:4] for line in text.splitlines() if line.startswith(("pass", "FAIL"))]
    assert status == 3
    assert marks == sorted(marks, reverse=True)
    assert marks.count("FAIL") >= 1


def test_test_as_json_has_every_test(surveil, book):
    status, text = surveil("test", book / "notional" / "notional-burst.yaml", "--json")
    told = json.loads(text)
    assert (status, told["rules"], told["failed"]) == (0, 1, 0)
    assert len(told["results"]) == told["tests"] == told["passed"]


def test_a_junit_report_counts_failures_and_invalid_rules(surveil, book, tmp_path):
    edit(book / "wash" / "wash-churn.yaml", "volume:      {at_least: 10_000", "volume:      {at_least: 10_001")
    edit(book / "notional" / "notional-burst.yaml", "severity: low ", "severity: <&> ")
    status, _ = surveil("test", book, "--junit", tmp_path / "report.xml")
    suite = ET.parse(tmp_path / "report.xml").getroot()
    assert status == 3
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")
    assert len(suite) == int(suite.get("tests"))
    assert "exactly the limit" in suite.find("testcase/failure").text


def test_list_fits_a_terminal(surveil, monkeypatch):
    for columns in (80, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        status, text = surveil("list")
        assert status == 0
        assert "notional.burst" in text
        assert "wash-churn" in text
        assert max(map(len, text.splitlines())) <= columns


def test_list_as_json(surveil):
    listed = json.loads(surveil("list", "--json")[1])
    assert [one["id"] for one in listed] == RULES
    assert all(one["tests"] for one in listed)


def test_show_says_what_holds_and_where_it_is_written(surveil, book):
    status, text = surveil("show", "wash-churn", "--asset-class", "equity", "--band", "illiquid", "--rules", book)
    assert status == 0
    assert "at least 2_000 shares" in text
    assert "10_000 shares" not in text.partition("Says")[0]
    assert "bands.illiquid.when" in text
    assert "Designated" not in text
    assert "Market makers and liquidity providers" in text


def test_show_as_json_has_values_of_each_class_with_their_lines(surveil, book):
    shown = json.loads(surveil("show", "wash-churn", "--rules", book, "--json")[1])
    effective = {(one["asset_class"], one["band"]): one for one in shown["effective"]}
    assert set(effective) == {
        ("equity", None), ("equity", "illiquid"), ("fixed_income", None), ("derivative", None),
    }  # fmt: skip
    bonds = effective["fixed_income", None]
    assert bonds["params"]["window"]["value"] == "2h"
    assert bonds["params"]["window"]["from"] == "asset_classes.fixed_income.params.window"
    assert bonds["params"]["anchor"]["from"] == "default"
    assert bonds["when"]["volume"]["condition"] == "at least 5_000_000 face"
    lines = (book / "wash" / "wash-churn.yaml").read_text().splitlines()
    assert "fixed_income" in lines[bonds["when"]["volume"]["line"] - 1]


def test_show_of_a_rule_or_class_that_is_not_there_is_a_matter_of_usage(surveil):
    status, text = surveil("show", "wash-chrn")
    assert (status, "did you mean wash-churn?" in text) == (2, True)
    status, text = surveil("show", "wash-churn", "--asset-class", "crypto")
    assert (status, "applies to equity, fixed_income, derivative" in text) == (2, True)


def test_list_and_show_of_a_rulebook_that_is_not_valid_say_so(surveil, book):
    edit(book / "wash" / "wash-churn.yaml", "severity: high", "severty: high")
    assert surveil("list", "--rules", book)[0] == 3
    assert surveil("show", "layering", "--rules", book)[0] == 3
