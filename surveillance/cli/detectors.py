"""`surveil detectors`: what is installed that can measure, and what each detector measures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from surveillance.detecting.plugins import Loaded


@click.group(name="detectors")
def command() -> None:
    """List the installed detectors, or show what one measures."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(as_json: bool) -> None:
    """List the installed detectors: built-in ones and those of plugins."""
    from surveillance.detecting.plugins import load_plugins

    detectors = [_described(loaded) for _, loaded in sorted(load_plugins().items())]
    if as_json:
        click.echo(json.dumps(detectors, indent=2, ensure_ascii=False))
        return
    from rich.markup import escape

    from surveillance.cli.console import results

    table = _table("detector", "version", "one result per", "what it does")
    for detector in detectors:
        table.add_row(
            f"[bold]{detector['id']}[/]",
            detector["version"],
            ", ".join(detector["key"]),
            escape(detector["summary"]),
        )
    results().print(table)
    click.echo("Next: surveil detectors show ID")


@command.command()
@click.argument("detector_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(detector_id: str, as_json: bool) -> None:
    """Show what the detector ID measures, what it needs and how it can be set."""
    from surveillance.detecting.plugins import load_plugins

    detectors = load_plugins()
    if detector_id not in detectors:
        raise click.BadParameter(_unknown(detector_id, list(detectors)), param_hint="ID")
    detector = _described(detectors[detector_id])
    if as_json:
        click.echo(json.dumps(detector, indent=2, ensure_ascii=False))
        return
    _print(detector)


def _unknown(detector_id: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(detector_id, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "see: surveil detectors list"
    return f"there is no detector {detector_id!r}; {hint}"


def _described(loaded: Loaded) -> dict[str, Any]:
    """Return what a detector declares, as plain values for JSON."""
    import inspect

    import msgspec

    detector = loaded.detector
    text = inspect.cleandoc(detector.__doc__ or "")
    return {
        "id": detector.id,
        "version": detector.version,
        "distribution": loaded.distribution,
        "distribution_version": loaded.version,
        "summary": text.split("\n", 1)[0],
        "description": text,
        "key": list(detector.key),
        "shard": list(detector.shard),
        "needs": {
            "kinds": [kind.name.lower() for kind in detector.needs.kinds],
            "fields": list(detector.needs.fields),
        },
        "measures": {
            name: {"unit": measure.unit.value, "meaning": measure.meaning}
            for name, measure in detector.measures.items()
        },
        "params": msgspec.json.schema(detector.Params, ref_template="#/$defs/{name}"),
    }


def _print(detector: dict[str, Any]) -> None:
    """Print one detector for a person."""
    from rich.markup import escape

    from surveillance.cli.console import results

    console = results()
    console.print(f"[bold]{detector['id']}[/]  version {detector['version']}, from {detector['distribution']}\n")
    for paragraph in detector["description"].split("\n\n"):
        console.print(escape(" ".join(paragraph.split("\n"))), end="\n\n")
    needs = detector["needs"]
    console.print(f"One result per  {', '.join(detector['key'])}")
    console.print(f"Needs events    {', '.join(needs['kinds'])}")
    console.print(f"Needs fields    {', '.join(needs['fields']) or 'none beyond time and key'}")
    measures = _table("measure", "unit", "meaning", title="Measures, for a rule's `when`")
    for name, measure in detector["measures"].items():
        measures.add_row(f"[bold]{name}[/]", measure["unit"], escape(measure["meaning"]))
    console.print(measures)
    params = _table("param", "default", "what it takes", title="Params, for a rule's `params`")
    for name, default, takes in _params(detector["params"]):
        params.add_row(f"[bold]{name}[/]", escape(default), escape(takes))
    if params.row_count:
        console.print(params)


def _params(schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, default and kind of each parameter in a detector's JSON Schema."""
    definitions = schema.get("$defs", {})
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    rows = []
    for name, field in schema.get("properties", {}).items():
        takes = " or ".join(field["enum"]) if "enum" in field else field.get("unit", field.get("type", "value"))
        default = _written(field["default"], field.get("unit", "")) if "default" in field else "required"
        rows.append((name, default, takes))
    return rows


def _written(value: Any, unit: str) -> str:
    """Write a default as a rule would."""
    if unit == "duration":
        from surveillance.rules.units import show_duration

        return show_duration(value)
    if unit == "money":
        from surveillance.events.schema import MONEY_SCALE

        return f"{value / 10**MONEY_SCALE:,.0f}"
    return value if isinstance(value, str) else json.dumps(value)


def _table(*columns: str, title: str = "") -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
