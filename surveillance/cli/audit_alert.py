"""`surveil audit alert`: everything behind one alert, for whoever audits it years later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from surveillance.cli.alerts_options import place
from surveillance.cli.options import audit

_PATH = click.Path(path_type=Path)


@click.command(name="alert")
@click.argument("name", metavar="ID")
@place
@click.option("--rules", type=_PATH, default=Path("rules"), show_default=True, metavar="DIR", help="Rulebook.")
@audit
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, name: str, store: str | None, out: Path, rules: Path, audit: Path | None, as_json: bool) -> None:
    """Show where the alert ID came from.

    Its release with authors and approver, each rule as it was with its effective values, detectors and engine, the
    inputs, and what has been done with the alert since.
    """
    from surveillance.alerts.store.library import open_library
    from surveillance.audit.log import opened_log
    from surveillance.audit.origin import origin

    with open_library(store, out) as library:
        found = library.show(name)
    told = origin(found, rules, opened_log(audit, out))
    if as_json:
        from surveillance.alerts.store.rows import encode

        click.echo(encode(told))
    else:
        _print(told)


def _print(told: dict[str, Any]) -> None:
    alert, release = told["alert"], told["release"]
    click.echo(f"Alert {alert['alert_id']}, revision {alert['revision']}: {alert['score']} ({alert['level']})")
    click.echo(alert["explanation"][0])
    click.echo()
    book = told["inputs"]["rulebook"]
    click.echo(f"Rulebook   {book['name']} {book['version']}, SHA-256 {book['digest']}")
    if release is None:
        click.echo("Release    none has this rulebook: it was run before it was released, or changed")
    else:
        approval = release["approval"]
        click.echo(f"Release    {release['tag']}, commit {release['commit']}")
        click.echo(f"Authors    {', '.join(release['authors'])}")
        click.echo(f"Approved   by {approval['name']} ({approval['email']}), {approval['ref']}, key {approval['key']}")
    for rule in told["rules"]:
        click.echo()
        click.echo(f"Rule {rule['rule']} version {rule['version']}, SHA-256 {rule['digest']}")
        click.echo(f"  measured by {rule['detector']} {rule['detector_version']}, which asked for:")
        for condition in rule["conditions"]:
            click.echo(
                f"    {condition['measure']} {condition['text']}: {condition['value']}, margin {condition['margin']}"
            )
        click.echo("  " + rule["text"].rstrip().replace("\n", "\n  "))
    click.echo()
    click.echo("Inputs")
    for key, value in told["inputs"].items():
        if key not in ("rulebook", "distributions"):
            click.echo(f"  {key:<14} {json.dumps(value) if isinstance(value, dict) else value}")
    for one in told["inputs"]["distributions"]:
        click.echo(f"  {one['name']:<20} {one['version']:<10} {one['digest'][:16]}")
    click.echo()
    click.echo("Since then" if told["actions"] else "Since then nothing has been logged about it.")
    for one in told["actions"]:
        click.echo(f"  {one['time'][:19]}Z  {one['by']}  {one['kind']}  {json.dumps(one['what'], ensure_ascii=False)}")
