"""`surveil alerts` as its users meet it: the same answers from a database and from a run's folder."""

import csv
import json

import pyarrow.parquet as pq
import pytest
from alert_helpers import filed, validator

from surveillance.alerts.store.exporting import harmless
from surveillance.cli.main import run

START = 1_773_662_400 * 1_000_000_000
SECOND = 1_000_000_000


def churn(account, instrument="IBM", quantity="2000", start=0, **fields):
    return [
        {
            "time": START + (start + 60 * place) * SECOND,
            "kind": "trade",
            "side": ("buy", "sell")[place % 2],
            "price": "10",
            "quantity": quantity,
            "currency": "USD",
            "instrument": instrument,
            "asset_class": "equity",
            "account": account,
            "trader": f"T{account}",
            "trade": f"X-{account}-{place}",
            **fields,
        }
        for place in range(8)
    ]


@pytest.fixture(params=["store", "out"])
def place(request, tmp_path):
    """Run a small day; give the options that lead to its alerts, in a database or in the folder."""
    events = churn("A1") + churn("A2", "KO", "3000") + churn("=A3", "GE", "9000", 10)
    source = tmp_path / "day.ndjson"
    source.write_text("".join(json.dumps(one) + "\n" for one in sorted(events, key=lambda one: one["time"])))
    out, store = tmp_path / "out", tmp_path / "alerts.db"
    given = ["detect", str(source), "--feed", "canonical", "--out", str(out), "--store", str(store), "--quiet"]
    assert run(given) == 4  # layering has no orders to look at
    return ["--store", str(store)] if request.param == "store" else ["--out", str(out)]


@pytest.fixture
def ask(place, capsys):
    def asked(*words, status=0):
        capsys.readouterr()
        assert run(["alerts", *words, *place]) == status
        said = capsys.readouterr()
        return said.out if status == 0 else said.err

    return asked


def test_a_list_shows_the_gravest_first_and_pages(ask):
    shown = json.loads(ask("list", "--json"))
    scores = [one["score"] for one in shown["alerts"]]
    assert shown["total"] == 3
    assert scores == sorted(scores, reverse=True)
    assert "3 alerts, page 1 of 2" in ask("list", "--limit", "2")
    second = ask("list", "--limit", "2", "--page", "2")
    assert "page 2 of 2" in second
    assert "A1" in second


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--account", "A1"], 1),
        (["--instrument", "KO", "--instrument", "GE"], 2),
        (["--rule", "wash-churn", "--family", "wash", "--typology", "wash.churn", "--asset-class", "equity"], 3),
        (["--level", "high"], 3),
        (["--level", "low", "--level", "medium"], 0),
        (["--min-score", "90"], 0),
        (["--max-score", "40"], 0),
        (["--from", "2026-03-16", "--to", "2026-03-16"], 3),
        (["--from", "2026-03-17"], 0),
        (["--subject", "A2"], 1),
        (["--state", "closed"], 0),
    ],
)
def test_filters_leave_what_was_asked_for(ask, options, found):
    assert json.loads(ask("list", "--json", *options))["total"] == found


def test_lists_can_be_sorted_the_other_way(ask):
    up = [one["alert_id"] for one in json.loads(ask("list", "--json", "--ascending"))["alerts"]]
    down = [one["alert_id"] for one in json.loads(ask("list", "--json"))["alerts"]]
    assert up == down[::-1]


def test_show_explains_one_alert_with_its_events(ask):
    name = json.loads(ask("list", "--json", "--account", "A1"))["alerts"][0]["alert_id"]
    shown = ask("show", name[:10])
    assert name in shown.replace("\n", "")
    for text in ("What would have cleared it", "asks for at least 60%", "revision 1", "rulebook house-rulebook"):
        assert text in shown
    whole = json.loads(ask("show", name, "--json"))
    assert len(whole["capsule"]["events"]) == 8
    assert whole["alert"]["lineage"]["capsule"]


def test_an_alert_that_is_not_there_is_told(ask):
    assert "there is no alert 'ffff'" in ask("show", "ffff", status=2)


def test_the_summary_never_shows_a_rule_that_could_not_see_as_clean(ask):
    shown = json.loads(ask("summary", "--json"))
    assert (shown["total"], shown["open"]) == (3, 3)
    assert shown["by_level"]["high"] == 3
    assert shown["by_risk"] == {"above 70": 3, "40 to 70": 0, "below 40": 0}
    assert shown["by_family"] == {"wash": 3}
    states = {one["rule"]: one for one in shown["rules"]}
    assert states["layering"]["state"] == "starved"
    assert states["layering"]["findings"] is None
    assert states["wash-churn"]["findings"] == 3
    text = ask("summary")
    assert "NOT ARMED layering is starved" in text
    assert "that there is no alert of it says nothing" in text


def test_ndjson_is_exported_as_alerts_ndjson_has_it(ask, tmp_path):
    lines = [json.loads(line) for line in ask("export").splitlines()]
    assert len(lines) == 3
    for one in lines:
        validator().validate(one)
    assert "Written: " in ask("export", "--file", str(tmp_path / "a.ndjson"))
    written = [json.loads(line) for line in (tmp_path / "a.ndjson").read_text().splitlines()]
    assert written == lines


def test_no_cell_of_a_csv_is_a_formula(ask, tmp_path):
    ask("export", "--file", str(tmp_path / "a.csv"))
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    [evil] = [row for row in rows if "A3" in row["accounts"]]
    assert evil["accounts"] == "'=A3"
    assert evil["subject_id"] == "'=A3"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_parquet_has_lists_and_exact_scores(ask, tmp_path):
    ask("export", "--file", str(tmp_path / "a.parquet"))
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["rules"] for row in table] == [["wash-churn"]] * 3
    assert all(str(row["score"]).count(".") == 1 for row in table)
    assert "=A3" in {name for row in table for name in row["accounts"]}


def test_parquet_needs_a_file(ask):
    assert "Parquet needs a file" in ask("export", "--format", "parquet", status=2)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("A-1", "A-1"),
        (["=1", "2"], "'=1; 2"),
        (-5, -5),
        (None, None),
    ],
)
def test_what_a_spreadsheet_would_run_is_made_harmless(cell, written):
    assert harmless(cell) == written


def test_an_alert_is_closed_with_a_name_and_a_reason(place, ask, capsys):
    if place[0] != "--store":
        return
    name = json.loads(ask("list", "--json", "--account", "A1"))["alerts"][0]["alert_id"]
    assert "Closed: " in ask("close", name[:8], "--by", "Ann", "--why", "the desk explained it")
    assert json.loads(ask("summary", "--json"))["closed"] == 1
    assert "closed by Ann" in ask("show", name)
    assert "only an open one can be closed" in ask("close", name, "--by", "Bob", "--why", "again", status=2)


def test_a_folder_without_a_run_is_told(tmp_path, capsys):
    assert run(["alerts", "list", "--out", str(tmp_path)]) == 2
    assert "holds no alerts of a run" in capsys.readouterr().err


def test_findings_made_by_hand_have_the_shape_that_runs_give():
    assert filed("a").bucket == ("beneficial_owner", "B1", "2026-03-16")
