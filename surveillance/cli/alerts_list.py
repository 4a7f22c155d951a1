"""`surveil alerts list`: the alerts that one asks for, page by page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from surveillance.cli.alerts_options import filters, order, place, query_of


@click.command(name="list")
@place
@filters
@order
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Alerts on a page.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Which page.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(store: str | None, out: Path, limit: int, page: int, as_json: bool, **chosen: Any) -> None:
    """List alerts, the gravest first."""
    from surveillance.alerts.store.library import open_library
    from surveillance.alerts.store.rows import encode

    query = query_of({**chosen, "limit": limit, "offset": (page - 1) * limit})
    with open_library(store, out) as library:
        total, found = library.list(query)
    if as_json:
        click.echo(
            encode({"total": total, "page": page, "alerts": [{**one["alert"], "state": one["state"]} for one in found]})
        )
        return
    from surveillance.cli.alerts_table import alerts_table
    from surveillance.cli.console import results
    from surveillance.cli.report import counted

    console = results()
    if found:
        states = [one["state"] for one in found]
        shown = states if set(states) != {"open"} else ()
        console.print(alerts_table([one["alert"] for one in found], states=shown))
    pages = max(-(-total // limit), 1)
    console.print(f"{counted(total, 'alert')}, page {page} of {pages}", soft_wrap=True)
    if page < pages:
        console.print(f"Next page: --page {page + 1}")
