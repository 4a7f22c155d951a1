"""The schemas that editors use: valid, explained field by field, and of one mind with the loader."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from surveillance.detecting.plugins import load_detectors
from surveillance.documents.yaml import read_yaml
from surveillance.rules.schema import (
    build_rule_schema,
    build_rulebook_schema,
    build_suppression_schema,
    render,
    write_schemas,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def schemas(detectors):
    return {
        "rule": build_rule_schema(detectors),
        "rulebook": build_rulebook_schema(),
        "suppression": build_suppression_schema(),
    }


def test_each_schema_is_a_draft_7_schema(schemas):
    for schema in schemas.values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_every_field_is_described(schemas):
    for name, schema in schemas.items():
        assert list(undescribed(json.loads((ROOT / f"surveillance/rules/static/{name}.json").read_text()))) == []
        for definition in schema["definitions"].values():
            for field, node in definition.get("properties", {}).items():
                if definition.get("title") is None:
                    assert node.get("description"), (name, field)


def undescribed(node, path="$"):
    if isinstance(node, dict):
        for name, field in (node.get("properties") or {}).items():
            if not field.get("description"):
                yield f"{path}.{name}"
        for name, part in node.items():
            yield from undescribed(part, f"{path}.{name}")


@pytest.mark.parametrize(
    ("measure", "good", "bad"),
    [
        ("buys", [3, "10_000"], ["3%", "010"]),
        ("alternation", ["60%", "25bp", "33.3%"], [0.6, "60", "60 %"]),
        ("volume", ["10_000 shares", "200 contracts"], [10_000, "10_000shares", "5 apples"]),
        ("notional", ["1_000_000 USD"], [1_000_000, "1 usd"]),
        ("took", ["30m", "1.5s"], [30, "30 m", "1h30m"]),
        ("price_change", ["0.25 points", "3 ticks", "1 tick"], ["3 pips", 3]),
    ],
)
def test_an_editor_marks_an_amount_that_the_loader_would_refuse(schemas, measure, good, bad):
    validator = jsonschema.Draft7Validator(schemas["rule"])

    def faults(limit):
        rule = {"format": 1, "id": "x", "version": 1, "title": "x", "status": "draft", "severity": "low"}
        rule |= {"family": "x", "owner": "x", "detector": "wash.churn", "explain": "x"}
        return list(validator.iter_errors({**rule, "when": {measure: {"at_least": limit}}}))

    assert [faults(limit) for limit in good] == [[]] * len(good)
    assert all(faults(limit) for limit in bad)


def test_a_default_is_shown_as_it_would_be_written(schemas):
    (churn,) = [branch for branch in schemas["rule"]["allOf"] if "wash.churn" in str(branch["if"])]
    assert churn["then"]["properties"]["params"]["properties"]["window"]["default"] == "30m"


def test_a_suppression_needs_a_reason_an_owner_and_an_end(schemas):
    validator = jsonschema.Draft7Validator(schemas["suppression"])
    good = {
        "format": 1,
        "id": "acme-market-making",
        "rules": ["wash-churn"],
        "scope": {"account": ["ACME-MM"]},
        "reason": "Registered market maker in these instruments.",
        "owner": "markets-compliance",
        "expires": "2027-06-30",
    }
    validator.validate(good)
    for name in good:
        assert [error.validator for error in validator.iter_errors({k: v for k, v in good.items() if k != name})] == [
            "required"
        ]


def test_schemas_are_written_once_and_then_up_to_date(tmp_path, detectors):
    written = write_schemas(tmp_path, detectors)
    names = ("rule", "rulebook", "suppression", "approvers")
    assert [path.name for path in written] == [f"{name}.schema.json" for name in names]
    assert write_schemas(tmp_path, detectors) == []
    written[0].write_text("{}")
    assert write_schemas(tmp_path, detectors) == [written[0]]


def test_the_checked_in_schemas_are_up_to_date_with_the_built_in_detectors(schemas):
    schemas["rule"] = build_rule_schema(load_detectors(["trade-surveillance"]))
    for name, schema in schemas.items():
        assert (ROOT / f"schemas/{name}.schema.json").read_text(encoding="utf-8") == render(schema), "run: make schemas"


def test_shipped_rules_are_valid_by_the_checked_in_schema():
    validator = jsonschema.Draft7Validator(json.loads((ROOT / "schemas/rule.schema.json").read_text(encoding="utf-8")))
    for path in (ROOT / "rules").rglob("*.yaml"):
        if path.name != "rulebook.yaml":
            assert [error.message for error in validator.iter_errors(read_yaml(path)[0].value)] == []


def test_the_shipped_rulebook_is_valid_by_the_schema(schemas):
    document, _ = read_yaml(ROOT / "rules" / "rulebook.yaml")
    jsonschema.Draft7Validator(schemas["rulebook"]).validate(document.value)
