"""Groups of accounts become findings that name every member, and stay one finding while they change."""

# ruff: noqa: RUF012 - detectors as their authors write them

from fractions import Fraction

import numpy as np
import pytest

from surveillance.api import TRADE, AssetClass, DealDetector, Duration, Group, Measure, Needs, Params, Unit
from surveillance.engine.engine import Engine
from surveillance.engine.findings import Writer
from surveillance.rules import Rule, Rulebook, Scoring, Threshold
from surveillance.rules.units import Amount
from surveillance.testing import measured
from surveillance.testing.notation import read_tape

MINUTE = 60 * 10**9


class EveryParams(Params, frozen=True):
    """Asked `every` so often about the `window` before."""

    every: Duration = 10 * MINUTE
    window: Duration = 30 * MINUTE


class Everybody(DealDetector):
    """All who deal with each other in one instrument are a group."""

    id = "everybody"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(TRADE,),
        fields=("side", "price", "quantity", "account", "instrument", "trade", "order_time", "order_quantity"),
    )
    measures = {"deals": Measure(Unit.COUNT, "Deals.")}
    Params = EveryParams

    def groups(self, deals, at):  # noqa: ARG002
        return [
            Group(places := np.flatnonzero(deals.instrument == one), {"deals": len(places)})
            for one in np.unique(deals.instrument)
        ]


def findings(tape, gap=30 * MINUTE, consume=False):
    batch, dictionaries = read_tape(tape)
    limit = Threshold("deals", Unit.COUNT, "at_least", (Amount(Fraction(1)),), "at least 1", graded=True)
    rule = Rule(
        id="r", version=1, title="R", status="active", severity="low", family="f", owner="o", detector="everybody",
        explain="{accounts} in {instrument}", file="r.yaml", digest="", key=("account", "instrument"),
        asset_classes=tuple(AssetClass), parameters={None: EveryParams()}, gap=gap, consume=consume,
        thresholds={(one, None): (limit,) for one in (None, *AssetClass)},
    )  # fmt: skip
    book = Rulebook("b", "1", "USD", (), Scoring({}, {}), (rule,))
    engine = Engine(book, {"everybody": Everybody}, dictionaries, ["tape"])
    closed = engine.push(batch, int(batch.columns["time"][-1])) + engine.finish()
    return [Writer(dictionaries.terms, ["tape"], "USD").finding(one) for one in closed], closed, engine


TAPE = """
    +1m  deal A1 A2 IBM 100 @ 10
    +2m  deal A2 A3 IBM 100 @ 10
    +3m  deal M1 M2 KO  100 @ 10
    +12m deal A0 A3 IBM 100 @ 10
"""


def test_a_group_is_a_candidate_in_the_name_of_who_came_first_of_those_who_are_active():
    found = measured(Everybody, TAPE, {"every": "10m", "window": "30m"})
    assert [(one["account"], one["instrument"], one["deals"]) for one in found] == [
        ("A1", "IBM", 2),
        ("M1", "KO", 1),
        ("A3", "IBM", 3),
    ]


def test_a_group_that_has_not_dealt_since_the_last_tick_is_not_told_again():
    found = measured(Everybody, TAPE + "+25m deal M1 M2 KO 100 @ 10", {"every": "10m", "window": "30m"})
    assert [one["instrument"] for one in found] == ["IBM", "KO", "IBM", "KO"]


def test_a_finding_names_every_member_and_keeps_its_identity_while_members_come():
    told, closed, engine = findings(TAPE)
    ibm = next(one for one in told if one["instrument"] == "IBM")
    assert ibm["accounts"] == ["A0", "A1", "A2", "A3"]
    assert ibm["key"] == {"account": "A1", "instrument": "IBM"}
    assert (ibm["hits"], ibm["event_count"]) == (2, 6)
    assert ibm["explanation"][0] == "A0, A1, A2 and A3 in IBM"
    episode = next(one for one in closed if one.names["instrument"] == "IBM")
    assert episode.evidence.accounts(engine.tape) == ["A0", "A1", "A2", "A3"]
    assert episode.evidence.shared(engine.tape)["account"] == "A1", "the subject is the one in whose name it stands"


def test_groups_without_an_event_in_common_and_with_other_members_are_two_findings():
    told, _, _ = findings("+1m deal A1 A2 IBM 100 @ 10\n+45m deal B1 B2 IBM 100 @ 10", gap=2 * 60 * MINUTE)
    assert [one["accounts"] for one in sorted(told, key=lambda one: one["start"])] == [["A1", "A2"], ["B1", "B2"]]


def test_a_rule_that_consumes_names_the_members_too():
    told, _, _ = findings(TAPE, consume=True)
    assert ["A1", "A2", "A3"] in [one["accounts"] for one in told]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_do_not_show(size):
    batch, dictionaries = read_tape(TAPE)
    whole, _, engine = findings(TAPE)
    again = Engine(engine_book(engine), {"everybody": Everybody}, dictionaries, ["tape"])
    closed = []
    for first in range(0, len(batch), size):
        part = batch.take(slice(first, first + size))
        closed += again.push(part, int(part.columns["time"][-1]))
    closed += again.finish()
    writer = Writer(dictionaries.terms, ["tape"], "USD")
    assert sorted(map(str, whole)) == sorted(str(writer.finding(one)) for one in closed)


def engine_book(engine):
    rules = tuple(episodes.judge.rule for station in engine.stations for episodes in station.episodes)
    return Rulebook("b", "1", "USD", (), Scoring({}, {}), rules)
