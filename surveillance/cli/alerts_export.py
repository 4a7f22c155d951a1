"""`surveil alerts export`: alerts for other programs, as CSV, NDJSON or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from surveillance.cli.alerts_options import filters, order, place, query_of
from surveillance.cli.options import audit

FORMATS: Final = ("csv", "ndjson", "parquet")


@click.command(name="export")
@place
@filters
@order
@click.option("--format", "format_", type=click.Choice(FORMATS), help="[default: by the end of FILE, else ndjson]")
@click.option(
    "--file", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="[default: print]"
)
@audit
def command(
    store: str | None, out: Path, format_: str | None, target: Path | None, audit: Path | None, **chosen: Any
) -> None:
    """Write alerts as CSV, NDJSON or Parquet.

    In CSV, a text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    ending = target.suffix.lstrip(".").lower() if target is not None else ""
    kind = format_ or (ending if ending in FORMATS else "ndjson")
    if kind == "parquet" and target is None:
        raise click.UsageError("Parquet needs a file: --file FILE")
    from surveillance.alerts.store.exporting import export
    from surveillance.alerts.store.library import open_library
    from surveillance.audit.log import opened_log

    with open_library(store, out) as library:
        number = export(library.export(query_of({**chosen, "limit": 0})), kind, target)
    asked = {name: value for name, value in chosen.items() if value not in (None, (), "", False)}
    facts = {"alerts": number, "format": kind, "file": None if target is None else str(target), "asked_for": asked}
    opened_log(audit, out).add("export", facts)
    if target is not None:
        from surveillance.cli.report import counted

        click.echo(f"Written: {target}, {counted(number, 'alert')}")
