"""Limits in ticks: multiples of each instrument's own smallest step of price."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detecting.measure import Unit
from surveillance.detecting.plugins import load_detectors
from surveillance.engine.run import detect
from surveillance.errors import RulesError
from surveillance.events.dictionary import Terms
from surveillance.events.schema import NULL
from surveillance.rules import load_rulebook
from surveillance.rules.conditions import HIGHEST, Threshold, tick_of
from surveillance.rules.units import Amount
from surveillance.testing.rule_tests import run_tests

SHIPPED = Path(__file__).parents[2] / "rules"
RULE = """
format: 1
id: price-swing
version: 1
title: Price swings
status: active
severity: low
family: price
owner: desk
detector: aggregate
params:
  key: [instrument]
  window: 10m
  measures:
    high: {meaning: Highest price., of: max, field: price}
    low: {meaning: Lowest price., of: min, field: price}
    swing: {meaning: Highest less lowest., difference: [high, low]}
when: {swing: {LIMIT}}
references: [none]
rationale: {why: w, evidence: e, reviewed: 2026-11-20, review_by: 2027-05-20}
false_positives: [f]
blind_spots: [b]
explain: "{instrument}"
tests:
  - name: four ticks of a quarter
    reference: {instruments: {ES: {asset_class: derivative, tick_size: 0.25}}}
    tape: |
      +0m trade A1 ES buy 2 @ 4000
      +1m trade A1 ES buy 2 @ 4001
    expect: [{instrument: ES, at: +1m, measures: {swing: 4 ticks}}]
  - name: three ticks are not enough
    reference: {instruments: {ES: {asset_class: derivative, tick_size: 0.25}}}
    tape: |
      +0m trade A1 ES buy 2 @ 4000
      +1m trade A1 ES buy 2 @ 4000.75
    expect: []
  - name: the same change is many ticks of another instrument
    reference: {instruments: {IBM: {tick_size: 0.01}}}
    tape: |
      +0m trade A1 IBM buy 2 @ 4000
      +1m trade A1 IBM buy 2 @ 4000.75
    expect: [{instrument: IBM, at: +1m, measures: {swing: 75 ticks}}]
  - name: without a tick size nothing can be said
    tape: |
      +0m trade A1 IBM buy 2 @ 10
      +1m trade A1 IBM buy 2 @ 90
    expect: []
"""


@pytest.fixture(scope="module")
def detectors():
    return load_detectors(["trade-surveillance"])


def folder_with(tmp_path, limit):
    folder = tmp_path / "rules"
    folder.mkdir()
    shutil.copy(SHIPPED / "rulebook.yaml", folder)
    (folder / "price-swing.yaml").write_text(RULE.replace("LIMIT", limit), encoding="utf-8")
    return folder


def test_a_limit_in_ticks_depends_on_the_instrument(tmp_path, detectors):
    book = load_rulebook(folder_with(tmp_path, "at_least: 4 ticks"), detectors)
    failed = [one for one in run_tests(book.rules, book, detectors) if not one.passed]
    assert not failed


def test_ticks_and_points_are_not_ends_of_one_range(tmp_path, detectors):
    with pytest.raises(RulesError) as error:
        load_rulebook(folder_with(tmp_path, "between: [2 ticks, 0.5 points]"), detectors)
    assert "both ends need the same unit" in str(error.value)


def test_one_tick_and_several_are_of_the_same_unit(tmp_path, detectors):
    book = load_rulebook(folder_with(tmp_path, "between: [1 tick, 80 ticks]"), detectors)
    assert book.rules[0].effective(None, None)[0].text == "between 1 tick and 80 ticks"


@pytest.mark.parametrize(("tick", "unknown"), [("0.01", 0), ("", 2)])
def test_events_of_instruments_without_a_tick_size_are_counted(tmp_path, tick, unknown):
    (tmp_path / "ref").mkdir()
    (tmp_path / "ref" / "instruments.csv").write_text(f"instrument,asset_class,tick_size\nIBM,equity,{tick}\n")
    feed = tmp_path / "day.csv"
    feed.write_text(
        "time,kind,side,account,instrument,price,quantity\n"
        "2026-03-16T10:00:00Z,trade,buy,A1,IBM,10,2\n"
        "2026-03-16T10:01:00Z,trade,buy,A1,IBM,10.05,2\n"
    )
    rules = folder_with(tmp_path, "at_least: 5 ticks")
    found = detect([feed], feed="canonical", rules=rules, reference=tmp_path / "ref", out=tmp_path / "out")
    (rule,) = found.run["rules"]
    assert rule["values_not_known"] == unknown
    assert len(found.findings) == (1 if tick else 0)
    for finding in found.findings:
        assert finding["conditions"][0]["text"] == "at least 5 ticks"
        assert finding["conditions"][0]["margin"] == 0


@pytest.mark.parametrize("tick", ["0", "-1", "abc", "0.0000000000001"])
def test_a_tick_size_that_is_none_is_refused_with_its_place(tmp_path, tick):
    (tmp_path / "instruments.csv").write_text(f"instrument,tick_size\nIBM,{tick}\n")
    with pytest.raises(Exception, match=r"tick_size .* is not a number above 0 with at most 12 decimals"):
        detect([tmp_path / "none.csv"], feed="canonical", reference=tmp_path, out=tmp_path / "out")


@given(st.integers(1, 10**6), st.integers(0, 12), st.integers(0, 12), st.integers(1, 1000))
def test_ticks_are_exact_in_the_prices_whole_numbers(size, places, price_scale, ticks):
    terms = Terms(1, 0, price_scale, 0, size * 10 ** (12 - places))
    threshold = Threshold("swing", Unit.PRICE, "at_least", (Amount(Fraction(ticks), "ticks"),), "", graded=True)
    condition = threshold.condition(10**price_scale, tick_of(terms))
    exact = Fraction(size, 10**places) * ticks * 10**price_scale
    if exact > HIGHEST:
        assert condition.low > condition.high, "nothing reaches what no price can be"
    else:
        assert condition.low - 1 < exact <= condition.low
    none = threshold.condition(10**price_scale)
    assert none.low > none.high != NULL
