"""`surveil feeds guess`: a first profile for a file of your own, to be read and mended by you."""

from __future__ import annotations

import json

import click


@click.command(name="guess")
@click.argument("source", metavar="SOURCE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(source: str, as_json: bool) -> None:
    """Propose a feed profile for SOURCE, as YAML on standard output.

    Each line says how sure it is. Save it, read it, and see what it makes of the file with `surveil feeds try`.
    """
    from surveillance.cli.console import remarks
    from surveillance.errors import InputError, Location, Problem
    from surveillance.feeds.gathering import gathered
    from surveillance.feeds.guessing import guess_profile

    with gathered([source]) as files:
        if len(files) != 1:
            what = f"is {len(files)} files; a profile is guessed from one"
            raise InputError(Problem("several-files", what, Location(source)))
        proposal = guess_profile(files[0])
    if as_json:
        sure = {name: {"sure": sure, "why": why} for name, (sure, why) in proposal.sure.items()}
        found = {"profile": proposal.text, "fields": sure, "counts": proposal.trial.counts, "shipped": proposal.alike}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    click.echo(proposal.text, nl=False)
    console = remarks()
    for name in proposal.alike:
        console.print(
            f"The shipped profile {name} reads this file: surveil feeds try SOURCE --feed {name}", soft_wrap=True
        )
    console.print("Save it as FILE.yaml, read it, then: surveil feeds try SOURCE --feed FILE.yaml", soft_wrap=True)
