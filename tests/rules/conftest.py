"""Rulebooks made from texts, over detectors that only declare."""

from __future__ import annotations

from pathlib import Path

import pytest
from checked_rules import Book
from rules_helpers import Aggregate, Burst, Churn, Layering

from surveillance.rules import load_rulebook

SHIPPED = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="session")
def detectors():
    return {found.id: found for found in (Burst, Churn, Layering, Aggregate)}


@pytest.fixture
def load(tmp_path, detectors):
    """Load a rulebook of the shipped head and the rule files given by name and text."""

    def load_texts(**rules):
        (tmp_path / "rulebook.yaml").write_bytes((SHIPPED / "rulebook.yaml").read_bytes())
        for name, text in rules.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_rulebook(tmp_path, detectors)

    return load_texts


@pytest.fixture
def rule(load):
    """Load one rule of the churn detector, from the lines that differ from rule to rule."""

    def load_rule(body="when: {buys: {at_least: 3}}", detector="wash.churn"):
        head = "format: 1\nid: churn\nversion: 1\ntitle: Churn\nstatus: active\nseverity: high\nfamily: wash\n"
        lines = f"{head}owner: desk\ndetector: {detector}\nexplain: '{{account}}'\n{body}\n"
        (found,) = load(churn=lines).rules
        return found

    return load_rule


@pytest.fixture
def book(tmp_path, monkeypatch, capsys):
    """A small rulebook in the current folder, in which nothing is wrong."""
    monkeypatch.chdir(tmp_path)
    return Book(Path("rules"), capsys)
