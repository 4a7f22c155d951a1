"""Findings made by hand, for tests of what becomes of them."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema

from surveillance.alerts.filed import Filed, Subject
from surveillance.alerts.values import iso_time
from surveillance.bundle import schemas_folder
from surveillance.rules.rulebook import Scoring

HOUSE = Path(__file__).parents[1] / "house"
"""A rulebook of three rules that stays as it is, whatever becomes of the shipped ones."""

MINUTE = 60 * 1_000_000_000
NOON = 1_773_662_400 * 1_000_000_000  # 2026-03-16 12:00:00 UTC

SCORING = Scoring(
    {"low": (2000, 3200), "medium": (4600, 5500), "high": (7200, 8300), "critical": (9200, 9900)},
    {"low": 0, "medium": 40, "high": 70, "critical": 90},
)


def finding(name="f1", rule="wash-churn", **changes):
    made = {
        "finding_id": name.ljust(32, "0")[:32],
        "rule": rule,
        "rule_version": 1,
        "title": "One account churns",
        "status": "active",
        "detector": "wash.churn",
        "detector_version": "1",
        "severity": "high",
        "family": "wash",
        "asset_class": "equity",
        "key": {"account": "A1", "instrument": "IBM"},
        "start": iso_time(NOON),
        "end": iso_time(NOON + MINUTE),
        "conditions": [
            {
                "measure": "buys",
                "value": 5,
                "op": "at_least",
                "threshold": 3,
                "margin": 2,
                "unit": "count",
                "text": "at least 3",
            }
        ],
        "strength": Decimal("0.25"),
        "event_count": 2,
        "explanation": ["A1 switched sides in IBM.", "Buys is 5; the rule asks for at least 3."],
    }
    return {**made, **changes}


def event(name, minute, **changes):
    made = {
        "time": iso_time(NOON + minute * MINUTE),
        "source": "day.ndjson",
        "position": int(name),
        "kind": "trade",
        "side": "buy",
        "price": Decimal("100.25"),
        "quantity": 200,
        "account": "A1",
        "trader": "T1",
        "instrument": "IBM",
        "order": None,
        "trade": f"X{name}",
    }
    return {**made, **changes}


def filed(name="f1", minute=0, lasting=1, subject="B1", groups=("IBM",), day="2026-03-16", **changes):
    start, end = NOON + minute * MINUTE, NOON + (minute + lasting) * MINUTE
    return Filed(
        finding=finding(name, start=iso_time(start), end=iso_time(end), **changes),
        subject=Subject("beneficial_owner", subject),
        groups=frozenset(groups),
        instruments=tuple(sorted(groups)),
        accounts=("A1",),
        traders=("T1",),
        start=start,
        end=end,
        day=day,
        event_time=end,
        events=(event(minute * 2, minute), event(minute * 2 + 1, minute + lasting, side="sell")),
    )


def validator(name="alert.schema.json"):
    schema = json.loads((schemas_folder() / name).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def three_rules(folder):
    """Return a rulebook of the three rules that these tests are about, whatever others there are."""
    target = folder / "three-rules"
    for name in ("rulebook.yaml", "wash/wash-churn.yaml", "layering/layering.yaml", "notional/notional-burst.yaml"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((HOUSE / name).read_bytes())
    return target
