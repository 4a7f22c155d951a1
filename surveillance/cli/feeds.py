"""`surveil feeds`: the shipped feed profiles, what one makes of a file, and a first profile for a file of your own."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

VERBS: Final = ("list", "show", "try", "guess")
"""Each is `command` in the file ``feeds_`` and its name."""


class FeedVerbs(click.Group):
    """Commands that are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a verb's command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"surveillance.cli.feeds_{cmd_name}").command
        return found


@click.group(name="feeds", cls=FeedVerbs)
def command() -> None:
    """List and show feed profiles, try one on a file, or guess one from a file."""
