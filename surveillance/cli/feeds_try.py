"""`surveil feeds try`: a file read with a profile, before anything is judged by it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from surveillance.feeds.trying import Trial

READ: Final = 100_000
"""Records that are read unless all are asked for."""


@click.command(name="try")
@click.argument("source", metavar="SOURCE")
@click.option("--feed", required=True, metavar="NAME|FILE", help="Feed profile to try.")
@click.option("--rows", default=3, show_default=True, type=click.IntRange(1, 100), help="Records and events to show.")
@click.option("--all", "whole", is_flag=True, help=f"Read the whole file, not only its first {READ:,} records.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(source: str, feed: str, rows: int, whole: bool, as_json: bool) -> None:
    """Show the first records of SOURCE as they are read and as they will be on the tape, and the first rejects."""
    from surveillance.events.profile import load_profile
    from surveillance.feeds.gathering import gathered
    from surveillance.feeds.trying import try_profile

    profile = load_profile(feed)
    with gathered([source]) as files:
        trials = [try_profile(file, profile, rows=rows, most=None if whole else READ) for file in files]
    if as_json:
        shown = [dataclasses.asdict(trial) for trial in trials]
        click.echo(json.dumps(shown[0] if len(shown) == 1 else shown, indent=2, ensure_ascii=False))
        return
    for trial in trials:
        print_trial(trial, profile.name)


def print_trial(trial: Trial, profile: str) -> None:
    """Print what came of a trial, for a person."""
    from rich.markup import escape

    from surveillance.cli.console import results

    console = results()
    console.print(
        f"[bold]{escape(trial.source)}[/] as {trial.format}, with the profile {escape(profile)}", soft_wrap=True
    )
    for title, records in (("As read", trial.records), ("On the tape", trial.events)):
        if records:
            console.print(_across(title, records))
    if not trial.events:
        console.print("[red]No record became an event.[/]\n")
    if trial.rejects:
        console.print(_rejects(trial.rejects))
    console.print(_counted(trial))
    if trial.identified:
        console.print("Records that come again are counted here; a run drops them.")
    if trial.missing:
        console.print(f"[yellow]The file has no[/] {escape(', '.join(trial.missing))}")
    if trial.unused:
        console.print(f"The profile does not read {escape(', '.join(trial.unused))}")


def _across(title: str, records: list[dict[str, Any]]) -> Any:
    """Return a table with a record in each column: feeds have more columns than a terminal."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("record", no_wrap=True)
    for record in records:
        table.add_column(str(record["position"]), overflow="fold")
    for name in dict.fromkeys(name for record in records for name in record if name != "position"):
        table.add_row(escape(name), *(escape(str(record.get(name, ""))) for record in records))
    return table


def _rejects(rejects: list[dict[str, Any]]) -> Any:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Cannot be used", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("record", "line", "field", "code", "reason"):
        table.add_column(column, overflow="fold", no_wrap=column in ("record", "line", "code"))
    for reject in rejects:
        cells = (
            str(reject[name]) if reject[name] is not None else "" for name in ("position", "line", "field", "code")
        )
        table.add_row(*map(escape, cells), escape(str(reject["reason"])))
    return table


def _counted(trial: Trial) -> str:
    counts = trial.counts
    parts = [f"{counts['rows_read']:,} records read" + ("" if trial.whole else " (the first ones; --all reads all)")]
    parts.append(f"{counts['events']:,} events")
    if counts["added"]:
        parts.append(f"{counts['added']:,} of them second sides")
    parts.append(f"{counts['filtered']:,} filtered")
    reasons = ", ".join(f"{code} {number:,}" for code, number in counts["reasons"].items())
    parts.append(f"{counts['rejected']:,} rejected" + (f" ({reasons})" if reasons else ""))
    return "; ".join(parts)
