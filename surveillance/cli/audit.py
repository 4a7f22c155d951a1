"""`surveil audit`: where an alert came from, the alert made again, and a release for an examiner."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

VERBS: Final = ("alert", "replay", "release")
"""Each is `command` in the file ``audit_`` and its name."""


class AuditVerbs(click.Group):
    """Commands that are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a verb's command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"surveillance.cli.audit_{cmd_name}").command
        return found


@click.group(name="audit", cls=AuditVerbs)
def command() -> None:
    """Show where an alert came from, make it again, and hand a release to an examiner."""
