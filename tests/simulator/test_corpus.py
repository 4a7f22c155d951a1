"""The corpus: every typology in grades, at several densities, and nothing that gives abusers away by itself."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from surveillance.cli.main import run
from surveillance.errors import InputError
from surveillance.evaluation import read_truth
from surveillance.simulator import SimulationConfig, simulate
from surveillance.simulator.corpus import corpus
from surveillance.simulator.episodes import DECEPTIVE, GRADED

SEEDS = (11, 12, 13)
RAW = (
    *("kind", "side", "price", "quantity", "currency", "order_type", "time_in_force", "capacity", "aggressor"),
    *("asset_class", "venue", "parent_order"),
)


def small(seed, **options):
    asked = {"events": 90_000, "instruments": 12, "accounts": 400, "episodes": 3, "hard_negatives": 2}
    return simulate(SimulationConfig(seed=seed, corpus=True, **(asked | options)))


@pytest.fixture(scope="module")
def days():
    return [small(seed) for seed in SEEDS]


def test_a_day_has_every_typology_in_grades_of_severity_and_every_lookalike(days):
    for day in days:
        found = Counter((one.typology, one.is_abuse) for one in day.truth)
        assert sum(found.values()) == 3 * len(GRADED) + 2 * len(DECEPTIVE)
        assert set(found.values()) == {2, 3}
        for one in day.truth:
            severity = json.loads(one.params).get("severity")
            assert (severity in (0.1, 0.5, 0.9)) if one.is_abuse else severity is None


def test_graver_episodes_do_more():
    # drawn sizes and counts overlap between neighbouring grades, so compare the ends over several days
    by_severity = {0.1: [], 0.9: []}
    for seed in SEEDS:
        for one in small(seed, events=20_000).truth:
            params = json.loads(one.params)
            if one.typology in ("quote.stuffing", "excess.cancellation", "dominance") and params["severity"] != 0.5:
                by_severity[params["severity"]].append(one.orders)
    assert min(by_severity[0.9]) > 1.5 * np.median(by_severity[0.1])


def test_the_order_density_around_each_episode_is_measured(days):
    for day in days:
        orders = day.events.filter(np.array(day.events["kind"].to_pylist()) == "order")
        busiest = max(Counter(orders["instrument"].to_pylist()).values())
        densities = [json.loads(one.params)["density"] for one in day.truth]
        assert all(density > 0 for density in densities)
        assert max(densities) < busiest / 60  # not all orders of the day fall into one minute


def test_no_raw_column_separates_abusers_from_the_rest():
    """Of rows of abusers and of all others: an AUC of at most 0.6, even if one knew which values to suspect."""
    days = [small(seed, events=250_000) for seed in SEEDS]
    abuse = []
    for day in days:
        abusers = {account for one in day.truth if one.is_abuse for account in one.accounts.split(";")}
        named = day.events.filter(pc.is_valid(day.events["account"]))
        abuse.append((named, pc.is_in(named["account"].cast("string"), pa.array(sorted(abusers))).to_numpy()))
    truth = np.concatenate([of_abusers for _, of_abusers in abuse])
    assert 0.1 < truth.mean() < 0.6
    separating = {}
    for name in RAW:
        score = scored(pa.concat_arrays([plain(named[name]) for named, _ in abuse]), truth)
        area = auc(score, truth)
        separating[name] = round(float(max(area, 1 - area)), 3)
    assert max(separating.values()) <= 0.6, separating


def plain(column):
    """A column as one array; of ids no more than whether there is one."""
    column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.cast("string")
    return pc.is_valid(column) if pa.types.is_string(column.type) and len(column.unique()) > 40 else column


def scored(column, truth):
    """Numbers as they are; of words, how often each is an abuser's."""
    if pa.types.is_decimal(column.type):
        return column.cast("float64").fill_null(-1).to_numpy(zero_copy_only=False)
    codes = column.dictionary_encode("encode").indices.to_numpy()
    return (np.bincount(codes, truth) / np.bincount(codes))[codes]


def auc(score, truth):
    """Area under the ROC curve from ranks, ties at their mean (Mann and Whitney 1947)."""
    _, codes, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    positives = truth.sum()
    return (ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives))


def test_episodes_that_do_not_fit_into_a_short_day_are_left_out():
    found = Counter(one.typology for one in small(5, minutes=20, events=40_000).truth)
    assert found["quote.stuffing"] == 3
    assert found["marking.close"] == 3
    assert "pump.and.dump" not in found


def test_denser_days_are_shorter_and_all_are_about_as_large():
    days = [config for _, config in corpus([1], [3, 30, 250])]
    assert [config.minutes for config in days] == sorted((config.minutes for config in days), reverse=True)
    assert max(config.events for config in days) < 5 * min(config.events for config in days)
    with pytest.raises(InputError, match="not above 0"):
        corpus([1], [0])


def test_the_command_writes_a_folder_a_day_with_labels(tmp_path, capsys):
    given = ["simulate", "corpus", str(tmp_path), "--seeds", "4,5", "--densities", "0.2", "--episodes", "1", "--quiet"]
    assert run(given) == 0
    for seed in (4, 5):
        folder = tmp_path / f"seed-{seed}-density-0.2"
        assert {one.typology for one in read_truth(folder / "truth.csv") if one.is_abuse} >= {"spoofing", "wash.self"}
        assert (folder / "reference" / "accounts.csv").is_file()
    assert run(["simulate", "corpus", str(tmp_path), "--densities", "many"]) == 2
    assert "is not a list of numbers" in capsys.readouterr().err
