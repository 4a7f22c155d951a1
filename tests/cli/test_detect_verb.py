import json
import re

import pytest

from surveillance.cli.main import run


@pytest.fixture
def detect(market_day, tmp_path, capsys):
    """Return a function that runs `surveil detect` over the day and gives status, output and remarks."""

    def detected(*options, source=market_day / "events.parquet", reference=market_day / "reference"):
        given = ["detect", str(source), "--feed", "canonical", "--out", str(tmp_path / "found")]
        given += ["--reference", str(reference)] if reference else []
        status = run([*given, *options])
        said = capsys.readouterr()
        return status, said.out, said.err

    return detected


def found(tmp_path):
    return [json.loads(line) for line in (tmp_path / "found" / "findings.ndjson").read_text().splitlines()]


def test_alerts_are_shown_gravest_first_with_one_in_full_and_where_they_are(detect, tmp_path):
    status, shown, _ = detect()
    assert status == 0
    findings = found(tmp_path)
    assert findings
    assert f"{len(findings)} findings in " in shown
    assert "The first of them in full:" in shown
    assert " asks for " in shown.replace("\n", " ")
    assert "surveil alerts show " in shown
    assert re.search(r"\d+ of \d+ rules armed", shown)
    for name in ("alerts.ndjson", "capsules.ndjson", "findings.ndjson", "rejects.ndjson", "run.json"):
        assert str(tmp_path / "found" / name) in shown.replace("\n", "")
    assert "surveil detectors show " in shown


def test_json_prints_the_record_of_the_run_and_nothing_else(detect, tmp_path):
    status, shown, _ = detect("--json")
    assert status == 0
    assert shown == (tmp_path / "found" / "run.json").read_text()
    assert json.loads(shown)["findings"]["total"] == len(found(tmp_path))


def test_quiet_says_nothing(detect):
    assert detect("--quiet") == (0, "", "")


def test_alerts_at_the_level_of_fail_on_are_an_exit_status(detect):
    assert detect("--quiet", "--fail-on", "high")[0] == 10
    assert detect("--quiet", "--fail-on", "critical")[0] == 0


@pytest.fixture
def half_broken(tmp_path):
    """Four records, of which two cannot be used."""
    source = tmp_path / "four.csv"
    source.write_text(
        "time,kind,side,price,quantity,currency,instrument,asset_class,account,trader,order,trade\n"
        "2026-03-16T14:00:00Z,trade,buy,10,5,USD,IBM,equity,A1,T1,O1,X1\n"
        "yesterday,trade,buy,10,5,USD,IBM,equity,A1,T1,O1,X2\n"
        "2026-03-16T14:00:01Z,trade,buy,ten,5,USD,IBM,equity,A1,T1,O1,X3\n"
        "2026-03-16T14:00:02Z,trade,sell,10,5,USD,IBM,equity,A1,T1,O2,X4\n"
    )
    return source


def test_more_rejects_than_allowed_are_an_exit_status_and_exactly_as_many_are_not(detect, half_broken):
    assert detect("--quiet", source=half_broken, reference=None)[0] == 5
    assert detect("--quiet", "--max-rejects", "1", source=half_broken, reference=None)[0] == 5
    # Without orders and cancellations layering cannot see, which is what is left to report.
    assert detect("--quiet", "--max-rejects", "2", source=half_broken, reference=None)[0] == 4
    assert detect("--quiet", "--max-rejects", "50%", source=half_broken, reference=None)[0] == 4


def test_rejects_and_rules_that_could_not_see_are_shown(detect, half_broken):
    _, shown, _ = detect(source=half_broken, reference=None)
    assert "2 of 4 records rejected" in shown
    assert "NOT ARMED layering is starved" in shown
    assert "0 findings in 2 events" in shown


def test_a_missing_file_and_an_unknown_feed_are_told_with_status_2(detect, tmp_path):
    status, _, said = detect("--quiet", source=tmp_path / "nothing.parquet")
    assert (status, "nothing.parquet: does not exist" in said) == (2, True)
    assert run(["detect", "any.csv", "--feed", "no-such-feed", "--out", str(tmp_path / "found")]) == 2


def test_a_file_that_cannot_be_read_is_told_in_one_line_and_no_progress_is_drawn(detect, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.touch()
    status, shown, said = detect(source=empty, reference=None)
    assert (status, shown) == (2, "")
    assert said.replace("\n", "") == f"{empty}: is empty [empty-file]surveil: stopped by 1 problem"


def test_invalid_rules_have_status_3_and_nothing_is_judged(detect, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rulebook.yaml").write_text("format: 1\nname: broken\n")
    status, _, said = detect("--quiet", "--rules", str(rules))
    assert status == 3
    assert "rulebook.yaml" in said
    assert not (tmp_path / "found" / "run.json").exists()
