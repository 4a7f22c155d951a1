"""One rule as a person reads it: what it asks for, asset class by asset class, and what its author says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from surveillance.cli.console import results


def print_rule(rule: Mapping[str, Any]) -> None:
    """Print a rule in the shape that `surveil rules show --json` prints."""
    console = results()
    console.print(f"[bold]{rule['id']}[/] version {rule['version']}, {rule['status']}, {rule['severity']}")
    console.print(escape(rule["title"]), end="\n\n")
    console.print(f"Detector  {rule['detector']} {rule['detector_version']}, one result per {', '.join(rule['key'])}")
    console.print(f"Family    {rule['family']}, owned by {escape(rule['owner'])}")
    console.print(f"File      {escape(rule['file'])}", soft_wrap=True)
    for effective in rule["effective"]:
        console.print(_effective(effective, _compared(effective, rule["effective"])))
    console.print(f"\nSays      {escape(rule['explain'])}")
    rationale = rule["rationale"]
    if rationale:
        console.print(f"\nWhy       {escape(rationale['why'])}")
        if rationale["evidence"]:
            console.print(f"Evidence  {escape(rationale['evidence'])}")
        if rationale["reviewed"] or rationale["review_by"]:
            console.print(
                f"Reviewed  {rationale['reviewed'] or 'never'}, again by {rationale['review_by'] or 'no day'}"
            )
    for title, name in (
        ("References", "references"),
        ("Looks the same and is honest", "false_positives"),
        ("Cannot be seen", "blind_spots"),
        ("Tests", "tests"),
    ):
        if rule[name]:
            console.print(f"\n[bold]{title}[/]")
            for text in rule[name]:
                console.print(Padding(f"- {escape(text)}", (0, 0, 0, 2)))


def _compared(effective: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return what the values of an asset class or band are set against: its class without band, or the first."""
    if effective is shown[0]:
        return None
    same = (one for one in shown if one["asset_class"] == effective["asset_class"] and one["band"] is None)
    return next((one for one in same if one is not effective), shown[0])


def _effective(effective: Mapping[str, Any], other: Mapping[str, Any] | None) -> RenderableType:
    """Return what holds for one asset class and band, or what differs from another."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("must hold", "", "meaning", "written at"):
        table.add_column(name, no_wrap=name == "must hold")
    for name, one in effective["when"].items():
        if other is None or other["when"].get(name) != one:
            table.add_row(f"[bold]{name}[/]", one["condition"], escape(one["meaning"]), _place(one))
    for name, one in effective["params"].items():
        if other is None or other["params"].get(name) != one:
            table.add_row(name, escape(_value(one["value"])), "parameter", _place(one))
    beside = f", where it differs from {_whom(other).lower()}" if other else ""
    return Group(f"\n[bold]{_whom(effective)}[/]{beside}", table if table.row_count else "  nothing differs")


def _whom(effective: Mapping[str, Any]) -> str:
    named = [part.replace("_", " ") for part in (effective["asset_class"], effective["band"]) if part]
    return ", ".join(named).capitalize() or "Every asset class"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_value(part) for part in value)
    return str(value)


def _place(one: Mapping[str, Any]) -> str:
    return f"line {one['line']}, {one['from'].rpartition('.')[0]}" if one["line"] else str(one["from"])
