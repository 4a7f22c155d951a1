"""`surveil alerts`: list, show, count and export what the findings add up to."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

VERBS: Final = ("list", "show", "summary", "export", "close")
"""Each is `command` in the file ``alerts_`` and its name."""


class AlertVerbs(click.Group):
    """Commands that are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a verb's command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"surveillance.cli.alerts_{cmd_name}").command
        return found


@click.group(name="alerts", cls=AlertVerbs)
def command() -> None:
    """List, show, count, export and close alerts, of a database or of a run's folder."""
