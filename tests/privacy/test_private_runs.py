"""A run with pseudonyms: no id leaves it, by no way out, and it finds what a run without them finds."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from surveillance.bundle import schemas_folder
from surveillance.engine.run import detect
from surveillance.engine.withholding import bare_fault, withholding
from surveillance.errors import InputError
from surveillance.privacy import KEY_VARIABLE, Pseudonyms

SHIPPED = Path(__file__).parents[2] / "rules"
KEY = "correct-horse-battery-staple-0123456789"
MARK = "SECRET"
"""Part of every id in these runs that names a person, an account or an order."""


def trade(minute, account="SECRET-A1", **fields):
    event = {
        "time": f"2026-01-05T10:{minute:02d}:00Z",
        "kind": "trade",
        "side": ("buy", "sell")[minute % 2],
        "price": "100",
        "quantity": "5000",
        "currency": "USD",
        "instrument": "IBM",
        "asset_class": "equity",
        "account": account,
        "trader": "SECRET-T1",
        "desk": "SECRET-D1",
        "counterparty": "SECRET-CP",
        "order": f"SECRET-O{minute}{account}",
        "parent_order": f"SECRET-P{minute}",
        "trade": f"SECRET-X{minute}{account}",
    }
    return {**event, **fields}


def dirt():
    """Records that are wrong, each with ids in the place where the fault is and around it."""
    return [
        json.dumps(trade(20, price="SECRET-IN-PRICE")),
        json.dumps(trade(21, time="SECRET-IN-TIME")),
        json.dumps(trade(22, side="SECRET-IN-SIDE")),
        json.dumps(trade(23, kind=None)),
        json.dumps(trade(24, quantity="1e400SECRET")),
        '{"account": "SECRET-BROKEN", "trader"',
        '["SECRET-LIST"]',
        '"SECRET-TEXT"',
    ]


@pytest.fixture
def place(tmp_path):
    """A folder with a private rulebook, a suppression, reference data, a key and a day with bad records."""
    rules = tmp_path / "rules"
    shutil.copytree(SHIPPED, rules)
    text = (rules / "rulebook.yaml").read_text()
    (rules / "rulebook.yaml").write_text(
        text.replace("base_currency: USD", "privacy: pseudonymise\nbase_currency: USD")
    )
    (rules / "suppressions").mkdir(exist_ok=True)
    (rules / "suppressions" / "mm.yaml").write_text(
        "format: 1\nid: mm\nrules: [wash-churn]\nreason: SECRET-A2 is a market maker, SECRET-A22 is not.\n"
        "owner: compliance\nscope: {account: [SECRET-A2]}\nexpires: 2027-01-01\n"
    )
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "accounts.csv").write_text(
        "account_id,beneficial_owner,linked_group\nSECRET-A1,SECRET-OWN1,SECRET-GROUP\nSECRET-A2,SECRET-OWN2,\n"
    )
    (reference / "owners.csv").write_text("beneficial_owner\nSECRET-OWN1\n")
    (tmp_path / "key").write_text(KEY + "\n")
    good = [trade(minute, account) for minute in range(8) for account in ("SECRET-A1", "SECRET-A2", "SECRET-A3")]
    good += [trade(59, trader="SECRET-T2", account=None)]
    lines = [json.dumps(one) for one in good]
    (tmp_path / "day.ndjson").write_text("\n".join([*lines[:9], *dirt(), *lines[9:]]) + "\n")
    return tmp_path


def private(place, **options):
    return detect(
        [place / "day.ndjson"],
        feed="canonical",
        rules=place / "rules",
        reference=place / "reference",
        privacy_key=place / "key",
        out=place / "out",
        **options,
    )


def in_the_clear(place):
    text = (place / "rules" / "rulebook.yaml").read_text()
    (place / "rules" / "rulebook.yaml").write_text(text.replace("privacy: pseudonymise\n", ""))
    return detect(
        [place / "day.ndjson"],
        feed="canonical",
        rules=place / "rules",
        reference=place / "reference",
        out=place / "clear",
    )


def surveil(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-c", "from surveillance.cli.main import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )


def detect_line(place, *more):
    options = ["--rules", place / "rules", "--reference", place / "reference", "--out", place / "out"]
    return ["detect", place / "day.ndjson", "--feed", "canonical", *options, "--privacy-key", place / "key", *more]


def test_no_id_is_in_any_output_of_a_run_with_dirty_records(place):
    for more in ((), ("--json",)):
        shown = surveil(*detect_line(place, *more))
        assert shown.returncode == 5, shown.stderr  # a quarter of the records was bad
        assert shown.stdout
        assert MARK not in shown.stdout + shown.stderr
    files = sorted(path for path in (place / "out").rglob("*") if path.is_file())
    assert {"findings.ndjson", "rejects.ndjson", "run.json"} <= {path.name for path in files}
    for path in files:
        assert MARK.encode() not in path.read_bytes(), path.name
    rejects = [json.loads(line) for line in (place / "out" / "rejects.ndjson").read_text().splitlines()]
    assert len(rejects) == len(dirt())
    assert {one["raw"] for one in rejects} == {None}
    assert "price bad number; more is withheld for privacy" in {one["reason"] for one in rejects}
    assert [one["line"] for one in rejects] == list(range(10, 10 + len(dirt())))


def test_the_same_is_found_with_and_without_pseudonyms(place):
    hidden, clear = private(place), in_the_clear(place)
    veil = Pseudonyms(KEY.encode())

    def pseudonymised(value, column=""):
        if isinstance(value, dict):
            return {name: pseudonymised(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return sorted((pseudonymised(one, column.rstrip("s")) for one in value), key=repr)
        if not isinstance(value, str):
            return value
        if column == "explanation":
            return re.sub(r"(account|trader)-[a-z2-7]{20}|SECRET-[AT]\d", "someone", value)
        return veil.of(column, value) if MARK in value else value

    def findings(result):
        said = [{name: one[name] for name in one if name != "finding_id"} for one in result.findings]
        return sorted((pseudonymised(one) for one in said), key=repr)

    assert clear.findings
    assert findings(hidden) == findings(clear)
    for name in ("counts", "currencies", "findings", "kinds", "time"):
        assert hidden.run[name] == clear.run[name]
    ids = [{one["finding_id"] for one in result.findings} for result in (hidden, clear)]
    assert not ids[0] & ids[1]  # an id made of clear texts could be tested against a list of accounts


def test_a_suppression_with_clear_ids_hides_the_same_and_is_told_without_them(place):
    hidden, clear = private(place), in_the_clear(place)
    [told], [plain] = hidden.run["suppressions"], clear.run["suppressions"]
    assert told["findings"] == plain["findings"] == 1
    assert told["reason"] == "More is withheld for privacy"
    assert plain["reason"].startswith("SECRET-A2 is")
    assert told["digest"] != plain["digest"]


def test_two_runs_with_one_key_are_the_same_and_with_another_are_not(place):
    first = private(place)
    text, ids = (place / "out" / "findings.ndjson").read_bytes(), {one["finding_id"] for one in first.findings}
    assert private(place).run["privacy"] == first.run["privacy"]
    assert (place / "out" / "findings.ndjson").read_bytes() == text
    (place / "key").write_text(KEY[::-1])
    other = private(place)
    assert other.run["privacy"]["key"] != first.run["privacy"]["key"]
    assert ids.isdisjoint(one["finding_id"] for one in other.findings)


def test_run_json_says_how_ids_are_written(place):
    schema = json.loads((schemas_folder() / "run.schema.json").read_text())
    for result, said in ((private(place), {"ids": "pseudonyms", "key": "cjmn6rl5"}), (in_the_clear(place), None)):
        run = json.loads((result.out / "run.json").read_text())
        jsonschema.Draft7Validator(schema).validate(run)
        assert run["privacy"] == said


def test_ids_that_nobody_knows_are_named_by_their_pseudonyms(place):
    veil = Pseudonyms(KEY.encode())
    unknown = private(place).run["unknown"]
    assert unknown["account"]["examples"] == [veil.of("account", "SECRET-A3")]


def test_a_missing_key_stops_the_run_and_says_what_to_do(place):
    shown = surveil(*detect_line(place)[:-2], env={"PATH": "/usr/bin:/bin"})
    assert shown.returncode == 2
    assert "there is no key to make them with [no-privacy-key]" in shown.stderr
    assert "openssl rand -hex 32" in shown.stderr
    shown = surveil(*detect_line(place)[:-2], env={"PATH": "/usr/bin:/bin", KEY_VARIABLE: KEY})
    assert shown.returncode == 5, shown.stderr


def test_a_key_without_a_rulebook_that_asks_for_it_is_an_error(place):
    with pytest.raises(InputError, match="the rulebook asks for no pseudonyms"):
        detect([place / "day.ndjson"], feed="canonical", privacy_key=place / "key", out=place / "out")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("accounts.csv", "account_id,capacity\nSECRET-A1,SECRET-CAP\n", r"accounts.csv:2:11: bad value; more is"),
        ("accounts.csv", "account_id\nSECRET-A1\nSECRET-A1\n", r"accounts.csv:3: duplicate record; more is"),
        ("accounts.csv", "SECRET-A1,SECRET-OWN\n", r"accounts.csv:1:1: unknown column; more is"),
        ("owners.csv", "beneficial_owner,valid_from\nSECRET-OWN1,SECRET-DAY\n", r"owners.csv:2:13: bad value; more"),
    ],
)
def test_messages_about_reference_data_tell_the_place_and_no_value(place, file, content, said):
    (place / "reference" / file).write_text(content)
    shown = surveil(*detect_line(place))
    assert shown.returncode == 2
    assert re.search(said, shown.stderr), shown.stderr
    assert MARK not in shown.stdout + shown.stderr


def test_messages_about_sources_tell_no_value(place):
    for name, text in {
        "headless.csv": "SECRET-A1,SECRET-T1\nSECRET-A2,SECRET-T1\n",
        "odd.csv": 'time,kind,account\n2026,"trade,SECRET-A1\n',
        "list.ndjson": '[{"account": "SECRET-A1"}]\n',
    }.items():
        (place / name).write_text(text)
        line = detect_line(place)
        shown = surveil(line[0], place / name, *line[2:])
        assert shown.returncode in (2, 5), shown.stderr
        assert MARK not in shown.stdout + shown.stderr
        for path in filter(Path.is_file, (place / "out").rglob("*")):
            assert MARK not in path.read_text()


def test_why_a_rule_turned_blind_is_told_without_what_the_exception_said():
    why = "detector churn 2 raised KeyError: 'SECRET-A1 (x, line 1)'\nSECRET (churn.py, line 7)"
    assert bare_fault(why) == "detector churn 2 raised KeyError; more is withheld for privacy (churn.py, line 7)"
    assert bare_fault("a window's sum did not fit 64 bits") == "a window's sum did not fit 64 bits"


def test_an_exception_of_a_library_is_told_by_its_kind_and_place_only(place):
    with (
        pytest.raises(RuntimeError, match=r"^KeyError; more is withheld for privacy$") as caught,
        withholding(Pseudonyms(KEY.encode())),
    ):
        {}["SECRET-A1"]
    assert caught.value.__suppress_context__
    assert caught.value.__traceback__ is not None
    with pytest.raises(KeyError, match="SECRET"), withholding(None):
        {}["SECRET-A1"]
