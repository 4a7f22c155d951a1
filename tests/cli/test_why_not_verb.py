"""`surveil why-not`: asked of a run's folder or of files, answered in text and JSON."""

import json

import pytest

from surveillance.cli.main import run

NOON = 1_773_662_400 * 1_000_000_000


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    lines = [
        {
            "time": NOON + place * 60_000_000_000,
            "kind": "trade",
            "side": ("buy", "sell")[place % 2],
            "price": "100",
            "quantity": "1000",
            "currency": "USD",
            "instrument": "IBM",
            "asset_class": "equity",
            "account": "A1",
            "trader": "T1",
            "trade": str(place),
        }
        for place in range(8)
    ]
    (folder / "day.ndjson").write_text("".join(json.dumps(one) + "\n" for one in lines))
    run(["detect", str(folder / "day.ndjson"), "--feed", "canonical", "--out", str(folder / "out"), "--quiet"])
    return folder / "out"


ASKED = ["why-not", "--rule", "wash-churn", "--account", "A1", "--at", "2026-03-16T12:05:00Z"]


def test_the_answer_names_the_condition_that_failed(out, capsys):
    assert run([*ASKED, "--instrument", "IBM", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "failed 1 of 5 conditions" in said
    assert "FAILED volume: 8,000 shares, asked for at least 10,000 shares" in said
    assert "met    buys: 4, asked for at least 3" in said


def test_files_are_judged_without_a_run(out, capsys):
    given = [*ASKED, str(out.parent / "day.ndjson"), "--feed", "canonical", "--json"]
    assert run(given) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["state"], found["changed"]) == ("near", "armed", [])


def test_any_part_of_a_key_can_be_named(out, capsys):
    given = ["why-not", "--rule", "wash-churn", "--key", "account=A1", "--at", "2026-03-16T12:05:00Z"]
    assert run([*given, "--out", str(out)]) == 0
    assert "failed 1 of 5" in capsys.readouterr().out


def test_what_has_changed_since_is_told(out, capsys, tmp_path):
    path = out.parent / "day.ndjson"
    before = path.read_text()
    path.write_text(before + before.splitlines()[-1].replace('"7"', '"8"') + "\n")
    try:
        assert run([*ASKED, "--out", str(out)]) == 0
    finally:
        path.write_text(before)
    assert "Not as it was when the run was made: day.ndjson." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rule", "wash-churn", "--at", "2026-03-16T12:05:00Z"], "name whom or what"),
        (["--rule", "wash-churn", "--account", "A1", "--at", "noon"], "'noon' is no time"),
        (["--rule", "wash-churn", "--key", "A1", "--at", "2026-03-16"], "is not NAME=ID"),
        (["--rule", "wash-churn", "--trader", "T1", "--at", "2026-03-16"], "is measured by account, instrument"),
        (["--rule", "wash", "--account", "A1", "--at", "2026-03-16"], "no rule 'wash'"),
        (["--rule", "wash-churn", "--account", "A1", "--at", "2026-03-16", "day.csv"], "SOURCE needs --feed"),
        (["--rule", "wash-churn", "--account", "A1", "--at", "2026-03-16", "--out", "nowhere"], "holds no run.json"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told(out, capsys, options, said):
    assert run(["why-not", "--out", str(out), *options]) == 2
    assert said in capsys.readouterr().err
