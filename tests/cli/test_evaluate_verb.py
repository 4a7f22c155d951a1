"""`surveil evaluate`: figures of a run against its labels, on the terminal and in files."""

import json
import shutil

import pytest

from surveillance.bundle import rules_folder
from surveillance.cli.main import run


@pytest.fixture(scope="module")
def found(market_day, tmp_path_factory):
    """Return the folder of a run over the day."""
    out = tmp_path_factory.mktemp("found")
    events, reference = str(market_day / "events.parquet"), str(market_day / "reference")
    given = ["detect", events, "--feed", "canonical", "--reference", reference, "--quiet", "--out", str(out)]
    assert run([*given, "--rates", str(market_day / "reference" / "rates.csv")]) == 0
    return out


def test_recall_precision_and_what_was_missed_are_shown(found, market_day, capsys):
    assert run(["evaluate", str(found), "--truth", str(market_day / "truth.csv")]) == 0
    shown = capsys.readouterr().out
    for part in ("scenario recall", "alert precision", "F1", "Findings by rule", "layering", "wash-churn"):
        assert part in shown


def test_files_and_json_hold_the_same_figures(found, market_day, tmp_path, capsys):
    markdown, plot = tmp_path / "accuracy.md", tmp_path / "curves.svg"
    given = ["evaluate", str(found), "--truth", str(market_day / "truth.csv"), "--level", "low", "--json"]
    assert run([*given, "--markdown", str(markdown), "--plot", str(plot)]) == 0
    figures = json.loads(capsys.readouterr().out)
    recall = figures["alerts"]["recall"]
    assert recall["of"] == sum(one["of"] for one in figures["by_typology"].values())
    assert recall["of"] - recall["hits"] == len(figures["missed"])
    assert f"{recall['hits']} of {recall['of']}" in markdown.read_text()
    assert plot.read_text().startswith("<?xml")
    assert set(figures["by_rule"]) >= {"layering", "notional-burst", "wash-churn"}


def test_the_same_figures_come_again(found, market_day, capsys):
    given = ["evaluate", str(found), "--truth", str(market_day / "truth.csv"), "--json"]
    run(given)
    first = capsys.readouterr().out
    run(given)
    assert capsys.readouterr().out == first


def test_another_rulebook_stands_beside(found, market_day, tmp_path, capsys):
    day, out = str(market_day / "events.parquet"), str(tmp_path / "classic")
    known = ["--reference", str(market_day / "reference"), "--rules", str(rules_folder() / "packs" / "classic")]
    assert run(["detect", day, "--feed", "canonical", *known, "--quiet", "--out", out]) == 0
    given = ["evaluate", str(found), "--truth", str(market_day / "truth.csv"), "--beside", out]
    assert run([*given, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert "layering" in figures["by_rule"]
    assert set(figures["beside"]["by_rule"]) == {
        "classic-cancellations", "classic-concentration", "classic-one-account", "classic-price", "classic-volume",
    }  # fmt: skip
    assert figures["beside"]["alerts"]["recall"]["of"] == figures["alerts"]["recall"]["of"]
    assert run(given) == 0
    text = capsys.readouterr().out
    assert text.index("layering") < text.index("Beside it") < text.index("classic-volume")
    assert run([*given, "--beside", out]) == 2
    assert "1 of RUN need as many --beside, not 2" in capsys.readouterr().err


def test_a_folder_without_a_run_is_told(market_day, tmp_path, capsys):
    assert run(["evaluate", str(tmp_path), "--truth", str(market_day / "truth.csv")]) == 2
    assert "alerts.ndjson: cannot be read" in capsys.readouterr().err


def test_a_plot_of_an_unknown_form_is_refused(found, market_day, tmp_path, capsys):
    given = ["evaluate", str(found), "--truth", str(market_day / "truth.csv"), "--plot", str(tmp_path / "x.doc")]
    assert run(given) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_what_came_nearest_to_a_missed_episode_is_told_with_the_condition_that_failed(market_day, tmp_path, capsys):
    rules = tmp_path / "rules"
    rules.mkdir()
    shutil.copy(rules_folder() / "rulebook.yaml", rules)
    strict = (rules_folder() / "wash" / "wash-churn.yaml").read_text()
    assert "buys:        {at_least: 3}" in strict
    (rules / "wash-churn.yaml").write_text(strict.replace("buys:        {at_least: 3}", "buys:        {at_least: 90}"))
    day, known = (
        str(market_day / "events.parquet"),
        ["--reference", str(market_day / "reference"), "--rules", str(rules)],
    )
    assert run(["detect", day, "--feed", "canonical", *known, "--quiet", "--out", str(tmp_path / "found")]) == 0
    given = ["evaluate", str(tmp_path / "found"), "--truth", str(market_day / "truth.csv"), "--level", "high"]
    assert run([*given, "--events", day, *known, "--json"]) == 0
    missed = json.loads(capsys.readouterr().out)["missed"]
    near = [one["nearest"] for one in missed if one["typology"] == "wash.churn" and one["nearest"]]
    assert near
    for one in near:
        buys = next(part for part in one["conditions"] if part["measure"] == "buys")
        assert not buys["met"]
        assert buys["asked"] == "at least 90"
