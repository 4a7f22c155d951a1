"""Labels say what is on the tape, and nothing else on the tape says it."""

import json
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from surveillance.events.schema import Capacity
from surveillance.simulator import SimulationConfig, simulate
from surveillance.simulator.market import Market
from surveillance.simulator.truth import iso

CONFIG = SimulationConfig(seed=11, events=60_000, episodes=5, hard_negatives=3)


@pytest.fixture(scope="module")
def day():
    return simulate(CONFIG)


@pytest.fixture(scope="module")
def rows_by_account(day):
    names = ["kind", "side", "quantity", "instrument", "account", "trader", "order", "parent_order", "time_in_force"]
    rows = day.events.select(names).to_pylist()
    found = defaultdict(list)
    for row, time in zip(rows, day.events.column("time").cast(pa.int64()).to_pylist(), strict=True):
        found[row["account"]].append({**row, "time": iso(time)})
    return found


def rows_of(label, rows_by_account):
    accounts = [pair.split("=")[0] for pair in label.roles.split(";")]
    return [
        row
        for account in accounts
        for row in rows_by_account[account]
        if label.start <= row["time"] <= label.end and row["instrument"] in label.instrument.split(";")
    ]


def test_every_kind_of_episode_is_there_as_often_as_asked(day):
    counts = defaultdict(int)
    for label in day.truth:
        counts[label.typology] += 1
        assert label.is_abuse == (label.typology in {"layering", "notional.burst", "wash.churn"})
    assert sorted(counts.values()) == [3] * 6 + [5] * 3


def test_each_labelled_episode_is_on_the_tape(day, rows_by_account):
    for label in day.truth:
        rows = rows_of(label, rows_by_account)
        for kind, count in (("order", label.orders), ("cancel", label.cancels), ("trade", label.trades)):
            assert sum(row["kind"] == kind for row in rows) >= count
        assert label.orders > 0
        assert {label.start, label.end} <= {row["time"] for row in rows}
        assert set(label.traders.split(";")) <= {row["trader"] for row in rows}


def test_layers_rest_for_seconds_are_cancelled_and_the_other_side_is_filled(day, rows_by_account):
    for label in day.truth:
        if label.typology == "layering":
            params = json.loads(label.params)
            rows = [row for row in rows_by_account[label.accounts] if row in rows_of(label, rows_by_account)]
            layers = [row for row in rows if row["kind"] == "order" and row["side"] == params["side"]]
            assert len(layers) >= sum(params["layers"])
            assert label.cancels >= sum(params["layers"]) // 2
            assert any(row["kind"] == "trade" and row["side"] != params["side"] for row in rows)


def test_a_churner_ends_near_where_it_began(day, rows_by_account):
    for label in day.truth:
        if label.typology == "wash.churn":
            churner = label.roles.split("=")[0]
            trades = [row for row in rows_of(label, rows_by_account) if row["kind"] == "trade"]
            trades = [row for row in trades if row["account"] == churner]
            bought, sold = (float(sum(r["quantity"] for r in trades if r["side"] == side)) for side in ("buy", "sell"))
            assert min(bought, sold) > 0
            assert abs(bought - sold) <= 0.25 * (bought + sold)


def test_bursts_are_many_times_what_anybody_else_trades(day):
    events = day.events.filter(pc.equal(day.events.column("kind"), "trade"))
    worth = {one.name: one.lot_value / one.lot * 10**one.quantity_scale for one in day.population.instruments}
    per_trader = defaultdict(float)
    for row in events.select(["trader", "instrument", "quantity"]).to_pylist():
        per_trader[row["trader"]] += worth[row["instrument"]] * float(row["quantity"])
    bursting = {trader for one in day.truth if one.typology == "notional.burst" for trader in one.traders.split(";")}
    abusers = {trader for one in day.truth if one.is_abuse for trader in one.traders.split(";")}
    others = [worth for trader, worth in per_trader.items() if trader not in abusers]
    assert min(per_trader[trader] for trader in bursting) > 2 * float(np.median(others))


def test_slices_of_one_parent_share_its_id(day, rows_by_account):
    for label in day.truth:
        if label.typology in {"twap", "parent_partial_fills"}:
            orders = [row for row in rows_of(label, rows_by_account) if row["kind"] == "order" and row["parent_order"]]
            assert len({row["parent_order"] for row in orders}) == 1
            assert len(orders) == label.orders


def test_immediate_or_cancel_bursts_are_immediate_or_cancel(day, rows_by_account):
    for label in day.truth:
        if label.typology == "ioc_burst":
            rows = rows_of(label, rows_by_account)
            assert sum(row["kind"] == "order" and row["time_in_force"] == "ioc" for row in rows) >= label.orders


def test_a_day_without_episodes_has_no_labels():
    assert simulate(SimulationConfig(seed=11, events=5_000, episodes=0, hard_negatives=0)).truth == []


def test_episodes_leave_the_population_as_it_is(day):
    without = Market(SimulationConfig(seed=11, events=60_000, episodes=0, hard_negatives=0)).population
    assert without.account_ids == day.population.account_ids
    assert without.instruments == day.population.instruments
    assert (without.trader == day.population.trader).all()


def test_labels_are_numbered_by_time_and_not_by_kind(day):
    assert [label.start for label in day.truth] == sorted(label.start for label in day.truth)
    assert [label.episode_id for label in day.truth] == [f"E{n:04d}" for n in range(1, len(day.truth) + 1)]


def auc(scores, flags):
    """How well a number tells the flagged from the others: 0.5 is not at all."""
    ranks = np.argsort(np.argsort(scores))
    here = int(flags.sum())
    return (ranks[flags].sum() - here * (here - 1) / 2) / (here * (len(flags) - here))


def test_ids_do_not_tell_roles():
    market = Market(SimulationConfig(seed=5, events=5_000, accounts=4_000, episodes=60, hard_negatives=0))
    people = market.population
    numbers = np.array([int(name[1:]) for name in people.account_ids])
    abusers = np.isin(np.arange(len(numbers)), [one for episode in market.episodes for one in episode.roles])
    flags = [people.capacity == capacity for capacity in Capacity] + [abusers]
    assert all(0.44 < auc(numbers, flag) < 0.56 for flag in flags)


def test_those_who_abuse_do_ordinary_things_as_well(day, rows_by_account):
    for label in day.truth:
        if label.is_abuse:
            for account in label.accounts.split(";"):
                outside = [row for row in rows_by_account[account] if not label.start <= row["time"] <= label.end]
                assert len(outside) >= 5
