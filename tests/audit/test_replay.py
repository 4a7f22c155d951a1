"""Alerts of a release are made again years later, byte for byte, or the input that differs is named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_alert_of_an_earlier_release_is_made_again_in_a_fresh_clone(released, ids, surveil, tmp_path, house):
    subprocess.run(["git", "clone", "-q", str(house), str(tmp_path / "clone")], check=True)
    made = tmp_path / "made.ndjson"
    words = ["--out", released, "--rules", tmp_path / "clone/rules", "--made", made]
    proofs = {"capsule": {"judged from capsule", "measured from capsule"}, "sources": {"measured from sources"}}
    for proof, given in proofs.items():
        status, text = surveil("audit", "replay", *ids, *words, "--proof", proof)
        assert status == 0, text
        told = [line for line in text.splitlines() if line.startswith("Alert")]
        how = [line.partition(", ")[2].partition(":")[0] for line in told]
        pairs = zip(ids, how, strict=True)
        same = [f"Alert {name} made again at rules-v1.0.0, {one}: the same, byte for byte." for name, one in pairs]
        assert (told, set(how)) == (same, given)
        assert made.read_bytes() == (released / "alerts.ndjson").read_bytes()


def test_under_other_rules_an_alert_differs_and_the_rule_is_named(released, ids, surveil):
    told = [surveil("audit", "replay", name, "--out", released, "--at", "rules-v2.0.0") for name in ids]
    assert {status for status, _ in told} == {3}
    assert all("differs: the rulebook: 1.0.0 made it, at hand is 2.0.0" in text for _, text in told)
    churned = [text for _, text in told if "rule wash-churn: version 2 finds or says something else" in text]
    assert churned
    assert all('severity was "high" and is "medium"' in text for text in churned)


def test_a_byte_of_the_capsule_is_named(released, ids, surveil):
    path = released / "capsules.ndjson"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"quantity":', '"quantity":1', 1), encoding="utf-8")
    told = [surveil("audit", "replay", name, "--out", released) for name in ids]
    assert sorted({status for status, _ in told}) == [0, 3]
    (text,) = (text for status, text in told if status == 3)
    assert "differs: the capsule: its SHA-256 is" in text


def test_a_released_file_that_was_changed_behind_its_tag_is_named(released, ids, surveil, house, git):
    git("checkout", "-q", "-f", "rules-v1.0.0")
    rule = house / "rules/wash/wash-churn.yaml"
    rule.write_text(rule.read_text(encoding="utf-8") + "# a byte more\n", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "nobody will notice")
    message = git("tag", "-l", "--format=%(contents)", "rules-v1.0.0")
    git("tag", "-f", "-a", "rules-v1.0.0", "-m", message)
    status, text = surveil("audit", "replay", ids[0], "--out", released)
    assert (status, "differs: wash/wash-churn.yaml: it is not the file that rules-v1.0.0 released" in text) == (3, True)
    status, text = surveil("audit", "release", "rules-v1.0.0", "--audit", "audit")
    assert (status, "wash/wash-churn.yaml: it is not the file" in text) == (3, True)


def test_a_manifest_that_was_changed_is_named(released, ids, surveil, house, git):
    git("checkout", "-q", "-f", "rules-v1.0.0")
    path = house / "rules/releases/1.0.0.json"
    path.write_text(path.read_text(encoding="utf-8").replace("rita@", "ann@"), encoding="utf-8")
    git("commit", "-q", "-a", "-m", "another approver")
    message = git("tag", "-l", "--format=%(contents)", "rules-v1.0.0")
    git("tag", "-f", "-a", "rules-v1.0.0", "-m", message)
    status, text = surveil("audit", "replay", ids[0], "--out", released)
    assert (status, "the manifest of rules-v1.0.0: its SHA-256 is not the one in the tag" in text) == (3, True)


def test_an_alert_is_told_with_its_release_rules_inputs_and_what_was_done_since(released, ids, surveil, tmp_path, day):
    store = tmp_path / "store.db"
    reference = day / "reference"
    words = ["--feed", "canonical", "--reference", reference, "--rates", reference / "rates.csv", "--store", store]
    surveil("detect", day / "events.parquet", *words, "--rules", "rules", "--out", tmp_path / "again", "--quiet")
    status, text = surveil("audit", "alert", ids[0], "--out", released)
    assert status == 0, text
    for said in ("Release    rules-v1.0.0", "Approved   by Rita (rita@example.com)", "ann@example.com", "title:"):
        assert said in text
    assert "Since then nothing has been logged about it." in text
    closed = json.loads(surveil("alerts", "list", "--store", store, "--json")[1])["alerts"][0]["alert_id"]
    words = ["--by", "Rita", "--why", "a hedge", "--audit", "audit"]
    assert surveil("alerts", "close", closed, "--store", store, *words)[0] == 0
    text = surveil("audit", "alert", closed, "--store", store, "--audit", "audit")[1]
    assert "Rita  alert  " in text
    assert '"why": "a hedge"' in text


def test_the_evidence_of_a_release_is_one_file(released, surveil, tmp_path):
    target = tmp_path / "evidence.json"
    status, text = surveil("audit", "release", "rules-v1.0.0", "--audit", "audit", "--out", target)
    assert status == 0, text
    told = json.loads(target.read_text(encoding="utf-8"))
    assert "BEGIN SSH SIGNATURE" in told["signature"]
    assert told["files"]["wash/wash-churn.yaml"].startswith("format: 1")
    assert [one["kind"] for one in told["log"]] == ["approval", "release"]
    assert told["differences"] == []
    assert surveil("audit", "release", "rules-v9.0.0")[0] == 2


def test_a_run_is_an_entry_of_the_log(released, surveil):
    status, text = surveil("log", "verify", released / "audit")
    assert (status, "1 entry, untouched; held against 1 head" in text) == (0, True)
    status, text = surveil("log", "list", released / "audit", "--json")
    entry = json.loads(text)
    assert entry["kind"] == "run"
    assert entry["what"]["rulebook"]["version"] == "1.0.0"


@pytest.fixture(scope="module")
def old_wheel(tmp_path_factory):
    """Make a wheel of the engine as it might have been: a detector of another version, with another measure."""
    folder = tmp_path_factory.mktemp("wheels")
    path = folder / "trade_surveillance-0.0.9-py3-none-any.whl"
    found = metadata.distribution("trade-surveillance")
    with zipfile.ZipFile(path, "w") as wheel:
        for top in (ROOT / "surveillance", ROOT / "detectors/surveillance_detectors"):
            for file in top.rglob("*"):
                if file.is_file() and "__pycache__" not in file.parts:
                    wheel.writestr((Path(top.name) / file.relative_to(top)).as_posix(), _older(file))
        for name in ("rules", "schemas"):
            for file in (ROOT / name).rglob("*.*"):
                if file.is_file():
                    wheel.write(file, (Path("surveillance/_bundle") / file.relative_to(ROOT)).as_posix())
        info = "trade_surveillance-0.0.9.dist-info"
        points = found.read_text("entry_points.txt")
        wheel.writestr(f"{info}/entry_points.txt", points)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: trade-surveillance\nVersion: 0.0.9\n")
        wheel.writestr(f"{info}/RECORD", "as released\n")
    return path


def _older(file):
    content = file.read_bytes()
    if file.name == "churn.py":
        text = content.decode()
        assert 'id = "wash.churn"' in text
        version = next(line for line in text.splitlines() if line.strip().startswith("version = "))
        older = text.replace(version, '    version = "0-old"')
        content = older.replace(
            "share(at.flips, at.buys + at.sells - 1)", "share(at.flips, at.buys + at.sells)"
        ).encode()
        assert content != older.encode()
    return content


@pytest.fixture
def ran_long_ago(house, commit, sign, release, day, tmp_path, surveil, old_wheel):
    """Release rules with older wheels, run them with that code, release looser ones; return the run and its day."""
    commit("1.0.0")
    status, said = release("1.0.0", sign("approved-1"), "--wheels", old_wheel.parent)
    assert status == 0, said
    out, old, place = tmp_path / "run", tmp_path / "day", tmp_path / "old"
    shutil.copytree(day, old)
    with zipfile.ZipFile(old_wheel) as wheel:
        wheel.extractall(place)
    words = ["detect", old / "events.parquet", "--feed", "canonical", "--reference", old / "reference"]
    words += ["--rates", old / "reference/rates.csv", "--rules", "rules", "--out", out, "--quiet"]
    code = "import sys; from surveillance.cli.main import main; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(place)}
    subprocess.run([sys.executable, "-c", code, *map(str, words)], env=environment, check=True)
    rule = house / "rules/wash/wash-churn.yaml"
    text = rule.read_text(encoding="utf-8").replace("version: 1\n", "version: 2\n")
    rule.write_text(text.replace("at_least: 200 contracts", "at_least: 199.5 contracts"), encoding="utf-8")
    commit("2.0.0")
    status, said = release("2.0.0", sign("approved-2"))
    assert status == 0, said
    return out, old


@pytest.mark.slow
def test_alerts_of_older_code_are_made_again_with_the_wheels_of_their_release(
    ran_long_ago, house, tmp_path, surveil, old_wheel
):
    out, day = ran_long_ago
    subprocess.run(["git", "clone", "-q", str(house), str(tmp_path / "clone")], check=True)
    alerts = [json.loads(line) for line in (out / "alerts.ndjson").read_text(encoding="utf-8").splitlines()]
    made, words = tmp_path / "made.ndjson", ["--out", out, "--rules", tmp_path / "clone/rules"]
    name = next(one["alert_id"] for one in alerts if "wash-churn" in one["rules"])
    status, text = surveil("audit", "replay", name, *words)
    assert status == 3
    assert 'detector_version was "0-old" and is' in text
    assert "of wash-churn, measured again: measures was" in text
    names = [one["alert_id"] for one in alerts]
    for how in ("sources", "capsule"):
        status, text = surveil("audit", "replay", *names, *words, "--wheels", old_wheel.parent, "--made", made)
        assert status == 0, text
        assert text.count("made again at rules-v1.0.0, ") == len(names)
        assert text.count(f"from {how}: the same, byte for byte.") == len(names)
        assert made.read_bytes() == (out / "alerts.ndjson").read_bytes()
        shutil.rmtree(day, ignore_errors=True)
    shutil.copy(old_wheel, tmp_path)
    with (tmp_path / old_wheel.name).open("ab") as file:
        file.write(b"x")
    status, text = surveil("audit", "replay", name, "--out", out, "--wheels", tmp_path)
    assert (status, "the wheel is not the one that was released" in text) == (2, True)


def test_without_a_release_replay_says_what_to_do(house, day, surveil, tmp_path):
    reference = day / "reference"
    words = ["--feed", "canonical", "--reference", reference, "--rates", reference / "rates.csv", "--rules", "rules"]
    assert surveil("detect", day / "events.parquet", *words, "--out", tmp_path / "o", "--quiet")[0] == 0
    name = json.loads((tmp_path / "o/alerts.ndjson").read_text().splitlines()[0])["alert_id"]
    status, text = surveil("audit", "replay", name, "--out", tmp_path / "o")
    assert (status, "name the commit with --at" in text) == (2, True)
    assert surveil("audit", "replay", name, "--out", tmp_path / "o", "--at", "first")[0] == 0
    assert surveil("audit", "replay", name, "--out", tmp_path / "o", "--at", "")[0] == 0
