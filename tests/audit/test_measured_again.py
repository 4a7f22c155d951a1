"""A run that knew what is usual, or wrote pseudonyms, is made again as any other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from surveillance.alerts.capsule import opened
from surveillance.audit.fields import differing_fields
from surveillance.audit.from_capsule import measured_again
from surveillance.cli.main import run
from surveillance.engine.setup import set_up
from surveillance.privacy import KEY_VARIABLE

SHIPPED = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def day_before(tmp_path_factory):
    """Return the folder of the day before."""
    out = tmp_path_factory.mktemp("before") / "day"
    assert run(["simulate", str(out), "--events", "20000", "--seed", "5", "--day", "2026-03-13", "--quiet"]) == 0
    return out


def detected(surveil, day, out, *words):
    reference = day / "reference"
    known = ["--feed", "canonical", "--reference", reference, "--rates", reference / "rates.csv", "--rules", "rules"]
    status, said = surveil("detect", day / "events.parquet", *known, "--out", out, "--quiet", *words)
    assert status == 0, said
    lines = (out / "alerts.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["alert_id"] for line in lines]


def test_the_baseline_that_was_read_counts_and_none_that_was_learned_since(house, surveil, tmp_path, day, day_before):
    usual, out = tmp_path / "usual", tmp_path / "run"
    detected(surveil, day_before, tmp_path / "before", "--baselines", usual)
    ids = detected(surveil, day, out, "--baselines", usual)
    read = json.loads((out / "run.json").read_text(encoding="utf-8"))["baselines"]
    assert read["day"] == "2026-03-13"
    assert len(list(usual.iterdir())) == 2
    words = ["audit", "replay", *ids, "--out", out, "--at", "first"]
    before = {path.name: path.read_bytes() for path in usual.iterdir()}
    status, said = surveil(*words)
    assert (status, said.count("measured from sources: the same, byte for byte")) == (0, len(ids)), said
    assert {path.name: path.read_bytes() for path in usual.iterdir()} == before
    moved = tmp_path / "moved"
    shutil.move(usual, moved)
    status, said = surveil(*words)
    assert (status, f"not measured: the baseline of 2026-03-13 in {usual}" in said) == (0, True)
    assert surveil(*words, "--baselines", moved, "--proof", "sources")[0] == 0
    shutil.copy(moved / "2026-03-16.json.gz", moved / "2026-03-13.json.gz")
    status, said = surveil(*words, "--baselines", moved)
    assert (status, "differs: the baseline" in said, read["sha256"] in said) == (3, True, True)


def test_where_nothing_was_known_yet_nothing_is_known_again(house, surveil, tmp_path, day):
    usual, out = tmp_path / "usual", tmp_path / "run"
    ids = detected(surveil, day, out, "--baselines", usual)
    assert list(usual.iterdir())
    shutil.rmtree(usual)
    status, said = surveil("audit", "replay", *ids, "--out", out, "--at", "first", "--proof", "sources")
    assert (status, said.count("measured from sources: the same")) == (0, len(ids)), said


def test_sources_of_one_name_are_read_under_the_names_that_they_had(house, surveil, tmp_path, day):
    events = tmp_path / "events"
    for place, rows in (("monday", slice(None, 15_000)), ("tuesday", slice(15_000, None))):
        (events / place).mkdir(parents=True)
        table = pq.read_table(day / "events.parquet")
        pq.write_table(table.slice(rows.start or 0, rows.stop), events / place / "part.parquet")
    out, reference = tmp_path / "run", day / "reference"
    known = ["--feed", "canonical", "--reference", reference, "--rates", reference / "rates.csv"]
    assert surveil("detect", events, *known, "--rules", "rules", "--out", out, "--quiet")[0] == 0
    run_ = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in run_["sources"]] == ["monday/part.parquet", "tuesday/part.parquet"]
    ids = [json.loads(line)["alert_id"] for line in (out / "alerts.ndjson").read_text(encoding="utf-8").splitlines()]
    (tmp_path / "kept").mkdir()
    shutil.move(events / "monday/part.parquet", tmp_path / "kept/2.parquet")
    shutil.move(events / "tuesday/part.parquet", tmp_path / "kept/1.parquet")
    words = ["audit", "replay", *ids, "--out", out, "--at", "first", "--sources", tmp_path / "kept"]
    status, said = surveil(*words)
    assert (status, said.count("measured from sources: the same")) == (0, len(ids)), said


def test_a_run_that_did_not_say_its_files_one_by_one_is_held_against_the_digest_of_all(house, surveil, tmp_path, day):
    known, out = tmp_path / "day", tmp_path / "run"
    shutil.copytree(day, known)
    ids = detected(surveil, known, out)
    run_ = json.loads((out / "run.json").read_text(encoding="utf-8"))
    del run_["reference"]["files"], run_["rates"]["files"]
    (out / "run.json").write_text(json.dumps(run_), encoding="utf-8")
    shutil.rmtree(out / "audit")
    words = ["audit", "replay", *ids, "--out", out, "--at", "first", "--proof", "sources"]
    status, said = surveil(*words)
    assert (status, said.count("measured from sources: the same")) == (0, len(ids)), said
    with (known / "reference/accounts.csv").open("a") as file:
        file.write("A0000,client,B1,T1,D1\n")
    status, said = surveil(*words)
    assert (status, said.count("differs: the reference data: SHA-256 ")) == (3, len(ids)), said


def test_a_run_that_wrote_pseudonyms_is_made_again_with_its_key_and_no_other(
    house, surveil, tmp_path, day, monkeypatch
):
    book = house / "rules/rulebook.yaml"
    book.write_text(book.read_text(encoding="utf-8") + "privacy: pseudonymise\n", encoding="utf-8")
    monkeypatch.setenv(KEY_VARIABLE, "k" * 40)
    out, reference = tmp_path / "run", day / "reference"
    ids = detected(surveil, day, out)
    words = ["audit", "replay", *ids, "--out", out, "--at", ""]
    status, said = surveil(*words)
    assert (status, "run.json does not say where they were; name them with --sources" in said) == (0, True), said
    words += ["--sources", day, "--reference", reference, "--rates", reference / "rates.csv"]
    status, said = surveil(*words)
    assert (status, said.count("measured from sources: the same")) == (0, len(ids)), said
    monkeypatch.delenv(KEY_VARIABLE)
    status, said = surveil(*words)
    assert (status, "not measured: the key of the pseudonyms: name it with --privacy-key" in said) == (0, True), said
    (tmp_path / "key").write_text("o" * 40)
    status, said = surveil(*words, "--privacy-key", tmp_path / "key")
    assert (status, "the key of the pseudonyms" in said) == (3, True), said


def test_what_does_not_follow_from_the_events_in_a_capsule_is_not_said_to(released, tmp_path, house):
    setup = set_up("canonical", house / "rules", None, [], None)
    lines = (released / "capsules.ndjson").read_text(encoding="utf-8").splitlines()
    capsules = [opened(json.dumps(json.loads(line)["capsule"]).encode()) for line in lines]

    def following(capsule):
        place = tmp_path / "place"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return measured_again(capsule, setup.book, setup.plugins, place)

    one = next(capsule for capsule in capsules if [f["rule"] for f in capsule["findings"]] == ["wash-churn"])
    (finding,) = one["findings"]
    assert following(one) == [finding["finding_id"]]
    assert following({**one, "complete": False}) == []
    more = {**finding, "measures": {**finding["measures"], "volume": finding["measures"]["volume"] + 1}}
    assert following({**one, "findings": [more]}) == []
    larger = [{**event, "quantity": event["quantity"] + 1} for event in one["events"]]
    assert following({**one, "events": larger}) == []
    assert following({**one, "events": one["events"][1:]}) == []


def test_fields_that_differ_are_told_whichever_record_has_them():
    before, again = {"a": 1, "b": [1], "c": "x" * 200}, {"b": [1], "c": 2, "d": None}
    told = list(differing_fields(before, again, "it"))
    assert told == ["it: a was 1 and is no more", f'it: c was "{"x" * 76}… and is 2', "it: d was not there and is null"]


def test_every_alert_of_the_shipped_rules_is_made_again_by_both_proofs(surveil, tmp_path):
    day, out = tmp_path / "day", tmp_path / "run"
    surveil("simulate", day, "--events", "20000", "--seed", "2", "--episodes", "6", "--quiet")
    words = ["--feed", "canonical", "--reference", day / "reference", "--rates", day / "reference/rates.csv"]
    surveil("detect", day / "events.parquet", *words, "--rules", SHIPPED, "--out", out, "--quiet")
    alerts = [json.loads(line) for line in (out / "alerts.ndjson").read_text(encoding="utf-8").splitlines()]
    assert any(", with account" in one["explanation"][0] for one in alerts)  # which only its events tell
    for proof in ("capsule", "sources"):
        made = tmp_path / "made.ndjson"
        words = ["--out", out, "--rules", SHIPPED, "--at", "", "--proof", proof, "--made", made]
        status, said = surveil("audit", "replay", *(one["alert_id"] for one in alerts), *words)
        assert status == 0, said
        assert made.read_bytes() == (out / "alerts.ndjson").read_bytes()
