"""The end of a run tells what was not seen, not known and hidden."""

import shutil

import pytest

from surveillance.bundle import rules_folder
from surveillance.cli.main import run

SUPPRESSION = """
format: 1
id: known-quotes
rules: [{rule}]
scope: {{asset_class: [equity, fixed_income, derivative, fx, crypto]}}
reason: Known and agreed with the venue.
owner: markets-compliance
expires: {expires}
"""


@pytest.fixture
def report(market_day, tmp_path, capsys):
    """Return a function that runs `surveil detect` over the day and gives what it prints."""

    def reported(*options, reference=market_day / "reference"):
        events = str(market_day / "events.parquet")
        given = ["detect", events, "--feed", "canonical", "--out", str(tmp_path / "found")]
        run([*given, "--reference", str(reference), *options])
        return " ".join(capsys.readouterr().out.split())

    return reported


def rules_with(tmp_path, **suppression):
    folder = tmp_path / "rules"
    shutil.copytree(rules_folder(), folder)
    (folder / "suppressions").mkdir()
    (folder / "suppressions" / "known-quotes.yaml").write_text(SUPPRESSION.format(**suppression))
    return str(folder)


def test_events_in_a_currency_without_a_rate_are_told(report, market_day):
    assert "no rate into USD for events in EUR " in report()
    assert "no rate" not in report("--rates", str(market_day / "reference" / "rates.csv"))


def test_accounts_that_reference_data_does_not_know_are_told(report, market_day, tmp_path):
    assert "not in the reference data" not in report()
    poorer = tmp_path / "reference"
    shutil.copytree(market_day / "reference", poorer)
    accounts = (poorer / "accounts.csv").read_text().splitlines(keepends=True)
    gone = accounts.pop(1).split(",")[0]
    (poorer / "accounts.csv").write_text("".join(accounts))
    said = report(reference=poorer)
    assert "1 account not in the reference data, in " in said
    assert f": {gone}" in said


def test_events_outside_of_sessions_and_without_a_calendar_are_told(report, market_day, tmp_path):
    assert "calendar" not in report()
    hours = tmp_path / "reference"
    shutil.copytree(market_day / "reference", hours)
    instruments = (hours / "instruments.csv").read_text().splitlines()
    name = instruments[0].split(",").index("instrument")
    short = instruments[1].split(",")[name]
    rows = [f"{line},{'SHORT' if line.split(',')[name] == short else ''}" for line in instruments[1:]]
    (hours / "instruments.csv").write_text("\n".join([f"{instruments[0]},calendar", *rows]) + "\n")
    (hours / "calendars.csv").write_text("calendar,zone,day,open,close\nSHORT,UTC,monday-sunday,00:00,00:01\n")
    said = report(reference=hours)
    assert "events outside of the sessions of SHORT belong to the next ones" in said
    assert "events of venues without a calendar: their trading day is their date" in said


def test_what_a_suppression_hid_is_told_and_that_one_has_expired(report, tmp_path):
    hidden = report("--rules", rules_with(tmp_path, rule="layering", expires="2099-01-01"))
    assert "suppression known-quotes hid " in hidden
    assert "layering 0" in hidden
    shutil.rmtree(tmp_path / "rules")
    shown = report("--rules", rules_with(tmp_path, rule="layering", expires="2020-01-01"))
    assert "suppression known-quotes expired on 2020-01-01 and no longer hides " in shown
    assert "layering 0" not in shown.split(" armed: ")[1]
