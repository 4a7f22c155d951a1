from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from surveillance.events.document import columns_table, event_schema, event_schema_text
from surveillance.events.schema import COLUMNS

ROOT = Path(__file__).resolve().parents[2]


def test_the_json_schema_of_events_is_fresh():
    assert (ROOT / "schemas" / "event.schema.json").read_text(encoding="utf-8") == event_schema_text()


def test_the_table_of_columns_in_the_docs_is_fresh():
    assert (ROOT / "docs" / "events.md").read_text(encoding="utf-8").endswith(columns_table())


def test_the_schemas_are_draft_7_schemas():
    jsonschema.Draft7Validator.check_schema(event_schema())
    feed = json.loads((ROOT / "schemas" / "feed.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(feed)


def test_an_event_fits_its_schema_and_a_misspelt_one_does_not():
    event = {"time": "2025-10-27T09:30:00.000000001Z", "kind": "trade", "side": None, "price": "-1.25", "order": "7"}
    jsonschema.validate(event, event_schema(), jsonschema.Draft7Validator)
    for wrong in ({"kind": "fill"}, {"price": "1e5"}, {"time": "2025-10-27"}, {"sid": "buy"}, {"kind": None}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(event | wrong, event_schema(), jsonschema.Draft7Validator)


def test_every_column_that_can_be_null_says_what_null_means():
    without = {column.name for column in COLUMNS if not column.null}
    assert without == {"time", "source", "position", "kind", "terms", "trading_day", "session"}
