"""`surveil alerts show`: one alert in full, as text, JSON or a page to forward."""

from __future__ import annotations

from pathlib import Path

import click

from surveillance.cli.alerts_options import place


@click.command(name="show")
@click.argument("name", metavar="ID")
@place
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it as a page.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, store: str | None, out: Path, html: Path | None, as_json: bool) -> None:
    """Show the alert ID: why it is one, what would have cleared it, near misses, and its orders and trades.

    ID is an alert's id, the beginning of it, or an id under which it was known before. The page of --html holds all
    that it needs and can be mailed, read in light and dark, and printed.
    """
    from surveillance.alerts.store.library import open_library

    with open_library(store, out) as library:
        found = library.show(name)
    if html is not None:
        from surveillance.reports.page import alert_page

        html.write_text(alert_page(found), encoding="utf-8")
    if as_json:
        from surveillance.alerts.store.rows import encode

        click.echo(encode(found))
        return
    if html is not None:
        click.echo(f"Written: {html}")
        return
    from surveillance.cli.alerts_shown import print_alert

    print_alert(found)
