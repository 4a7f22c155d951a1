"""Bounds and strengths: null, zero and limits of less than a unit."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.measure import Unit
from surveillance.engine.judge import STRENGTH_SCALE, Judge, excess
from surveillance.events.dictionary import TermsTable
from surveillance.events.schema import NULL, PPM, AssetClass
from surveillance.rules.conditions import HIGHEST, Condition

CHURN = "detector: wash.churn\nparams: {window: 30s}\nwhen: {buys: {at_least: 2}}\n"
ADDED = "asset_classes: {equity: {}, derivative: {when: {price_change: {at_most: 5%}}}}"


@pytest.fixture
def judge(rulebook, detectors):
    (rule,) = rulebook({"churn": CHURN + ADDED}).rules
    terms = TermsTable()
    for asset_class in (AssetClass.EQUITY, AssetClass.DERIVATIVE):
        terms.code(asset_class, 0, 2, 0)
    bound = detectors["wash.churn"](rule.params(None))
    return Judge(rule, bound, frozenset({AssetClass.EQUITY, AssetClass.DERIVATIVE}), terms)


def test_a_measure_that_is_null_matters_only_where_the_rule_has_a_condition_on_it(judge):
    change = np.array([NULL, NULL, 50_000, 50_001], dtype=np.int64)
    made = Candidates(np.arange(4), {"buys": np.full(4, 2), "price_change": change})
    assert judge.hits(made, np.array([0, 1, 1, 1])).index.tolist() == [0, 2]


def test_terms_that_the_rule_does_not_apply_to_are_never_hits(judge):
    judge._terms.code(AssetClass.FIXED_INCOME, 0, 2, 0)
    made = Candidates(np.arange(2), {"buys": np.full(2, 99), "price_change": np.zeros(2, dtype=np.int64)})
    assert judge.hits(made, np.array([2, 0])).index.tolist() == [1]
    with pytest.raises(LookupError, match="rule churn does not apply"):
        judge.conditions(2)


def condition(unit, threshold):
    return Condition("m", "at_least", threshold, HIGHEST, "as written", unit, True, threshold)


@pytest.mark.parametrize(("unit", "threshold"), [(Unit.COUNT, 0), (Unit.SHARE, PPM), (Unit.SHARE, 0), (Unit.MONEY, 0)])
def test_a_limit_that_rounds_to_nothing_or_to_the_whole_still_has_a_strength(unit, threshold):
    found = excess(np.array([threshold, threshold + 1, PPM]), condition(unit, threshold), PPM)
    assert ((found >= 0) & (found <= STRENGTH_SCALE)).all()


def test_ten_times_a_limit_and_the_whole_of_a_share_are_the_greatest_strength():
    assert excess(np.array([3, 30, 3000]), condition(Unit.COUNT, 3), 1).tolist() == [0, STRENGTH_SCALE, STRENGTH_SCALE]
    share = excess(np.array([600_000, 800_000, PPM]), condition(Unit.SHARE, 600_000), PPM)
    assert share.tolist() == [0, STRENGTH_SCALE // 2, STRENGTH_SCALE]
