"""`surveil rules releases`: which releases there are, and what each changed."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="releases")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("rules"),
    show_default=True,
    metavar="DIR",
    help="Rulebook.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifests.")
def command(rules: Path, as_json: bool) -> None:
    """List the releases of a rulebook, the newest first, with who approved each and what it changed."""
    from surveillance.audit.inputs import read_release
    from surveillance.audit.release import tags
    from surveillance.audit.revisions import git

    found = []
    for tag in reversed(tags(rules)):
        day = git(rules, "log", "-1", "--format=%cs", tag).decode().strip()
        found.append({"tag": tag, "day": day, **read_release(tag, rules).manifest})
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("There is no release yet: surveil rules release X.Y.Z makes the first.")
    for one in found:
        tape = one["tape"]
        click.echo(f"{one['tag']}  {one['day']}  {one['step']}, approved by {one['approval']['name']}")
        click.echo(f"  alerts on its tape: {tape['gained']} gained, {tape['lost']} lost, {tape['rescored']} rescored")
        for change in one["changes"]:
            click.echo(f"  {change}")
