"""`surveil alerts close`: a person is done with an alert; what becomes known later continues it in another."""

from __future__ import annotations

from pathlib import Path

import click

from surveillance.cli.options import audit


@click.command(name="close")
@click.argument("name", metavar="ID")
@click.option("--store", required=True, metavar="URL", help="Database: sqlite:///FILE, a path, or postgresql://…")
@click.option("--by", required=True, metavar="NAME", help="Who closes it.")
@click.option("--why", required=True, metavar="TEXT", help="For the auditor who asks.")
@audit
def command(name: str, store: str, by: str, why: str, audit: Path | None) -> None:
    """Close the open alert ID. A closed alert is never changed; later findings make one that continues it."""
    from datetime import datetime, timezone

    from surveillance.alerts.store.library import Library
    from surveillance.alerts.store.opening import opened_store
    from surveillance.alerts.store.writing import close
    from surveillance.audit.log import opened_log

    if not by.strip() or not why.strip():
        raise click.UsageError("--by and --why may not be empty")
    at = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}000Z"
    with opened_store(store, write=True) as engine, engine.begin() as connection:
        found = Library(connection).show(name)
        alert_id = found["alert"]["alert_id"]
        if not close(connection, alert_id, by=by, why=why, at=at):
            raise click.UsageError(f"alert {alert_id} is {found['state']}, and only an open one can be closed")
    opened_log(audit).add("alert", {"action": "closed", "alert_id": alert_id, "why": why}, by=by)
    click.echo(f"Closed: {alert_id}")
