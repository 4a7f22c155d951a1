"""Findings on a terminal: many as a table, one explained in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
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

NS: Final = 1_000_000_000


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
    shown = findings[:limit]
    days = {finding["start"][:10] for finding in shown}
    one_day = len(days) == 1
    title = f"{days.pop()}, times in UTC" if one_day else "times in UTC"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", caption_justify="left")
    if len(findings) > limit:
        table.caption = f"{len(findings) - limit:,} more in findings.ndjson"
    table.add_column("severity", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("who", overflow="fold")
    table.add_column("instrument", overflow="fold", min_width=10)
    table.add_column("from", no_wrap=True)
    table.add_column("lasting", justify="right", no_wrap=True)
    table.add_column("strength", justify="right", no_wrap=True)
    for finding in shown:
        start = clock(finding["start"])[:19]
        table.add_row(
            Text(finding["severity"], style=COLOURS[finding["severity"]]),
            finding["rule"],
            escape(who(finding)),
            escape(finding.get("instrument") or "-"),
            start[11:] if one_day else start,
            lasting(finding["start"], finding["end"]),
            f"{finding['strength']:.0%}",
        )
    return table


def explained(finding: Finding) -> Panel:
    """Return everything about one finding: what was seen, why it is one, and on which events it rests."""
    parts: list[RenderableType] = [Text(finding["title"], style="bold"), Text("")]
    parts += [Text(f"{number}. {step}") for number, step in enumerate(finding["explanation"], 1)]
    parts += [Text(""), _conditions(finding), _events(finding)]
    title = f"[bold]{escape(finding['rule'])}[/] version {finding['rule_version']}, {finding['severity']}"
    return Panel(Group(*parts), title=title, title_align="left", subtitle=finding["finding_id"], subtitle_align="right")


def _conditions(finding: Finding) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("the rule asks for")
    table.add_column("margin", justify="right")
    for condition in finding["conditions"]:
        unit = condition["unit"]
        table.add_row(
            condition["measure"],
            amount(condition["value"], unit),
            escape(condition["text"]),
            amount(condition["margin"], unit),
        )
    return table


def _events(finding: Finding) -> Table:
    shown = finding["events"][:SHOWN_EVENTS]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    for name in ("time", "kind", "side"):
        table.add_column(name)
    for name in ("quantity", "price"):
        table.add_column(name, justify="right")
    varying = [name for name in ("account", "instrument") if name not in finding["key"]]
    for name in (*varying, "order"):
        table.add_column(name, overflow="fold")
    for event in shown:
        table.add_row(
            clock(event["time"])[11:],
            event["kind"],
            event["side"] or "-",
            amount(event["quantity"], "quantity"),
            amount(event["price"], "price"),
            *(escape(event[name] or "-") for name in (*varying, "order")),
        )
    if finding["event_count"] > len(shown):
        table.caption = f"and {finding['event_count'] - len(shown):,} more"
    return table


def who(finding: Finding) -> str:
    """Name the people or accounts that a finding is about."""
    named = [str(value) for name, value in finding["key"].items() if name not in {"instrument", "asset_class"}]
    accounts = named or list(finding["accounts"])
    return ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if len(accounts) > 3 else "")


def clock(text: str) -> str:
    """Shorten an ISO 8601 time to what a person compares: date and time to the millisecond."""
    return text[:23].rstrip("Z").replace("T", " ")


def lasting(start: str, end: str) -> str:
    """Write how long it was from one ISO 8601 time to another, to the second."""
    first, last = (datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S") for text in (start, end))  # noqa: DTZ007 - both UTC
    return str(last - first)


def amount(value: Any, unit: str) -> str:
    """Write a number of a finding as a person would read it.

    Parameters
    ----------
    value : int, Decimal, float or None
        As in the finding: parts of one for a share, ns for a duration.
    unit : str
        A value of `surveillance.detecting.measure.Unit`.
    """
    if value is None:
        return "-"
    number = Decimal(str(value))
    if unit == "share":
        return f"{_plain(number * 100, 2)}%"
    if unit == "duration":
        return f"{_plain(number / NS, 6)} s"
    return _plain(number, {"money": 2, "multiple": 3}.get(unit, 9))


def _plain(number: Decimal, places: int) -> str:
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
