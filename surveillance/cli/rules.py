"""`surveil rules`: list, show, check, test, compare and lock the rules of a rulebook."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

VERBS: Final = ("list", "show", "check", "test", "diff", "lock", "retire", "release", "releases")
"""Each is `command` in the file ``rules_`` and its name."""


class RuleVerbs(click.Group):
    """Commands that are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a verb's command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"surveillance.cli.rules_{cmd_name}").command
        return found


@click.group(name="rules", cls=RuleVerbs)
def command() -> None:
    """List, show, check, test, compare and lock rules."""
