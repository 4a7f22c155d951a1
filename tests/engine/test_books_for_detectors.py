"""Detectors that read the book: what they are told, whatever the batches, and what makes them blind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from surveillance import __version__
from surveillance.api import ORDER, Candidates, Decided, Measure, Needs, Params, SequenceDetector, Unit, candidates
from surveillance.detecting.declarations import flaws_of
from surveillance.engine import setup
from surveillance.engine.run import detect

SHIPPED = Path(__file__).parents[2] / "rules"
HEAD = "time,kind,side,account,instrument,price,quantity,order\n"
RULE = """
format: 1
id: deep-orders
version: 1
title: Orders beside a known book
status: active
severity: low
family: book
owner: desk
detector: test.book
params: {}
when: {behind: {at_least: 2 points}}
explain: "{account}"
"""


class Watcher(SequenceDetector):
    """Measure where orders stand in the book."""

    id, version, key, shard = "test.book", "1", ("account", "instrument"), ("instrument",)
    needs = Needs(kinds=(ORDER,), fields=("behind", "ahead", "ask", "side", "quantity", "account", "instrument"))
    measures = {  # noqa: RUF012
        "behind": Measure(Unit.PRICE, "Behind the touch."),
        "ahead": Measure(Unit.QUANTITY, "Stands there already."),
        "ask": Measure(Unit.PRICE, "Best offer."),
    }

    class Params(Params, frozen=True):
        """None."""

    anchor = ORDER

    def measure(self, at: Decided) -> Candidates:
        """Tell what the order saw."""
        seen = {name: at.column(name) for name in ("behind", "ahead", "ask")}
        return candidates(row=at.row, last=at.row, **seen)


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Run the rule over a day of CSV and return the run."""

    class Loaded:
        detector, distribution, version = Watcher, "trade-surveillance", __version__

    monkeypatch.setattr(setup, "load_plugins", lambda _allowed: {Watcher.id: Loaded})

    def run(text, head=HEAD):
        rules = tmp_path / "rules"
        shutil.rmtree(rules, ignore_errors=True)
        rules.mkdir()
        shutil.copy(SHIPPED / "rulebook.yaml", rules)
        (rules / "deep-orders.yaml").write_text(RULE, encoding="utf-8")
        (tmp_path / "day.csv").write_text(head + text)
        return detect([tmp_path / "day.csv"], feed="canonical", rules=rules, out=tmp_path / "out")

    return run


DAY = """2026-03-16T10:00:00Z,order,buy,A1,IBM,100,5,a
2026-03-16T10:00:01Z,order,sell,A2,IBM,104,5,b
2026-03-16T10:00:02Z,order,buy,A3,IBM,98,7,c
2026-03-16T10:00:03Z,cancel,buy,A1,IBM,,,a
2026-03-16T10:00:04Z,order,buy,A4,IBM,98,7,d
"""


def test_a_detector_can_ask_how_far_behind_the_touch_an_order_goes(found):
    (one,) = found(DAY).findings
    assert one["key"] == {"account": "A3", "instrument": "IBM"}
    assert one["measures"] == {"behind": 2, "ahead": 0, "ask": 104}


def test_columns_of_the_book_can_be_declared():
    assert flaws_of(Watcher) == []


def test_quotes_stand_for_a_book_where_the_feed_has_them(found):
    head = "time,kind,side,account,instrument,price,quantity\n"
    text = "2026-03-16T10:00:00Z,quote,buy,,IBM,100,5\n2026-03-16T10:00:01Z,order,buy,A3,IBM,97,5\n"
    result = found(text, head)
    assert [one["measures"]["behind"] for one in result.findings] == [3]


def test_without_ids_of_orders_and_without_quotes_the_rule_is_blind(found):
    head = "time,kind,side,account,instrument,price,quantity\n"
    (rule,) = found("2026-03-16T10:00:01Z,order,buy,A3,IBM,97,5\n", head).run["rules"]
    assert rule["state"] == "blind"
    assert "neither orders with ids nor quotes" in rule["reason"]
