"""One byte changed in any input of an alert is named, whichever it is; what is not there is named too."""

from __future__ import annotations

import json
import shutil

import pytest

from surveillance.events.profile import profile_path


@pytest.fixture
def inputs(day, tmp_path):
    """Copy what the run read; return the folder."""
    place = tmp_path / "inputs"
    shutil.copytree(day, place)
    shutil.copy(profile_path("canonical"), place / "feed.yaml")
    return place


@pytest.fixture
def named(inputs):
    """Return the options that name the copies."""
    words = ["--sources", inputs / "events.parquet", "--feed", inputs / "feed.yaml"]
    return [*words, "--reference", inputs / "reference", "--rates", inputs / "reference/rates.csv"]


@pytest.fixture
def one(released):
    """Return an alert whose events are in another currency than the house's."""
    lines = (released / "capsules.ndjson").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return next(line for line in found if line["capsule"]["rates"] and line["capsule"]["reference"]["accounts"])


def change(path, at=-1, old=None):
    """Change one byte of a file: the last before the end of its line, or the first of some text."""
    data = bytearray(path.read_bytes())
    place = at % len(data) if old is None else data.index(old.encode()) + at
    data[place] ^= 1
    path.write_bytes(bytes(data))


def retag(git, house, name):
    """Put the files as they are behind the tag of the first release, whose message stays."""
    git("commit", "-q", "-a", "-m", "nobody will notice")
    message = git("tag", "-l", "--format=%(contents)", name)
    git("tag", "-f", "-a", name, "-m", message)


IN_TAG = {
    "rule": ("wash/wash-churn.yaml", "who wants"),
    "suppression": ("suppressions/left-alone.yaml", "known to nobody"),
    "rulebook": ("rulebook.yaml", "house-rulebook"),
    "lock": ("rulebook.lock.json", '"digest": "'),
    "manifest": ("releases/1.0.0.json", "rita@"),
}
"""Files of a release, and some text in each."""


@pytest.mark.parametrize("which", sorted(IN_TAG))
@pytest.mark.parametrize("proof", ["capsule", "sources"])
def test_a_byte_of_a_released_file_is_named(which, proof, released, one, surveil, house, git):
    name, text = IN_TAG[which]
    git("checkout", "-q", "-f", "rules-v1.0.0")
    path = house / "rules" / name
    if text not in path.read_text(encoding="utf-8"):
        text = "a"
    change(path, len(text) - 1, text)
    retag(git, house, "rules-v1.0.0")
    status, said = surveil(
        "audit", "replay", one["alert_id"], "--out", released, "--proof", proof, "--at", "rules-v1.0.0"
    )
    named = "the manifest of rules-v1.0.0" if which == "manifest" else name
    assert status in (2, 3)
    assert named in said, said


def test_a_byte_of_a_wheel_is_named(released, one, surveil, tmp_path):
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    change(wheel, 40)
    status, said = surveil("audit", "replay", one["alert_id"], "--out", released, "--wheels", wheel.parent)
    assert (status, wheel.name in said, "the wheel is not the one that was released" in said) == (2, True, True)


def in_source(inputs, _released, _one):
    change(inputs / "events.parquet", 1000)
    return "the source events.parquet"


def in_row_of(table, inputs, one):
    """Change the last byte of a row of reference data that the alert rests on; return whose row it is."""
    known = min(one["capsule"]["reference"][table])
    path = inputs / f"reference/{table}.csv"
    line = next(line for line in path.read_text().splitlines() if line.startswith(known))
    change(path, len(line) - 1, line)
    return known


def in_accounts(inputs, _released, one):
    return f"reference data, accounts {in_row_of('accounts', inputs, one)}: desk was"


def in_instruments(inputs, _released, one):
    return f"reference data, instruments {in_row_of('instruments', inputs, one)}: venue was"


def in_another_row(inputs, _released, one):
    path = inputs / "reference/accounts.csv"
    line = path.read_text().splitlines()[-1]
    assert line.split(",")[0] not in one["capsule"]["reference"]["accounts"]
    change(path, len(line) - 1, line)
    return "/reference/accounts.csv: its SHA-256 is"


