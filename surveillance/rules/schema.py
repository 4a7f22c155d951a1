"""The JSON Schemas of the files that people write: a hand-written part, and one that the detectors generate.

Draft 7, because that is what editors read. Which measures and parameters a rule may name depends on its detector:
`if`/`then` per detector, so that an error blames the line that is wrong and not all detectors at once. Keywords of
our own: ``x-unit`` marks an amount, which `units` checks with better words than a pattern has; ``errorMessage`` is
what editors and `validation` show instead of a pattern.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.detecting.measure import Measure, Unit
from surveillance.events.schema import MONEY_SCALE
from surveillance.rules.contract import Detectors
from surveillance.rules.units import DURATIONS, PRICES, QUANTITIES, SHARES, expected, show_duration

Schema = dict[str, Any]

OPERATORS: Final[dict[str, str]] = {
    "at_least": "The measure is this or more.",
    "above": "The measure is more than this.",
    "at_most": "The measure is this or less.",
    "below": "The measure is less than this.",
    "between": "The measure is in this range, both ends included.",
}
"""Ways to compare a measure with a threshold, and what they mean."""

_STATIC = Path(__file__).parent / "static"
_NUMBER = r"-?(0|[1-9][0-9]*(_[0-9]+)*)"
_DECIMAL = _NUMBER + r"(\.[0-9]+)?"


def build_rule_schema(detectors: Detectors) -> Schema:
    """Return the schema of a rule file.

    Parameters
    ----------
    detectors : Mapping
        Detector classes by id; each gives the schema of its parameters and measures.
    """
    schema = _load("rule")
    schema["properties"]["detector"] = {
        "description": schema["properties"]["detector"]["description"],
        "type": "string",
        "minLength": 1,
        "examples": sorted(detectors),  # editors complete them; plugins may bring more
    }
    definitions = schema["definitions"]
    definitions.update(_amount_definitions())
    definitions.update({f"condition_{unit.value}": _condition(unit) for unit in Unit})
    definitions["condition"] = {"type": "object"}
    branches = []
    for name in sorted(detectors):
        detector = detectors[name]
        definitions[f"when_{name}"] = _when(_measures(detector))
        params, helpers = _params(name, detector.Params)
        definitions.update(helpers)
        branches.append(_branch(name, params))
    schema["allOf"] = branches
    return schema


def build_rulebook_schema() -> Schema:
    """Return the schema of ``rulebook.yaml``."""
    schema = _load("rulebook")
    schema["definitions"]["amount_share"] = _amount_definitions()["amount_share"]
    return schema


def build_suppression_schema() -> Schema:
    """Return the schema of a suppression file."""
    return _load("suppression")


def build_approvers_schema() -> Schema:
    """Return the schema of ``approvers.yaml``."""
    return _load("approvers")


def write_schemas(folder: Path, detectors: Detectors) -> list[Path]:
    """Write all schemas into `folder`; return the files that were not up to date."""
    schemas = {
        "rule": build_rule_schema(detectors),
        "rulebook": build_rulebook_schema(),
        "suppression": build_suppression_schema(),
        "approvers": build_approvers_schema(),
    }
    changed = []
    for name, schema in schemas.items():
        path = folder / f"{name}.schema.json"
        text = render(schema)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def render(schema: Schema) -> str:
    """Write a schema as it is checked in."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _load(name: str) -> Schema:
    schema: Schema = json.loads((_STATIC / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def _measures(detector: Any) -> Mapping[str, Measure]:
    """Return the measures that a detector class declares; none when they depend on its parameters."""
    measures = getattr(detector, "measures", {})
    return measures if isinstance(measures, Mapping) else {}


def _amount_definitions() -> Schema:
    words = "|".join(dict.fromkeys(word for words in QUANTITIES.values() for word in words))
    suffixes = {
        Unit.SHARE: f"({'|'.join(SHARES)})",
        Unit.QUANTITY: f" ({words})",
        Unit.PRICE: f" ({'|'.join(PRICES)})",
        Unit.MONEY: " [A-Z][A-Z0-9]{2,9}",
        Unit.DURATION: f"({'|'.join(DURATIONS)})",
    }
    definitions: Schema = {}
    for unit in Unit:
        node: Schema = {"x-unit": unit.value, "errorMessage": f"write {expected(unit)}"}
        if unit in suffixes:
            node |= {"type": "string", "pattern": f"^{_DECIMAL}{suffixes[unit]}$"}
        else:  # text too, because editors read 10_000 as one
            number = "integer" if unit is Unit.COUNT else "number"
            node |= {"type": [number, "string"], "pattern": f"^{_NUMBER if unit is Unit.COUNT else _DECIMAL}$"}
        definitions[f"amount_{unit.value}"] = node
    return definitions


def _condition(unit: Unit) -> Schema:
    amount = {"$ref": f"#/definitions/amount_{unit.value}"}
    properties: Schema = {name: {"description": text, **amount} for name, text in OPERATORS.items()}
    properties["between"] = {
        "description": OPERATORS["between"],
        "type": "array",
        "items": amount,
        "minItems": 2,
        "maxItems": 2,
    }
    properties["graded"] = {
        "description": "false: by how much it is exceeded does not count in the strength of a finding.",
        "const": False,
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "oneOf": [{"required": [name]} for name in OPERATORS],
        "errorMessage": f"a condition has exactly one of {', '.join(OPERATORS)}",
    }


def _when(measures: Mapping[str, Measure]) -> Schema:
    if not measures:
        return {"type": "object"}
    return {
        "properties": {
            name: {
                "description": f"{measure.meaning} ({measure.unit.value})",
                "$ref": f"#/definitions/condition_{measure.unit.value}",
            }
            for name, measure in measures.items()
        },
        "additionalProperties": False,
    }


def _params(detector: str, params: type[msgspec.Struct]) -> tuple[Schema, Schema]:
    """Return the schema of a detector's parameters, and the definitions that it refers to."""
    template = f"#/definitions/params_{detector}_{{name}}"
    (reference,), components = msgspec.json.schema_components([params], ref_template=template)
    helpers = {f"params_{detector}_{name}": _in_units(node) for name, node in components.items()}
    top = helpers.pop(reference["$ref"].rpartition("/")[2])
    top.pop("title", None)
    top["additionalProperties"] = False
    return top, helpers


def _in_units(node: Any) -> Any:
    """Replace whole numbers that stand for amounts by the way people write them."""
    if isinstance(node, list):
        return [_in_units(part) for part in node]
    if not isinstance(node, dict):
        return node
    unit = node.get("unit")
    if not isinstance(unit, str):
        return {name: _in_units(part) for name, part in node.items()}
    written: Schema = {key: node[key] for key in ("description",) if key in node}
    if isinstance(node.get("default"), int):
        written["default"] = show_amount(node["default"], Unit(unit))
    return {**written, "allOf": [{"$ref": f"#/definitions/amount_{unit}"}]}


def show_amount(value: int, unit: Unit, currency: str = "of the base currency") -> str:
    """Write a parameter's whole-number value as a rule would."""
    if unit is Unit.DURATION:
        return show_duration(value)
    if unit is Unit.MONEY:
        whole, rest = divmod(value, 10**MONEY_SCALE)
        return f"{whole:_}{f'.{rest:04}'.rstrip('0') if rest else ''} {currency}"
    return f"{value:_}"


def _branch(name: str, params: Schema) -> Schema:
    when = {"$ref": f"#/definitions/when_{name}"}
    band = {"additionalProperties": {"properties": {"when": when}}}
    partial = {key: part for key, part in params.items() if key != "required"}
    then: Schema = {
        "properties": {
            "params": params,
            "when": when,
            "bands": band,
            "asset_classes": {
                "additionalProperties": {"properties": {"params": partial, "when": when, "bands": band}},
            },
        },
    }
    if params.get("required"):
        then["required"] = ["params"]
    return {"if": {"properties": {"detector": {"const": name}}, "required": ["detector"]}, "then": then}
