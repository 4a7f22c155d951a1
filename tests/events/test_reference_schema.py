"""The JSON Schema of reference data and the reader agree on what a record may be."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.reference import read_reference
from surveillance.events.reference_files import SHAPES, VALIDITY
from surveillance.events.reference_schema import reference_schema, reference_schema_text

ROOT = Path(__file__).resolve().parents[2]
BEYOND_A_SCHEMA = {"bad-validity", "overlap", "two-zones", "unknown-calendar", "unknown-instrument"}
"""What is wrong with a record in itself is in the schema; these need others, a calendar or a comparison."""

WORDS = {
    "capacity": ["client", "house", "market_maker", "Client"],
    "asset_class": ["equity", "derivative", "bond"],
    "band": ["liquid", "iliquid"],
    "price_scale": ["0", "12", "007", "13", "-1", "1.0", "٣"],
    "quantity_scale": ["2", "x", "0" * 5000 + "1"],
    "multiplier": ["1", "12.5", ".5", "+3", "1e2", "1_0", "1,5", "x", "-"],
    "tick_size": ["0.01", "1e-05", "five"],
    "day": [
        *("monday", "friday-monday", "2026-12-24", "Monday", "mon", "monday-", "24.12.2026", "2026-13-01"),
        "9999-12-31",
    ],
    "phase": ["session", "auction", "break"],
    "open": ["09:30", "09:30:15", "9:30", "24:00", "23:60", "noon"],
    "close": ["16:00", "24:00", "24:00:00", "24:01", "16.00"],
    "valid_from": ["2026-03-16", "2026-03-16T09:30:00Z", "2026-03-16 09:30:00", "16.3.2026", "2026-03-16T09:30", "now"],
    "valid_to": ["2027-03-16", "2027-03-16T09:30:00,5+02", "2027-03-16T09:30:00-05:30", "9999-12-31", "2026-00-10"],
    "zone": ["UTC", "America/New_York"],
}


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft7Validator.check_schema(reference_schema())
    return jsonschema.Draft7Validator(reference_schema())


def test_the_json_schema_of_reference_data_is_fresh():
    """Written anew by: make schemas."""
    assert (ROOT / "schemas" / "reference.schema.json").read_text(encoding="utf-8") == reference_schema_text()


def test_every_column_of_every_table_is_in_the_schema_and_described():
    schema = reference_schema()
    assert set(schema["properties"]) == set(schema["definitions"]) == set(SHAPES)
    for name, shape in SHAPES.items():
        properties = schema["definitions"][name]["properties"]
        assert list(properties) == [shape.key, *shape.fields, *VALIDITY]
        assert all(one["description"].endswith(".") for one in properties.values())


@st.composite
def records(draw, table):
    shape = SHAPES[table]
    names = draw(st.lists(st.sampled_from([*shape.fields, *VALIDITY]), unique=True))
    names = list(dict.fromkeys([shape.key, *names, *(shape.needs if draw(st.booleans()) else ())]))
    made = {name: draw(st.sampled_from(WORDS.get(name, ["X1"]))) for name in names}
    if draw(st.integers(0, 9)) == 0:
        made["colour"] = "red"
    return made


def write(folder, table, record):
    for old in folder.glob("*"):
        old.unlink()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(record), lineterminator="\n")
    writer.writeheader()
    writer.writerow(record)
    (folder / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8")


@pytest.mark.parametrize("table", SHAPES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_reader_takes_what_the_schema_allows_and_nothing_else(validator, tmp_path_factory, table, data):
    record = data.draw(records(table))
    allowed = validator.is_valid({table: [record]})
    folder = tmp_path_factory.getbasetemp() / "reference"
    folder.mkdir(exist_ok=True)
    write(folder, table, record)
    try:
        read_reference(folder)
        codes = set()
    except InputError as error:
        codes = {problem.code for problem in error.problems}
    assert allowed == (not codes - BEYOND_A_SCHEMA), (record, codes)


def test_the_reference_data_of_the_simulator_fits(validator, tmp_path):
    from surveillance.cli.main import run

    assert run(["simulate", str(tmp_path / "day"), "--events", "2000", "--seed", "1"]) == 0
    tables = {}
    for path in (tmp_path / "day" / "reference").glob("*.csv"):
        if path.stem in SHAPES:
            with path.open(newline="", encoding="utf-8") as file:
                tables[path.stem] = [{name: text for name, text in row.items() if text} for row in csv.DictReader(file)]
    assert set(tables) >= {"accounts", "instruments"}
    assert [error.message for error in validator.iter_errors(json.loads(json.dumps(tables)))] == []
