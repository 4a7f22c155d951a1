"""`surveil rules list`: the rules of a rulebook at a glance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

if TYPE_CHECKING:
    from surveillance.rules import Rule

_STATUS = {"active": "green", "shadow": "cyan", "draft": "yellow", "retired": "dim"}
_COLUMNS: Final = ("rule", "v", "status", "severity", "family", "detector", "classes", "tests")
_WIDE: Final = 92
"""Columns of a terminal on which all of them have room."""


@click.command(name="list")
@click.option("--rules", type=click.Path(path_type=Path), metavar="DIR", help="Rulebook.  [default: the shipped one]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(rules: Path | None, as_json: bool) -> None:
    """List the rules of a rulebook."""
    from surveillance.cli.report import counted
    from surveillance.cli.rules_books import open_valid

    book, opened = open_valid(rules)
    listed = [_described(rule) for rule in opened.rules]
    if as_json:
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    from rich import box
    from rich.table import Table

    from surveillance.cli.console import results

    console = results()
    columns = [name for name in _COLUMNS if name != "family" or console.width >= _WIDE]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in columns:
        justify: Literal["right", "left"] = "right" if name in ("v", "tests") else "left"
        table.add_column(name, justify=justify, no_wrap=name != "classes", min_width=12 if name == "classes" else None)
    for one in listed:
        cells = {
            "rule": f"[bold]{one['id']}[/]",
            "v": str(one["version"]),
            "status": f"[{_STATUS[one['status']]}]{one['status']}[/]",
            "severity": one["severity"],
            "family": one["family"],
            "detector": one["detector"],
            "classes": ", ".join(one["asset_classes"]).replace("_", " ") or "all",
            "tests": str(one["tests"]) if one["tests"] else "[red]none[/]",
        }
        table.add_row(*(cells[name] for name in columns))
    console.print(table)
    console.print(f"{book.name} {book.version}, money in {book.base_currency}: {counted(len(listed), 'rule')}")
    console.print("Next: surveil rules show RULE")


def _described(rule: Rule) -> dict[str, Any]:
    from surveillance.events.schema import AssetClass

    every = len(rule.asset_classes) == len(AssetClass)
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "status": rule.status,
        "severity": rule.severity,
        "family": rule.family,
        "detector": rule.detector,
        "owner": rule.owner,
        "asset_classes": [] if every else [member.name.lower() for member in rule.asset_classes],
        "tests": len(rule.tests),
        "file": rule.file,
    }