def in_rates(inputs, _released, one):
    (currency, days), *_ = sorted(one["capsule"]["rates"].items())
    newest = max(days)
    path = inputs / "reference/rates.csv"
    line = next(line for line in path.read_text().splitlines() if line.startswith(f"{newest},{currency},"))
    change(path, len(line) - 1, line)
    return f"exchange rates, one {currency} in USD: {newest} was"


def in_feed(inputs, _released, _one):
    change(inputs / "feed.yaml", -2)
    return "/feed.yaml: its SHA-256 is"


def in_capsule(_inputs, released, one):
    change(released / "capsules.ndjson", 10, f'{{"alert_id":"{one["alert_id"]}","digest":"{one["digest"]}","capsule":')
    return "capsule"


def in_run(_inputs, released, _one):
    path = released / "run.json"
    change(path, len('"started": "'), '"started": "20')
    return "run.json: the audit log"


def in_form_of_run(_inputs, released, _one):
    change(released / "run.json", 0, '"started"')
    return "run.json: is not JSON"


def in_hash_of_reference(_inputs, released, _one):
    run = json.loads((released / "run.json").read_text())
    change(released / "run.json", 0, run["reference"]["sha256"])
    return "run.json: its reference has the SHA-256"


def in_alert(_inputs, released, one):
    path = released / "alerts.ndjson"
    line = next(line for line in path.read_text().splitlines() if one["alert_id"] in line)
    explanation = json.loads(line)["explanation"][0]
    change(path, 3, explanation)
    return "the alert, measured again: explanation was"


CHANGES = (
    in_source, in_accounts, in_instruments, in_another_row, in_rates, in_feed, in_capsule, in_run, in_form_of_run,
    in_hash_of_reference, in_alert,
)  # fmt: skip


@pytest.mark.parametrize("changed", CHANGES, ids=lambda one: one.__name__)
def test_a_byte_of_an_input_is_named(changed, released, one, inputs, named, surveil):
    words = ["audit", "replay", one["alert_id"], "--out", released, *named]
    status, said = surveil(*words)
    assert (status, "measured from sources: the same, byte for byte" in said) == (0, True), said
    what = changed(inputs, released, one)
    status, said = surveil(*words)
    assert status in (2, 3), said
    assert what in said, said


def test_any_byte_of_a_capsule_is_named(released, one, surveil):
    path = released / "capsules.ndjson"
    before = path.read_bytes()
    start = before.index(one["alert_id"].encode()) + len(one["alert_id"])
    first, last = (before.index(text, start) for text in (b'"capsule":', b',"context":'))
    places = range(first + len('"capsule":'), last, (last - first) // 60)
    told = []
    for place in places:
        path.write_bytes(before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :])
        told.append(surveil("audit", "replay", one["alert_id"], "--out", released, "--proof", "capsule"))
    assert len(told) >= 60
    assert {status for status, _ in told} == {2, 3}
    named = ("differs: the capsule: its SHA-256 is", "the evidence of")
    assert all(any(what in said for what in named) for _, said in told)


@pytest.mark.parametrize("changed", [in_accounts, in_rates], ids=lambda one: one.__name__)
def test_what_is_named_is_held_against_the_run_even_where_nothing_can_be_measured(
    changed, released, one, inputs, named, surveil
):
    what = changed(inputs, released, one)
    (inputs / "events.parquet").unlink()
    status, said = surveil("audit", "replay", one["alert_id"], "--out", released, *named)
    assert (status, what in said) == (3, True)
    assert "not measured: the source events.parquet: no file of this name or content is in" in said


@pytest.fixture
def moved(released, inputs, house):
    """Let run.json say that the run read the copies, which can be removed; the log knows that run.json."""
    path = released / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    reference = inputs / "reference"
    run["inputs"] |= {
        "sources": [str(inputs / "events.parquet")],
        "reference": str(reference),
        "rates": [str(reference / "rates.csv")],
    }
    path.write_text(json.dumps(run), encoding="utf-8")
    shutil.rmtree(released / "audit")
    return inputs


