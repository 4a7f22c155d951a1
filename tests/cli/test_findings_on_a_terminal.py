import io
from decimal import Decimal

import pytest
from rich.console import Console

from surveillance.cli.findings import amount, explained, findings_table, who, worst_first


def finding(**changes):
    made = {
        "finding_id": "f00d",
        "rule": "wash-churn",
        "rule_version": 1,
        "title": "One account churns",
        "severity": "high",
        "key": {"account": "A[1]", "instrument": "IBM"},
        "accounts": ["A[1]"],
        "instrument": "IBM",
        "start": "2026-03-16T14:00:00.123456789Z",
        "end": "2026-03-16T14:05:00.000000000Z",
        "conditions": [
            {
                "measure": "alternation",
                "value": Decimal("0.83"),
                "op": "at_least",
                "threshold": Decimal("0.6"),
                "margin": Decimal("0.23"),
                "unit": "share",
                "text": "at least 60%",
            }
        ],
        "strength": Decimal("0.575"),
        "event_count": 12,
        "events": [
            {
                "time": f"2026-03-16T14:0{minute}:00.000000000Z",
                "kind": "trade",
                "side": "buy",
                "quantity": 2000,
                "price": Decimal("100.25"),
                "account": "A[1]",
                "instrument": "IBM",
                "order": None,
            }
            for minute in range(10)
        ],
        "explanation": ["A[1] switched sides 83% of the time.", "Alternation is 83%; the rule asks for at least 60%."],
    }
    return {**made, **changes}


def shown(renderable):
    console = Console(width=120, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()


def test_the_worst_come_first_and_equal_ones_by_time():
    mild = finding(finding_id="1", severity="low", strength=1)
    strong = finding(finding_id="2", strength=Decimal("0.9"))
    early = finding(finding_id="3", start="2026-03-16T09:00:00.000000000Z")
    late = finding(finding_id="4")
    assert [f["finding_id"] for f in worst_first([mild, late, early, strong])] == ["2", "3", "4", "1"]


def test_the_table_says_how_many_findings_it_leaves_out():
    text = shown(findings_table([finding()] * 5, limit=2))
    assert text.count("wash-churn") == 2
    assert "3 more in findings.ndjson" in text


def test_names_from_the_data_are_shown_as_they_are_and_not_read_as_markup():
    assert "A[1]" in shown(findings_table([finding()], limit=2))
    assert "A[1]" in shown(explained(finding()))


def test_a_finding_is_explained_with_reasons_margins_and_events():
    text = shown(explained(finding()))
    for part in ("1. A[1] switched sides", "at least 60%", "83%", "23%", "14:07:00.000", "100.25", "and 4 more"):
        assert part in text, part
    assert "14:08:00.000" not in text


@pytest.mark.parametrize(
    ("key", "accounts", "named"),
    [
        ({"account": "A1", "instrument": "IBM"}, ["A1"], "A1"),
        ({"trader": "T1"}, ["A1", "A2"], "T1"),
        ({"instrument": "IBM"}, ["A1", "A2", "A3", "A4", "A5"], "A1, A2, A3 and 2 more"),
    ],
)
def test_a_finding_is_about_its_key_or_else_its_accounts(key, accounts, named):
    assert who(finding(key=key, accounts=accounts)) == named


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (Decimal("0.8333333"), "share", "83.33%"),
        (1_800_000_000, "duration", "1.8 s"),
        (Decimal("4.2"), "multiple", "4.2"),
        (Decimal("1234567.5"), "money", "1,234,567.5"),
        (12000, "quantity", "12,000"),
        (-3, "count", "-3"),
        (100, "price", "100"),
        (None, "price", "-"),
    ],
)
def test_an_amount_is_written_with_its_unit(value, unit, written):
    assert amount(value, unit) == written
