"""`surveil alerts summary`: how many alerts, how grave, of what kind; and which rules could not see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from surveillance.cli.alerts_options import filters, place, query_of


@click.command(name="summary")
@place
@filters
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(store: str | None, out: Path, as_json: bool, **chosen: Any) -> None:
    """Count alerts by level, risk, family, typology and asset class, and say what each rule could see."""
    from surveillance.alerts.store.library import open_library
    from surveillance.alerts.store.rows import encode

    with open_library(store, out) as library:
        found = library.summary(query_of(chosen))
    rules = [row for run in found.pop("runs") for row in _rules(run)]
    if as_json:
        click.echo(encode({**found, "rules": rules}))
        return
    _print(found, rules)


def _rules(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each rule of a run with its state, the newest run of each rulebook and feed."""
    for rule in run["rules"]:
        yield {
            "rule": rule["rule"],
            "state": rule["state"],
            "reason": rule["reason"],
            "findings": rule["findings"] if rule["state"] == "armed" else None,
            "rulebook": run["rulebook"]["name"],
            "feed": run["feed"]["name"],
            "from": run["time"]["first"],
            "to": run["time"]["last"],
        }


def _print(found: Mapping[str, Any], rules: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from surveillance.cli.console import results
    from surveillance.cli.report import counted

    console = results()
    console.print(f"[bold]{counted(found['total'], 'alert')}[/], {found['open']:,} open, {found['closed']:,} closed")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("by")
    table.add_column("")
    table.add_column("alerts", justify="right")
    table.add_column("")
    for name in ("level", "risk", "family", "typology", "asset_class"):
        counts = found[f"by_{name}"]
        rows = list(reversed(counts.items())) if name == "level" else list(counts.items())
        for place_, (value, number) in enumerate(rows):
            said = "score" if name == "risk" else name.replace("_", " ")
            share = number / found["total"] if found["total"] else 0
            table.add_row("" if place_ else said, escape(value), f"{number:,}", "█" * round(share * 24))
        table.add_section()
    console.print(table)
    running = [rule for rule in rules if rule["state"] != "disabled"]
    armed = [rule for rule in running if rule["state"] == "armed"]
    console.print(f"{len(armed)} of {counted(len(running), 'rule')} armed in the newest run", soft_wrap=True)
    for rule in armed:
        console.print(f"  {escape(rule['rule'])}: {counted(rule['findings'], 'finding')}", soft_wrap=True)
    for rule in running:
        if rule["state"] != "armed":
            why = escape(rule["reason"])
            console.print(f"  [bold red]NOT ARMED[/] {escape(rule['rule'])} is {rule['state']}: {why}", soft_wrap=True)
            console.print("    that there is no alert of it says nothing", soft_wrap=True)
