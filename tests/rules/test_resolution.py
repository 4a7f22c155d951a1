"""The most particular difference holds: rule, asset class, band, band of an asset class."""

from __future__ import annotations

import pytest

from surveillance.errors import RulesError
from surveillance.events.dictionary import Terms
from surveillance.events.schema import AssetClass, Band
from surveillance.rules.rule import Rule

EQUITY, BONDS, CRYPTO = AssetClass.EQUITY, AssetClass.FIXED_INCOME, AssetClass.CRYPTO

LADDER = """
params: {window: 30m, floor: 2}
when:
  buys: {at_least: 3}
  volume: {at_least: 10_000 shares}
asset_classes:
  equity: {}
  fixed_income:
    params: {window: 2h}
    when: {volume: {above: 5_000_000 face}, sells: {at_least: 9}}
    bands:
      illiquid: {when: {volume: {at_least: 500_000 face}}}
bands:
  illiquid: {when: {volume: {at_least: 2_000 shares}, buys: {at_least: 2}}}
  liquid: {when: {buys: {at_least: 4}}}
"""


def texts(rule: Rule, asset_class, band=None):
    return {found.measure: found.text for found in rule.effective(asset_class, band)}


def test_later_differences_win_one_measure_at_a_time(rule):
    ladder = rule(LADDER)
    assert texts(ladder, EQUITY) == {"buys": "at least 3", "volume": "at least 10_000 shares"}
    assert texts(ladder, EQUITY, Band.NORMAL) == texts(ladder, EQUITY)
    assert texts(ladder, EQUITY, Band.LIQUID) == {"buys": "at least 4", "volume": "at least 10_000 shares"}
    assert texts(ladder, EQUITY, Band.ILLIQUID) == {"buys": "at least 2", "volume": "at least 2_000 shares"}
    bonds = {"buys": "at least 3", "volume": "above 5_000_000 face", "sells": "at least 9"}
    assert texts(ladder, BONDS) == bonds
    assert texts(ladder, BONDS, Band.LIQUID) == {**bonds, "buys": "at least 4"}
    illiquid = {"buys": "at least 2", "volume": "at least 500_000 face"}
    assert texts(ladder, BONDS, Band.ILLIQUID) == {**bonds, **illiquid}


def test_a_rule_applies_to_the_asset_classes_that_it_lists(rule, detectors):
    ladder = rule(LADDER)
    assert ladder.asset_classes == (EQUITY, BONDS)
    detector = detectors["wash.churn"](ladder.params(None))
    assert ladder.conditions(detector, Terms(CRYPTO, 0, 2, 0)) is None
    assert ladder.conditions(detector, Terms(0, 0, 2, 0)) is None  # of unknown class


def test_a_rule_without_a_list_applies_to_all_and_to_the_unknown(rule, detectors):
    plain = rule()
    assert plain.asset_classes == tuple(AssetClass)
    detector = detectors["wash.churn"](plain.params(None))
    for code in (0, *AssetClass):
        (found,) = plain.conditions(detector, Terms(code, 0, 0, 0))
        assert (found.measure, found.low) == ("buys", 3)


def test_parameters_differ_by_asset_class_one_at_a_time(rule):
    ladder = rule(LADDER)
    assert ladder.params(None) == ladder.params(EQUITY) == ladder.params(CRYPTO)
    assert (ladder.params(None).window, ladder.params(None).floor) == (1_800 * 10**9, 2)
    assert (ladder.params(BONDS).window, ladder.params(BONDS).floor) == (7_200 * 10**9, 2)


def test_a_quantity_is_scaled_by_the_instrument_and_money_is_not(rule, detectors):
    found = rule(
        "when: {volume: {at_least: 1.5 shares}, notional: {above: 2 USD}, price_change: {at_least: 0.25 points}}\n"
        "asset_classes: {equity: {}}"
    )
    detector = detectors["wash.churn"](found.params(None))
    volume, notional, price = found.conditions(detector, Terms(EQUITY, 0, 4, 8))
    assert (volume.low, notional.low, price.low) == (150_000_000, 20_001, 2_500)
    volume, notional, price = found.conditions(detector, Terms(EQUITY, 0, 0, 0))
    assert (volume.low, notional.low, price.low) == (2, 20_001, 1)


def test_a_condition_says_how_it_was_written(rule, detectors):
    found = rule("when: {took: {between: [30m, 2h]}, alternation: {at_least: 60%, graded: false}, sells: {below: 5}}")
    took, alternation, sells = found.conditions(detectors["wash.churn"](found.params(None)), Terms(0, 0, 0, 0))
    assert (took.text, took.low, took.high) == ("between 30m and 2h", 1_800 * 10**9, 7_200 * 10**9)
    assert (alternation.text, alternation.low, alternation.graded) == ("at least 60%", 600_000, False)
    assert (sells.text, sells.high, sells.threshold) == ("below 5", 4, 5)


def test_a_detector_whose_measures_its_parameters_declare_is_judged_by_them(rule):
    found = rule(
        "params: {counts: [cancels]}\n"
        "when: {cancels: {at_least: 3}}\n"
        "asset_classes: {equity: {}, crypto: {params: {counts: [cancels, rejects]}, when: {rejects: {at_least: 1}}}}",
        detector="aggregate",
    )
    assert texts(found, CRYPTO) == {"cancels": "at least 3", "rejects": "at least 1"}
    with pytest.raises(RulesError, match="trades is not a measure of the detector"):
        rule("params: {counts: [cancels]}\nwhen: {trades: {at_least: 3}}", detector="aggregate")
    with pytest.raises(RulesError) as error:
        rule("params: {counts: cancels}\nwhen: {cancels: {at_least: 3}}", detector="aggregate")
    assert [problem.location.path for problem in error.value.problems] == ["params.counts"]


def test_gap_consume_and_subject_are_taken_over(rule):
    assert (rule().gap, rule().consume, rule().subject) == (None, False, None)
    found = rule("when: {buys: {at_least: 3}}\ngap: 5m\nsubject: desk")
    assert (found.gap, found.subject) == (300 * 10**9, "desk")
    assert rule("when: {buys: {at_least: 3}}\nconsume: true").consume


def test_writing_a_rule_differently_keeps_its_digest_and_changing_it_does_not(rule):
    plain = rule("params: {window: 30m}\nwhen: {buys: {at_least: 3}, alternation: {at_least: 60%}}")
    same = rule(
        "# a comment\nwhen:\n  alternation: {at_least: 6000bp}\n  buys: {at_least: 3}\nblind_spots: [slow ones]"
    )
    assert plain.digest == same.digest
    other = [
        "params: {window: 31m}\nwhen: {buys: {at_least: 3}, alternation: {at_least: 60%}}",
        "when: {buys: {above: 3}, alternation: {at_least: 60%}}",
        "when: {buys: {at_least: 3}, alternation: {at_least: 61%}}",
        "when: {buys: {at_least: 3}}",
        "when: {buys: {at_least: 3}, alternation: {at_least: 60%}}\nbands: {illiquid: {when: {buys: {at_least: 2}}}}",
        "when: {buys: {at_least: 3}, alternation: {at_least: 60%}}\nasset_classes: {equity: {}}",
        "when: {buys: {at_least: 3}, alternation: {at_least: 60%}}\ngap: 1m",
    ]
    digests = [rule(body).digest for body in other]
    assert len({plain.digest, *digests}) == len(other) + 1
