"""`surveil feeds show`: what a feed profile reads, and into which fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from surveillance.events.profile import Profile


@click.command(name="show")
@click.argument("name", metavar="NAME|FILE")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the file itself, to copy and change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, as_yaml: bool, as_json: bool) -> None:
    """Show what the feed profile NAME reads, and into which fields."""
    from pathlib import Path

    from surveillance.documents.yaml import read_yaml
    from surveillance.events.profile import load_profile

    profile = load_profile(name)
    if as_yaml:
        click.echo(Path(profile.file).read_text(encoding="utf-8"), nl=False)
        return
    document, _ = read_yaml(Path(profile.file))
    assert document is not None, "it was read a moment ago"
    if as_json:
        click.echo(json.dumps(document.value, indent=2, ensure_ascii=False, default=str))
        return
    _print(profile, document.value)


def _print(profile: Profile, document: dict[str, Any]) -> None:
    """Print a profile for a person."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from surveillance.cli.console import results

    console = results()
    console.print(f"[bold]{profile.name}[/]  {escape(profile.title)}\n")
    if "description" in document:
        console.print(escape(str(document["description"]).strip()), end="\n\n")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("field", "from", "how"):
        table.add_column(column, overflow="fold", no_wrap=column == "field")
    for name, source in document["columns"].items():
        origin, how = _told(source)
        table.add_row(f"[bold]{name}[/]", escape(origin), escape(how))
    console.print(table)
    told = {"sides": "Both sides of a trade", "skip": "Left out", "keep": "Kept", "nulls": "Means nothing"}
    told |= {"numbers": "Numbers", "identity": "Known again by", "csv": "CSV", "trading_day": "Trading day"}
    told["file"] = "Files"
    for key, title in told.items():
        if key in document:
            console.print(f"{title}: {escape(_short(document[key]))}")
    defaults = ", ".join(f"{name} {value}" for name, value in profile.defaults.items())
    if defaults:
        console.print(f"Where nothing is given: {escape(defaults)}")
    console.print(f"Decimals kept: price {profile.price_scale}, quantity {profile.quantity_scale}")
    console.print(f"File: {escape(profile.file)}", soft_wrap=True)


def _told(source: Any) -> tuple[str, str]:
    """Return in words where a field comes from, and how it is read."""
    if not isinstance(source, dict):
        return str(source), ""
    rest = dict(source)
    origins = [
        key for key in ("column", "template", "first_of", "cases", "sign_of", "taker_side", "maker_side") if key in rest
    ]
    key = origins[0]
    value = rest.pop(key)
    origin = {
        "column": str(value),
        "template": str(value),
        "first_of": " or ".join(map(str, value)) if isinstance(value, list) else "",
        "cases": "conditions",
    }.get(key, f"{value} ({key.replace('_', ' ')})")
    if key == "cases":
        rest = {"cases": value, **rest}
    return origin, "; ".join(f"{name}: {_short(one)}" for name, one in rest.items())


def _short(value: Any) -> str:
    """Write a value of YAML in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} → {_short(one)}" for key, one in value.items())
    if isinstance(value, list):
        return (
            "; ".join(map(_short, value)) if any(isinstance(one, dict) for one in value) else ", ".join(map(str, value))
        )
    return "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
