"""The command `surveil`: finds the verb, runs it, and turns what goes wrong into a message and an exit status."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click

from surveillance import __version__
from surveillance.cli.status import Status
from surveillance.errors import SurveillanceError

VERBS: Final = (
    "simulate",
    "detect",
    "alerts",
    "why-not",
    "audit",
    "log",
    "evaluate",
    "tune",
    "links",
    "rules",
    "feeds",
    "detectors",
    "init",
    "new",
    "layering-analytics",
)
"""Verbs in the order of a first day's work; each is `command` in the file of its name, with _ for -."""


@dataclass(slots=True)
class Settings:
    """What stands before the verb on the command line."""

    traceback: bool = False


class Verbs(click.Group):
    """Commands that are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a verb's command; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"surveillance.cli.{cmd_name.replace('-', '_')}").command
        return found


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="surveil")
@click.option("--traceback", "traceback_", is_flag=True, help="Show the whole traceback of an error.")
@click.pass_obj
def app(settings: Settings, traceback_: bool) -> None:
    """Find market abuse in orders and trades, with rules you can review, test and replay."""
    settings.traceback = traceback_


def run(arguments: Sequence[str] | None = None, *, command: click.Command = app) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of the process if not given.
    command : click.Command
        What to run; its context's object is a `Settings`.

    Returns
    -------
    int
        The exit status, see `surveillance.cli.status`.
    """
    settings = Settings()
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        with command.make_context("surveil", given, obj=settings) as context:
            status = command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("surveil: interrupted", err=True)
        return Status.INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit and would complain about the closed pipe there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - the last place where anything can be told to the user
        if settings.traceback:
            traceback.print_exc()
        return _report(error)
    return int(status or Status.FINISHED)


def _report(error: Exception) -> int:
    """Tell the user what stopped the run; return the exit status."""
    if isinstance(error, SurveillanceError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = len(error.problems)
        click.echo(f"surveil: stopped by {count} {'problem' if count == 1 else 'problems'}", err=True)
        return error.exit_status
    if isinstance(error, OSError) and error.filename is not None:
        click.echo(f"{error.filename}: {error.strerror} [file-unusable]", err=True)
        return Status.USAGE
    click.echo(f"surveil: internal error: {type(error).__name__}: {error}", err=True)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    click.echo(f"    at {frame.filename}:{frame.lineno} in {frame.name}", err=True)
    click.echo(
        "    This is a fault in surveil, not in your data or rules. Please report it, with what this prints:\n"
        f"    surveil --traceback … (surveil {__version__}, Python {platform.python_version()}, {platform.system()})",
        err=True,
    )
    return Status.INTERNAL


def main() -> None:
    """Run the command line of this process and leave with its status.

    Python would take the libraries apart object by object before it ends, which takes longer than many a run.
    """
    status = run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
