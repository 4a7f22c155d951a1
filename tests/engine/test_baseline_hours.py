"""Hours of the day: those in which accounts, traders, desks and venues ever entered orders, and how far others are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surveillance.engine.baselines import Baselines, days_of, read_snapshot, write_snapshot
from surveillance.events.schema import NULL
from surveillance.tape.baseline_columns import WARM_DAYS
from surveillance.tape.baseline_table import BaselineTable
from surveillance.testing.notation import read_tape

ACTORS = ("account", "trader", "desk", "venue")
FIELDS = tuple(f"{actor}_{what}" for actor in ACTORS for what in ("days", "hours_away"))
MIDNIGHT = int(np.datetime64("2026-03-16", "ns").astype(np.int64))
OF_A1 = "IBM buy 100 @ 100 trader=T1 desk=D1 venue=XNYS"


def told(folder, day, tape):
    """Run a day over the baselines of a folder; return the columns of its rows. Its first line is at midnight."""
    batch, dictionaries = read_tape(tape)
    batch.columns["time"] += MIDNIGHT + day * 86_400 * 10**9 - int(batch.columns["time"][0])
    batch.columns["trading_day"][:] = batch.columns["time"] // (86_400 * 10**9)
    baselines = Baselines(folder, dictionaries, frozenset(FIELDS))
    columns = baselines.prepare(batch).columns
    baselines.commit()
    return {name: columns[name].tolist() for name in FIELDS}


def learned(folder, tape, days=WARM_DAYS):
    for day in range(days):
        told(folder, day, "+0m mark session_open\n" + tape)


def hours_away(folder, day, *hours, who="A1 " + OF_A1):
    lines = [f"+{hour}h order {who}" for hour in hours]
    return told(folder, day, "\n".join(["+0m mark session_open", *lines]))


def test_an_hour_is_as_far_away_as_the_next_one_that_ever_had_orders(tmp_path):
    learned(tmp_path, f"+9h59m order A1 {OF_A1}\n+14h order A1 {OF_A1}")
    found = hours_away(tmp_path, WARM_DAYS, 0, 5, 8, 9, 10, 11, 12, 14, 20, 23)
    for actor in ACTORS:
        assert found[f"{actor}_hours_away"][1:] == [9, 4, 1, 0, 1, 2, 2, 0, 6, 9]
        assert set(found[f"{actor}_days"][1:]) == {WARM_DAYS}


def test_days_and_hours_are_each_actors_own(tmp_path):
    learned(tmp_path, f"+9h order A1 {OF_A1}\n+21h order A2 IBM sell 100 @ 100 trader=T1 desk=D2 venue=XNYS")
    found = hours_away(tmp_path, WARM_DAYS, 21)
    assert [found[f"{actor}_hours_away"][1] for actor in ACTORS] == [12, 0, 12, 0]


def test_what_is_no_order_is_no_activity(tmp_path):
    learned(tmp_path, f"+9h order A1 {OF_A1} order=O1\n+20h cancel A1 IBM buy 100 order=O1\n+21h trade A1 {OF_A1}")
    assert hours_away(tmp_path, WARM_DAYS, 20)["account_hours_away"][1] == 11


def test_one_day_on_which_it_was_active_at_that_hour_makes_it_known(tmp_path):
    learned(tmp_path, f"+9h order A1 {OF_A1}")
    assert hours_away(tmp_path, WARM_DAYS, 9, 20)["account_hours_away"][1:] == [0, 11]
    assert hours_away(tmp_path, WARM_DAYS + 1, 20)["account_hours_away"][1] == 0


def test_hours_are_not_known_before_enough_days_and_of_nobody(tmp_path):
    learned(tmp_path, f"+9h order A1 {OF_A1}", WARM_DAYS - 1)
    told(tmp_path, WARM_DAYS - 1, "+0m mark session_open\n+9h order A2 IBM sell 100 @ 100 venue=XNYS")
    found = hours_away(tmp_path, WARM_DAYS, 9)
    assert [found[f"{actor}_hours_away"][1] for actor in ACTORS] == [NULL, NULL, NULL, 0]
    assert [found[f"{actor}_days"][1] for actor in ACTORS] == [NULL, NULL, NULL, WARM_DAYS]
    nobody = hours_away(tmp_path, WARM_DAYS, 9, who="- IBM buy 100 @ 100")
    assert {nobody[name][1] for name in FIELDS} == {NULL}


@pytest.mark.parametrize(("days", "away"), [(96, 0), (97, 11)])
def test_an_hour_of_one_day_is_forgotten_after_about_five_months(tmp_path, days, away):
    learned(tmp_path, f"+9h order A1 {OF_A1}\n+20h order A1 {OF_A1}", 1)
    (first,) = (read_snapshot(tmp_path, day).baseline for day in days_of(tmp_path))
    ids = [f"{actor}/{name}" for actor, name in zip(ACTORS, ("A1", "T1", "D1", "XNYS"), strict=True)]
    at_nine = np.zeros((len(ids), 24), np.int64)
    at_nine[:, 9] = 1
    day = BaselineTable.of_day(ids, at_nine, np.zeros((0, 3), np.int64))
    hours = first.hours
    for _ in range(days):
        hours = hours.followed_by(day)
    last = first.day + days
    write_snapshot(tmp_path, replace(first, day=last, days=days + 1, hours=hours), None, 2)
    assert hours_away(tmp_path, days + 1, 20)["account_hours_away"][1] == away
