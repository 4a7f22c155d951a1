"""What docs/rules.md shows is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from surveillance.detecting.measure import Unit
from surveillance.documents.scalars import read_plain
from surveillance.errors import RulesError
from surveillance.events.schema import AssetClass
from surveillance.rules.explanation import EXPLAIN_FIELDS
from surveillance.rules.units import fits, read_amount

DOC = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
(RULE,) = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
AMOUNTS = re.findall(
    r"^\| (\w*) ?\| (`.*`) \| (.*?) ?\|$", DOC.partition("## Units")[2].partition("##")[0], re.MULTILINE
)


def test_the_rule_in_the_docs_loads(load):
    (rule,) = load(**{"churn-example": RULE}).rules
    assert rule.blind_spots == ("Churn between accounts of one owner",)


def test_the_amounts_in_the_docs_are_read():
    unit, seen = "", set()
    for name, examples, classes in AMOUNTS:
        unit = name or unit
        seen.add(unit)
        for example in re.findall(r"`([^`]+)`", examples):
            plain = read_plain(example) if unit in {"count", "multiple"} else example
            amount = read_amount(plain, Unit(unit), "USD")
            for asset_class in classes.split(", ") if unit == "quantity" else ():
                assert fits(amount.word, AssetClass[asset_class.upper()]), example
    assert seen == {known.value for known in Unit}


def test_the_fields_of_an_explanation_are_listed():
    (sentence,) = re.findall(r"its measures, and (.*?)\. Values", DOC, re.DOTALL)
    assert tuple(re.findall(r"`(\w+)`", sentence)) == EXPLAIN_FIELDS


def test_the_messages_in_the_docs_are_those_of_the_loader(load):
    wrong = RULE.replace("sells:       {", "sels: {").replace("60%", "0.6", 1)
    with pytest.raises(RulesError) as error:
        load(**{"churn-example": wrong})
    (shown,) = re.findall(r"```text\n(.*?)```", DOC, re.DOTALL)
    told = [re.sub(r"^[^ ]*:\d+:\d+: ", "", line) for line in str(error.value).splitlines()]
    assert told == [re.sub(r"^[^ ]*:\d+:\d+: ", "", line) for line in shown.splitlines()]
