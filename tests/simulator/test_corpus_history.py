"""Days before the labelled one: accounts keep hours of their own, and a labelled few are active at others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from surveillance.cli.main import run
from surveillance.errors import InputError
from surveillance.evaluation import read_truth
from surveillance.simulator import SimulationConfig, simulate
from surveillance.simulator.corpus import corpus
from surveillance.simulator.habits import habits_of, weekday

HISTORY = 6
HOUR = 3_600 * 10**9
LABELLED = SimulationConfig(
    seed=11, events=60_000, instruments=12, accounts=400, episodes=5, hard_negatives=3, corpus=True, history=HISTORY
)


@pytest.fixture(scope="module")
def days():
    """The labelled day, then one, two, three days before it."""
    earlier = [replace(LABELLED, before=one, day=weekday(LABELLED.day, -one)) for one in range(1, HISTORY + 1)]
    return [simulate(config) for config in (LABELLED, *earlier)]


def order_times(day, account):
    """When an account entered orders, ns of the UTC day."""
    events = day.events
    mine = np.array(events["account"].to_pylist()) == account
    mine &= np.array(events["kind"].to_pylist()) == "order"
    return events["time"].cast(pa.int64()).to_numpy()[mine] % (24 * HOUR)


def of_typology(day, name):
    return [one for one in day.truth if one.typology == name]


def started(label):
    at = np.datetime64(label.start.removesuffix("Z"), "ns")
    return int(at.astype(np.int64)) % (24 * HOUR)


def apart(times, at):
    """The shortest way from each time to another on a clock, ns."""
    way = np.abs(times - at)
    return np.minimum(way, 24 * HOUR - way)


def test_only_the_labelled_day_has_abuse_and_all_have_the_same_people(days):
    assert [sum(one.is_abuse for one in day.truth) > 0 for day in days] == [True] + [False] * HISTORY
    assert {tuple(day.population.account_ids) for day in days} == {tuple(days[0].population.account_ids)}
    alone = simulate(replace(LABELLED, history=0))
    assert alone.population.account_ids == days[0].population.account_ids
    assert not of_typology(alone, "timing.unusual")
    assert len({day.events["order"].combine_chunks().to_pylist()[5_000] for day in days}) > 1
    times = {str(day.events["time"][0])[:10] for day in days}
    assert len(times) == HISTORY + 1


def test_unusual_hours_come_in_grades_and_none_is_near_an_hour_of_the_days_before(days):
    found = of_typology(days[0], "timing.unusual")
    drawn = [json.loads(one.params) for one in found]
    assert sorted(one["severity"] for one in drawn) == [0.1, 0.3, 0.5, 0.7, 0.9]
    by_grade = sorted(drawn, key=lambda one: one["severity"])
    assert by_grade[-1]["hours_away"] > 2 * by_grade[0]["hours_away"]
    for label, params in zip(found, drawn, strict=True):
        before = np.concatenate([order_times(day, label.accounts) for day in days[1:]])
        assert len(before)
        assert apart(before, started(label)).min() > (params["hours_away"] - 0.2) * HOUR


def test_who_was_seen_before_ordered_at_that_hour_on_one_of_the_days(days):
    found = of_typology(days[0], "hours_seen_before")
    assert len(found) == 3
    for label in found:
        day = days[json.loads(label.params)["days_before"]]
        assert apart(order_times(day, label.accounts), started(label)).min() < HOUR // 4
        (known,) = (one for one in of_typology(day, "hours_seen_before") if one.accounts == label.accounts)
        assert not known.is_abuse


def test_new_accounts_and_those_back_from_holiday_were_not_there(days):
    for label in of_typology(days[0], "new_account"):
        assert not any(len(order_times(day, label.accounts)) for day in days[1:])
    back = of_typology(days[0], "back_from_holiday")
    assert len(back) == 3
    for label in back:
        assert not any(len(order_times(day, label.accounts)) for day in days[1:3])


def test_a_late_resting_order_is_entered_at_an_hour_of_its_own_and_stays(days):
    for label in of_typology(days[0], "late_resting_order"):
        before = np.concatenate([order_times(day, label.accounts) for day in days[1:]])
        assert label.orders == 1
        assert apart(before, started(label)).min() < 2 * HOUR


def test_hours_of_the_utc_day_move_with_the_clocks_of_new_york():
    winter = replace(LABELLED, day=date(2026, 3, 9), history=1)
    habits = habits_of(winter, simulate(replace(winter, events=2_000)).population)
    exchange = ~habits.open.all(axis=1) & ~habits.own
    first = [int(np.argmax(mask[exchange].any(axis=0))) for mask in habits.at_work]
    assert [slot * 5 / 60 for slot in first] == pytest.approx([13.5, 14.5], abs=0.3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"history": 2, "before": 3}, "at most the days of history"),
        ({"history": 2, "minutes": 30}, "needs whole days"),
        ({"history": 2, "day": date(2026, 3, 15)}, "needs a weekday"),
        ({"history": -1}, "history must be at least 0"),
    ],
)
def test_a_history_that_cannot_be_is_told(options, said):
    with pytest.raises(InputError, match=said):
        SimulationConfig(**options)


def test_a_corpus_with_a_history_has_the_days_before_in_order_and_needs_whole_days():
    names = [name for name, _ in corpus([3], [1], history=3)]
    assert names[0] == "seed-3-density-1/history/2026-03-11"
    assert names[-1] == "seed-3-density-1"
    with pytest.raises(InputError, match="a history needs whole days"):
        corpus([3], [1, 30], history=3)


def test_the_command_writes_the_days_before_and_says_how_to_learn_from_them(tmp_path, capsys):
    given = ["simulate", "corpus", str(tmp_path), "--seeds", "4", "--densities", "0.2", "--history", "2"]
    assert run(given) == 0
    day = tmp_path / "seed-4-density-0.2"
    assert sorted(one.name for one in (day / "history").iterdir()) == ["2026-03-12", "2026-03-13"]
    assert "timing.unusual" in {one.typology for one in read_truth(day / "truth.csv")}
    assert json.loads((day / "simulation.json").read_text())["config"]["history"] == 2
    assert "--baselines" in capsys.readouterr().err
