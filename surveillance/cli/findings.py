"""Findings on a terminal: many as a table, one explained in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from surveillance.cli.options import LEVELS

Finding = Mapping[str, Any]

COLOURS: Final = {"low": "cyan", "medium": "yellow", "high": "red", "critical": "bold white on red"}
SHOWN_EVENTS: Final = 8

OPERATORS: Final = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<", "between": "between"}


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings by severity, then strength, then time."""
    return sorted(findings, key=lambda f: (-LEVELS.index(f["severity"]), -f["strength"], f["start"], f["finding_id"]))


def findings_table(findings: Sequence[Finding], *, limit: int) -> Table:
    """Return the worst `limit` findings as a table.

    Parameters
    ----------
    findings : sequence of mapping
        In the shape of `finding.schema.json`, in the order to show.
    limit : int
        Most rows.
    """
    caption = f"{len(findings) - limit:,} more in findings.ndjson" if len(findings) > limit else None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
    for name in ("severity", "rule", "who", "instrument", "from", "to"):
        table.add_column(name, overflow="fold")
    table.add_column("strength", justify="right")
    for finding in findings[:limit]:
        table.add_row(
            Text(finding["severity"], style=COLOURS[finding["severity"]]),
            finding["rule"],
            escape(who(finding)),
            escape(finding.get("instrument") or "-"),
            clock(finding["start"]),
            clock(finding["end"])[11:],
            f"{finding['strength']:.2f}",
        )
    return table


def explained(finding: Finding) -> Panel:
    """Return everything about one finding: what was seen, why it is one, and on which events it rests."""
    parts: list[RenderableType] = [
        Text(f"{clock(finding['start'])} to {clock(finding['end'])} UTC, trading day {finding['trading_day']}"),
        Text(", ".join(f"{name} {value}" for name, value in finding["key"].items())),
        Text(""),
    ]
    parts += [Text(f"{number}. {step}") for number, step in enumerate(finding["explanation"], 1)]
    parts += [_conditions(finding), _events(finding)]
    title = f"[bold]{escape(finding['rule'])}[/] v{finding['rule_version']}  {finding['severity']}"
    return Panel(Group(*parts), title=title, title_align="left", subtitle=finding["finding_id"], subtitle_align="right")


def _conditions(finding: Finding) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Why", title_justify="left", title_style="bold")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("")
    table.add_column("threshold", justify="right")
    table.add_column("margin", justify="right")
    for condition in finding["conditions"]:
        table.add_row(
            condition["measure"],
            number(condition["value"]),
            OPERATORS.get(condition["op"], condition["op"]),
            number(condition["threshold"]),
            number(condition["margin"]),
        )
    return table


def _events(finding: Finding) -> Table:
    events = finding["events"]
    rest = len(events) - SHOWN_EVENTS
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Events", title_justify="left", title_style="bold")
    for name in ("time", "kind", "order", "trade"):
        table.add_column(name, overflow="fold")
    for event in events[:SHOWN_EVENTS]:
        table.add_row(clock(event["time"]), event["kind"], event.get("order") or "-", event.get("trade") or "-")
    if rest > 0:
        table.caption, table.caption_justify = f"{rest:,} more in findings.ndjson", "left"
    return table


def who(finding: Finding) -> str:
    """Name the people or accounts that a finding is about."""
    accounts = list(finding["accounts"])
    if accounts:
        return ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if len(accounts) > 3 else "")
    return ", ".join(str(value) for name, value in finding["key"].items() if name != "instrument")


def clock(text: str) -> str:
    """Shorten an ISO 8601 time to what a person compares: date and time to the millisecond."""
    return text[:23].rstrip("Z").replace("T", " ")


def number(value: Any) -> str:
    """Write a number with thousands separated; a list as a range."""
    if isinstance(value, (list, tuple)):
        return " and ".join(number(part) for part in value)
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
