import json

import pytest

from surveillance.cli.main import run
from surveillance.events.profile import load_profile, shipped_profiles

ROWS = """timestamp,account_id,product_id,side,price,quantity,event_type,note
2025-03-03T10:00:00Z,A1,IBM,BUY,10.50,100,ORDER_PLACED,x
2025-03-03T10:00:01Z,A1,IBM,BUY,free,100,ORDER_PLACED,x
2025-03-03T10:00:02Z,A1,IBM,BUY,10.50,100,ORDER_CANCELLED,x
2025-03-03T10:00:03Z,A1,IBM,UP,10.50,100,ORDER_PLACED,x
"""


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_the_list_names_every_shipped_profile(capsys):
    assert run(["feeds", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in shipped_profiles())
    assert run(["feeds", "list", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == shipped_profiles()


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_profile_can_be_shown(capsys, name):
    assert run(["feeds", "show", name]) == 0
    shown = capsys.readouterr().out
    assert all(field in shown for field in load_profile(name).fields)
    assert run(["feeds", "show", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == name


def test_a_profile_can_be_printed_to_be_copied(capsys, tmp_path):
    assert run(["feeds", "show", "transactions", "--yaml"]) == 0
    (tmp_path / "mine.yaml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert load_profile(tmp_path / "mine.yaml").name == "transactions"


def test_a_trial_shows_records_events_and_rejects_with_their_reasons(capsys, rows):
    assert run(["feeds", "try", str(rows), "--feed", "transactions"]) == 0
    shown = capsys.readouterr().out
    for text in ("ORDER_PLACED", "2025-03-03T10:00:0", "cancel", "bad-number", "'free' is not a number"):
        assert text in shown.replace("\n", "")
    assert "4 records read; 2 events; 0 filtered; 2 rejected (bad-number 1, unknown-value 1)" in shown
    assert "The profile does not read note" in shown


def test_a_trial_as_json_holds_the_same(capsys, rows):
    assert run(["feeds", "try", str(rows), "--feed", "transactions", "--rows", "2", "--json"]) == 0
    trial = json.loads(capsys.readouterr().out)
    assert [one["position"] for one in trial["records"]] == [0, 1]
    assert [one["position"] for one in trial["events"]] == [0, 2]
    assert trial["events"][0] == {
        "position": 0, "time": "2025-03-03T10:00:00.000000000Z", "kind": "order", "side": "buy", "price": "10.5",
        "quantity": "100", "notional": "1050", "notional_basis": "computed", "currency": "USD", "instrument": "IBM",
        "asset_class": "equity", "account": "A1", "trading_day": "2025-03-03",
    }  # fmt: skip
    assert [one["code"] for one in trial["rejects"]] == ["bad-number", "unknown-value"]
    assert (trial["missing"], trial["unused"], trial["whole"]) == ([], ["note"], True)


def test_a_trial_shows_one_reject_of_each_reason_before_more_of_one(capsys, tmp_path):
    bad = "2025-03-03T10:00:01Z,A1,IBM,BUY,free,100,ORDER_PLACED,x\n"
    path = tmp_path / "rows.csv"
    path.write_text(ROWS + bad * 20 + bad.replace("A1,IBM,BUY,free", "A1,IBM,BUY,-1"), encoding="utf-8")
    assert run(["feeds", "try", str(path), "--feed", "transactions", "--rows", "1", "--json"]) == 0
    codes = [one["code"] for one in json.loads(capsys.readouterr().out)["rejects"]]
    assert codes == ["bad-number", "unknown-value", "not-positive"]


def test_what_the_file_lacks_is_told(capsys, rows):
    rows.write_text(ROWS.replace("account_id", "acct"), encoding="utf-8")
    assert run(["feeds", "try", str(rows), "--feed", "transactions"]) == 0
    shown = capsys.readouterr().out
    assert "The file has no account_id" in shown
    assert "The profile does not read acct, note" in shown


def test_a_file_that_does_not_fit_is_an_error(capsys, rows):
    assert run(["feeds", "try", str(rows), "--feed", "abides"]) == 2
    assert "has no column 'time_ns'" in capsys.readouterr().err
    assert run(["feeds", "try", str(rows), "--feed", "nothing"]) == 2
    assert "there is no feed profile 'nothing'" in capsys.readouterr().err


def test_a_trial_says_that_records_that_come_again_are_still_there(capsys, tmp_path):
    profile = tmp_path / "ours.yaml"
    columns = "columns: {time: t, kind: k, quantity: q}\nidentity: [id]\n"
    profile.write_text(f"format: 1\nname: ours\ntitle: Ours\n{columns}", encoding="utf-8")
    source = tmp_path / "twice.csv"
    source.write_text("t,k,q,id\n" + "2025-03-03T10:00:00Z,order,1,a\n" * 2, encoding="utf-8")
    assert run(["feeds", "try", str(source), "--feed", str(profile)]) == 0
    shown = capsys.readouterr().out
    assert "2 events" in shown
    assert "a run drops them" in shown


def test_what_holds_for_all_of_a_feed_is_shown(capsys, tmp_path):
    profile = tmp_path / "ours.yaml"
    columns = "columns: {time: t, kind: k, quantity: q}\nidentity: [id]\nnulls: [N/A]\nnumbers: {decimal: ','}\n"
    profile.write_text(f"format: 1\nname: ours\ntitle: Ours\n{columns}", encoding="utf-8")
    assert run(["feeds", "show", str(profile)]) == 0
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("Known again by: id", "Means nothing: N/A", "Numbers: decimal → ,"))


def test_a_guess_is_saved_tried_and_used(capsys, rows, tmp_path):
    assert run(["feeds", "guess", str(rows)]) == 0
    shown = capsys.readouterr()
    assert "surveil feeds try" in shown.err
    profile = tmp_path / "guessed.yaml"
    profile.write_text(shown.out, encoding="utf-8")
    assert run(["feeds", "try", str(rows), "--feed", str(profile), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["counts"]
    assert (counts["events"], counts["rejected"]) == (2, 2)
    assert run(["feeds", "guess", str(rows), "--json"]) == 0
    proposal = json.loads(capsys.readouterr().out)
    assert proposal["profile"] == shown.out
    assert proposal["fields"]["time"] == {"sure": "sure", "why": "ISO 8601 with an offset"}


def test_a_guess_needs_one_file(capsys, rows, tmp_path):
    (tmp_path / "more.csv").write_text(ROWS, encoding="utf-8")
    assert run(["feeds", "guess", str(tmp_path)]) == 2
    assert "is 2 files; a profile is guessed from one" in capsys.readouterr().err
