"""Runs into a store, in both databases: a day again changes nothing, a bust withdraws, a kill on the way is mended."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from alert_helpers import three_rules
from sqlalchemy import func, select

from surveillance.alerts.store.loading import load
from surveillance.alerts.store.opening import open_store
from surveillance.alerts.store.query import Query
from surveillance.alerts.store.reading import latest_runs, listed
from surveillance.alerts.store.tables import alerts, metadata, revisions
from surveillance.cli.main import run

START = 1_773_662_400 * 1_000_000_000
SECOND = 1_000_000_000


def churn(account, trades=8, start=0):
    return [
        {
            "time": START + (start + 60 * place) * SECOND,
            "kind": "trade",
            "side": ("buy", "sell")[place % 2],
            "price": "10",
            "quantity": "2000",
            "currency": "USD",
            "instrument": "IBM",
            "asset_class": "equity",
            "account": account,
            "trader": f"T{account}",
            "order": f"O-{account}-{place}",
            "trade": f"X-{account}-{place}",
        }
        for place in range(trades)
    ]


# Rules are armed by an order and a cancellation of somebody else, long before.
OTHERS = [
    {**churn("A0")[0], "time": START - 3600 * SECOND + place, "kind": kind, "trade": None, "quantity": "1"}
    for place, kind in enumerate(("order", "cancel"))
]


def day(folder, events, name="day.ndjson"):
    path = folder / name
    path.write_text("".join(json.dumps(one) + "\n" for one in sorted([*OTHERS, *events], key=lambda one: one["time"])))
    return path


@pytest.fixture
def detect(tmp_path, store_url):
    def detected(events, *options, name="day.ndjson"):
        source = day(tmp_path, events, name)
        given = ["detect", str(source), "--feed", "canonical", "--out", str(tmp_path / "out"), "--store", store_url]
        return run([*given, "--rules", str(three_rules(tmp_path)), "--quiet", *options])

    return detected


@pytest.fixture
def read(store_url):
    engine = open_store(store_url, write=True)
    yield engine
    engine.dispose()


def dump(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted(tuple(map(str, row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def ask(engine, **options):
    with engine.connect() as connection:
        return listed(connection, Query(**options))


def test_running_a_day_twice_changes_nothing(detect, read):
    events = churn("A1") + churn("A2") + churn("A3", start=7200)
    assert detect(events) == 0
    before = dump(read)
    assert len(before["alerts"]) == 3
    assert detect(events) == 0
    assert dump(read) == before


def test_late_events_revise_an_alert(detect, read):
    assert detect(churn("A1")) == 0
    assert detect(churn("A1", trades=16)) == 0
    total, [row] = ask(read)
    assert (total, row["alert"]["revision"]) == (1, 2)


def test_busts_withdraw_an_alert_visibly(detect, read):
    detect(churn("A1") + churn("A2"))
    busts = [{**one, "time": one["time"] + 1, "kind": "bust"} for one in churn("A1")]
    detect(churn("A1") + churn("A2") + busts)
    assert [row["alert"]["accounts"] for row in ask(read)[1]] == [["A2"]]
    [gone] = ask(read, states=["withdrawn"])[1]
    assert (gone["alert"]["revision"], gone["alert"]["findings"], gone["alert"]["score"]) == (2, [], 0)
    assert gone["alert"]["explanation"][0].startswith("Withdrawn: the run of ")
    before = dump(read)
    detect(churn("A1") + churn("A2") + busts)
    assert {name: rows for name, rows in dump(read).items() if name != "runs"} == {
        name: rows for name, rows in before.items() if name != "runs"
    }


def test_what_was_withdrawn_and_is_found_again_is_open_again(detect, read):
    both = churn("A1") + churn("A2")
    detect(both)
    detect([{**one, "quantity": "1"} for one in churn("A1")] + churn("A2"))
    assert len(ask(read)[1]) == 1
    detect(both)
    assert sorted(row["alert"]["revision"] for row in ask(read)[1]) == [1, 3]


def test_another_day_or_file_withdraws_nothing(detect, read):
    detect(churn("A1"))
    detect(churn("A2", start=86_400), name="tomorrow.ndjson")
    detect(churn("A3"), name="other.ndjson")
    assert len(ask(read)[1]) == 3


def test_a_rule_that_could_not_see_withdraws_nothing(detect, read):
    detect(churn("A1"))
    assert len(ask(read)[1]) == 1
    nothing = [{**one, "kind": "order", "trade": None} for one in churn("A1")]
    assert detect(nothing) == 4
    assert len(ask(read)[1]) == 1


def test_the_newest_run_of_each_rulebook_and_feed_is_known(detect, read):
    detect(churn("A1"))
    detect(churn("A2", start=86_400), name="tomorrow.ndjson")
    with read.connect() as connection:
        [newest] = latest_runs(connection)
    assert newest["sources"][0]["name"] == "tomorrow.ndjson"


def test_a_store_that_cannot_be_used_stops_before_anything_is_read(detect, tmp_path, capsys):
    source = day(tmp_path, churn("A1"))
    given = ["detect", str(source), "--feed", "canonical", "--out", str(tmp_path / "none")]
    assert run([*given, "--store", "mysql://x@y/z", "--quiet"]) == 2
    assert "is not a kind of store" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


LOADS = """
import json, sys
from pathlib import Path
import surveillance.alerts.store.loading as loading
from surveillance.alerts.store.opening import open_store
loading.BATCH = 1
out = Path(sys.argv[2])
print("ready", flush=True)
loading.load(open_store(sys.argv[1], write=True), out, json.loads((out / "run.json").read_text()))
print("done", flush=True)
"""


@pytest.mark.parametrize("after", [0.02, 0.08, 0.2])
def test_a_run_that_is_killed_on_the_way_and_run_again_gives_the_same_store(store_url, tmp_path, after):
    events = [one for place in range(60) for one in churn(f"A{place + 1:03}")]
    out = tmp_path / "out"
    given = ["detect", str(day(tmp_path, events)), "--feed", "canonical", "--out", str(out), "--quiet"]
    given += ["--rules", str(three_rules(tmp_path))]
    assert run(given) == 0
    program = subprocess.Popen(
        [sys.executable, "-c", LOADS, store_url, str(out)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    program.stdout.readline()
    time.sleep(0.3 + after)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    engine = open_store(store_url, write=True)
    record = json.loads((out / "run.json").read_text())
    load(engine, out, record)
    killed = dump(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(alerts)) == 60
        assert connection.scalar(select(func.max(revisions.c.revision))) == 1
    engine.dispose()
    whole = open_store(str(tmp_path / "whole.db"), write=True)
    load(whole, out, record)
    other = dump(whole)
    whole.dispose()
    assert killed == other
