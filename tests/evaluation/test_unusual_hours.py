"""Unusual hours from end to end: days before are learned, the labelled day is judged, and the labels say how well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surveillance.cli.main import run

SHIPPED = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A labelled day that was judged after five days had been learned, by the one rule."""
    base = tmp_path_factory.mktemp("hours")
    rules = base / "rules"
    rules.mkdir()
    for name in ("rulebook.yaml", "timing/timing-unusual.yaml"):
        (rules / Path(name).name).write_bytes((SHIPPED / name).read_bytes())
    given = ["--seeds", "9", "--densities", "0.3", "--episodes", "9", "--history", "5", "--quiet"]
    assert run(["simulate", "corpus", str(base), *given]) == 0
    labelled = base / "seed-9-density-0.3"
    known = ["--feed", "canonical", "--reference", str(labelled / "reference"), "--rules", str(rules)]
    known += ["--baselines", str(labelled / "baselines")]
    for one in (*sorted((labelled / "history").iterdir()), labelled):
        status = run(["detect", str(one / "events.parquet"), *known, "--out", str(one / "run"), "--quiet"])
        assert status == (0 if one == labelled else 4)  # until five days were learned nothing is usual
    return labelled, known


def evaluated(day, capsys, *options):
    labelled, _ = day
    capsys.readouterr()
    asked = ["evaluate", str(labelled / "run"), "--truth", str(labelled / "truth.csv"), "--level", "low", "--json"]
    assert run([*asked, *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_is_labelled_is_found_and_what_only_looks_like_it_is_not(day, capsys):
    found = evaluated(day, capsys)["by_rule"]["timing-unusual"]
    assert found["recall"]["of"] >= 7
    assert found["recall"]["value"] >= 0.6
    assert found["precision"]["value"] >= 0.6
    lawful = {name: one["hits"] for name, one in found["lookalikes"].items()}
    assert (lawful["new_account"], lawful["back_from_holiday"], lawful["late_resting_order"]) == (0, 0, 0)


def test_what_came_nearest_to_a_missed_episode_is_told_from_what_was_usual_then(day, capsys):
    labelled, known = day
    before = sorted((labelled / "baselines").iterdir())
    missed = evaluated(day, capsys, "--events", str(labelled / "events.parquet"), *known)["missed"]
    nearest = [one["nearest"] for one in missed if one["typology"] == "timing.unusual"]
    assert nearest
    assert {one["rule"] for one in nearest if one} == {"timing-unusual"}
    assert sorted((labelled / "baselines").iterdir()) == before
