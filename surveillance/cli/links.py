"""`surveil links`: who may act together, suggested by trading and confirmed by a person."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

VERBS: Final = ("suggest", "confirm")
"""Each is `command` in the file ``links_`` and its name."""


class LinkVerbs(click.Group):
    """Commands that are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a verb's command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"surveillance.cli.links_{cmd_name}").command
        return found


@click.group(name="links", cls=LinkVerbs)
def command() -> None:
    """Suggest accounts that may act together, and confirm those that do."""
