"""`surveil feeds list`: the feed profiles that come with the project."""

from __future__ import annotations

import json

import click


@click.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the shipped feed profiles."""
    from surveillance.events.profile import load_profile, shipped_profiles

    listed = []
    for name in shipped_profiles():
        profile = load_profile(name)
        fields = [field for field in profile.fields if profile.fields[field].column]
        listed.append({"name": name, "title": profile.title, "fields": fields, "file": profile.file})
    if as_json:
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from surveillance.cli.console import results

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("profile", no_wrap=True)
    table.add_column("for", overflow="fold")
    for one in listed:
        table.add_row(f"[bold]{one['name']}[/]", escape(str(one["title"])))
    console = results()
    console.print(table)
    console.print("Next: surveil feeds show NAME, or for a file of your own: surveil feeds guess FILE")
