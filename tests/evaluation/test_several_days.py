"""Several runs as one: nothing is claimed of another day."""

from __future__ import annotations

import json

import pytest

from surveillance.cli.main import run
from surveillance.evaluation.days import read_days

LABELS = "typology,accounts,instrument,start,end\nlayering,A1,IBM,2026-03-16T10:00:00Z,2026-03-16T10:01:00Z\n"


def alert(**differs):
    plain = {
        "alert_id": "a", "revision": 1, "level": "high", "score": 75.0, "rules": ["layering"], "accounts": ["A1"],
        "subject": {"kind": "account", "id": "A1"}, "instruments": [], "start": "2026-03-16T10:00:10.000000000Z",
        "end": "2026-03-16T10:00:20.000000000Z", "event_time": "2026-03-16T10:00:20.000000000Z",
    }  # fmt: skip
    return json.dumps(plain | differs) + "\n"


@pytest.fixture
def days(tmp_path):
    """Two runs of the same labels; the first alerts, the second does not."""
    for name, alerts in (("one", alert()), ("two", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "alerts.ndjson").write_text(alerts)
        (tmp_path / name / "findings.ndjson").write_text("")
        rules = [{"rule": "layering", "detector": "layering", "state": "armed"}]
        (tmp_path / name / "run.json").write_text(json.dumps({"rules": rules}))
        (tmp_path / name / "truth.csv").write_text(LABELS)
    return tmp_path


def test_an_alert_of_one_day_finds_nothing_on_another(days, capsys):
    given = ["evaluate", str(days / "one"), str(days / "two"), "--json"]
    given += ["--truth", str(days / "one" / "truth.csv"), "--truth", str(days / "two" / "truth.csv")]
    assert run(given) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["alerts"]["recall"]["hits"], figures["alerts"]["recall"]["of"]) == (1, 2)
    assert figures["alerts"]["precision"]["value"] == 1
    assert [one["episode_id"] for one in figures["missed"]] == ["2/line 2"]


def test_only_the_last_revision_of_an_alert_counts(days):
    file = days / "one" / "alerts.ndjson"
    file.write_text(alert() + alert(revision=3, score=90.0, level="critical") + alert(revision=2, score=80.0))
    (one,) = read_days([days / "one"], [days / "one" / "truth.csv"]).alerts
    assert (one.score, one.level) == (90.0, "critical")


def test_runs_and_labels_come_in_pairs(days, capsys):
    given = ["evaluate", str(days / "one"), str(days / "two"), "--truth", str(days / "one" / "truth.csv")]
    assert run(given) == 2
    assert "2 runs need as many --truth" in capsys.readouterr().err
