"""`surveil links confirm`: what a person wrote yes to becomes linked groups."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


@click.command(name="confirm")
@click.argument("file", metavar="FILE", type=_PATH)
@click.option("--by", required=True, metavar="NAME", help="Who confirms.")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data to add to; without it, print the lines.")
@click.option("--valid-from", default="", metavar="DAY", help="From when it holds.  [default: always]")
@click.option("--on", default=None, metavar="DAY", help="Day of the decision.  [default: today]")
def command(*, file: Path, by: str, reference: Path | None, valid_from: str, on: str | None) -> None:
    """Add the pairs in FILE that have yes and a reason to the linked groups of the reference data.

    Accounts join the group that one of them is in already; others make a new one. who_confirmed.csv in the same folder
    says who confirmed each pair, when and why.
    """
    from surveillance.events.reference import read_reference
    from surveillance.linking.confirming import add_to, group, lines_of
    from surveillance.linking.review import read_confirmed

    if not by.strip():
        raise click.BadParameter("say who confirms", param_hint="--by")
    confirmed = read_confirmed(file)
    grouped = group(confirmed, None if reference is None else read_reference(reference))
    if not confirmed:
        click.echo(f"no pair in {file} has yes as its decision")
    elif reference is None:
        click.echo("linked_group,account_id,valid_from")
        click.echo(lines_of(grouped, ("linked_group", "account_id", "valid_from"), valid_from), nl=False)
    else:
        written = add_to(reference, grouped, by, on or date.today().isoformat(), valid_from)  # noqa: DTZ011 - a day
        groups = len({name for name, _ in grouped.pairs})
        added, names = len(grouped.members), " and ".join(path.name for path in written)
        click.echo(f"{len(confirmed)} pairs: {added} accounts added to {groups} groups, in {names}")