def test_without_the_sources_the_capsule_proves_what_it_can_and_both_say_so(moved, released, ids, surveil):
    alerts = (released / "alerts.ndjson").read_text(encoding="utf-8").splitlines()
    findings = {one["alert_id"]: one["findings"] for one in map(json.loads, alerts)}
    gone = f"the source events.parquet: no file of this name or content is in {moved / 'events.parquet'}"
    for proofs in ({"measured from sources"}, {"judged from capsule", "measured from capsule"}):
        status, text = surveil("audit", "replay", *ids, "--out", released, "--json")
        told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        assert (status, {one["identical"] for one in told}) == (0, {True})
        assert {one["proof"] for one in told} == proofs
        assert [one["alert_id"] for one in told] == ids
        for one in told:
            measured = one["following"] == findings[one["alert_id"]]
            assert measured == (one["proof"] == "measured from capsule")
            assert (one["not_measured"] == []) == (one["proof"] == "measured from sources")
            assert one["not_measured"][:1] in ([], [gone])
            reasons = {"measured from sources": 0, "measured from capsule": 1, "judged from capsule": 2}
            assert len(one["not_measured"]) == reasons[one["proof"]]
        (moved / "events.parquet").unlink(missing_ok=True)


def test_reference_data_that_went_on_living_are_no_fault_of_an_alert_whose_sources_are_gone(
    moved, released, one, surveil
):
    in_accounts(moved, released, one)
    status, said = surveil("audit", "replay", one["alert_id"], "--out", released)
    assert (status, "differs: reference data" in said) == (3, True)
    (moved / "events.parquet").unlink()
    status, said = surveil("audit", "replay", one["alert_id"], "--out", released)
    assert (status, "not measured: reference data" in said, "differs" in said) == (0, True, False)
    shutil.rmtree(moved)
    status, said = surveil("audit", "replay", one["alert_id"], "--out", released)
    gone = [line for line in said.splitlines() if line.startswith("not measured: ")]
    assert (status, len(gone)) == (0, 3)
    status, said = surveil("audit", "replay", one["alert_id"], "--out", released, "--proof", "sources")
    assert (status, "name them with --reference" in said, "name them with --rates" in said) == (2, True, True)


def test_a_source_is_known_by_its_content_whatever_it_is_called_now(released, one, inputs, surveil):
    (inputs / "archive").mkdir()
    shutil.copy(inputs / "events.parquet", inputs / "archive/2026-03.bak")
    (inputs / "archive/notes.txt").write_text("of something else")
    words = ["audit", "replay", one["alert_id"], "--out", released, "--proof", "sources"]
    status, said = surveil(*words, "--sources", inputs / "archive")
    assert (status, "measured from sources: the same" in said) == (0, True), said


@pytest.fixture
def stored(released, surveil, tmp_path, day, house, git):
    """Run each release over the day into one store; return its path."""
    store, reference = tmp_path / "store.db", day / "reference"
    words = ["--feed", "canonical", "--reference", reference, "--rates", reference / "rates.csv", "--store", store]
    for tag in ("rules-v1.0.0", "rules-v2.0.0"):
        git("checkout", "-q", "-f", tag)
        told = surveil("detect", day / "events.parquet", *words, "--rules", "rules", "--out", tmp_path / tag, "--quiet")
        assert told[0] == 0, told[1]
        if tag == "rules-v1.0.0":
            alerts = json.loads(surveil("alerts", "list", "--store", store, "--json")[1])["alerts"]
            words_of_close = ["--by", "Rita", "--why", "a hedge", "--audit", "audit"]
            assert surveil("alerts", "close", alerts[0]["alert_id"], "--store", store, *words_of_close)[0] == 0
    return store


def test_alerts_of_several_runs_in_a_store_are_made_again_each_by_its_release(stored, surveil):
    found = json.loads(surveil("alerts", "list", "--store", stored, "--json")[1])["alerts"]
    names = [alert["alert_id"] for alert in found]
    for proof in ("sources", "capsule"):
        status, said = surveil("audit", "replay", *names, "--store", stored, "--proof", proof)
        assert status == 0, said
        assert said.count(f"from {proof}: the same, byte for byte") == len(names)
        assert "at rules-v1.0.0" in said
        assert "at rules-v2.0.0" in said
