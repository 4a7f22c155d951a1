"""The rulebook that comes with the project is valid, complete for its readers, and stable."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveillance.detecting.plugins import load_detectors
from surveillance.rules import load_head, load_rulebook

SHIPPED = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def detectors():
    head, problems = load_head(SHIPPED / "rulebook.yaml")
    assert problems == []
    return load_detectors(head.plugins)


@pytest.fixture(scope="module")
def book(detectors):
    return load_rulebook(SHIPPED, detectors)


def test_it_loads_with_its_rules_in_order(book):
    assert (book.name, book.base_currency, book.plugins) == ("house-rulebook", "USD", ("trade-surveillance",))
    written = [path.stem for path in SHIPPED.glob("*/*.yaml") if path.parent.name != "suppressions"]
    assert [rule.id for rule in book.rules] == sorted(written)
    assert {"layering", "notional-burst", "wash-churn", "quote-stuffing", "marking-close"} <= set(written)
    assert len(book.digest) == 64


def test_its_scoring_puts_one_finding_into_the_level_of_its_severity(book):
    assert book.scoring.weights == {
        "low": (2_000, 3_200),
        "medium": (4_600, 5_500),
        "high": (7_200, 8_300),
        "critical": (9_200, 9_900),
    }
    assert book.scoring.levels == {"low": 0, "medium": 40, "high": 70, "critical": 90}


def test_every_rule_says_why_what_it_confuses_and_what_it_misses(book):
    for rule in book.rules:
        assert rule.references, rule.id
        assert rule.false_positives, rule.id
        assert rule.blind_spots, rule.id
        assert rule.rationale.why, rule.id
        assert rule.rationale.review_by, rule.id


def test_every_rule_file_names_the_schema_that_editors_need():
    for path in SHIPPED.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
        assert schema.resolve().is_file(), path


def test_a_rulebook_is_the_same_from_wherever_it_is_loaded(book, detectors, monkeypatch):
    monkeypatch.chdir(SHIPPED.parent)
    assert load_rulebook(Path("rules"), detectors).digest == book.digest
