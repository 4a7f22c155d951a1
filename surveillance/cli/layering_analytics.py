"""`surveil layering-analytics`: the command of Layering Analytics, with its defaults, files and exit statuses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from surveillance.cli.lasting import lasting
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from surveillance.compat.layering import Outcome

_FATAL: Final = 1
_SALT: Final = "PSEUDONYMIZATION_SALT"
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)


@click.command(name="layering-analytics")
@click.argument("input_file", metavar="[INPUT]", default="input/transactions.csv", type=click.Path(path_type=Path))
@click.argument("output_dir", metavar="[OUTPUT_DIR]", default="output", type=_FOLDER)
@click.argument("logs_dir", metavar="[LOGS_DIR]", default="logs", type=_FOLDER)
@click.option("--rules", type=_FOLDER, metavar="DIR", help="Another pack of rules.  [default: the shipped one]")
@click.option("--pseudonymise", is_flag=True, help=f"Hash account ids with the salt of ${_SALT} in both files.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    *, input_file: Path, output_dir: Path, logs_dir: Path, rules: Path | None, pseudonymise: bool, quiet: bool
) -> int:
    """Find layering and wash trading in INPUT, as Layering Analytics does.

    \b
    INPUT       transactions.csv  [default: input/transactions.csv]
    OUTPUT_DIR  for suspicious_accounts.csv  [default: output]
    LOGS_DIR    for detections.csv and rejects.ndjson  [default: logs]

    Exit statuses: 0 finished, whatever was found or skipped; 1 fatal, and no CSV file was written; 2 usage.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    with lasting("surveillance.compat.layering"):
        from surveillance.compat.layering import run_pipeline

    salt = os.environ.get(_SALT, "") if pseudonymise else None
    try:
        outcome = run_pipeline(input_file, output_dir, logs_dir, rules=rules, salt=salt)
    except SurveillanceError as error:
        for problem in error.problems:
            click.echo(f"Error running pipeline: {problem}", err=True)
        return _FATAL
    if not quiet:
        _tell(outcome, input_file, output_dir, logs_dir)
    return 0


def _tell(outcome: Outcome, source: Path, output: Path, logs: Path) -> None:
    """Say what was found and skipped, and where it is."""
    for line, reason in outcome.first_skipped:
        click.echo(f"{source}:{line}: skipped: {reason}", err=True)
    if outcome.skipped:
        reasons = ", ".join(f"{number:,} {code}" for code, number in sorted(outcome.skipped_by_reason.items()))
        click.echo(
            f"{outcome.skipped:,} of {outcome.rows:,} rows skipped ({reasons}); all are in {logs / 'rejects.ndjson'}",
            err=True,
        )
    click.echo(f"{outcome.rows:,} rows: {outcome.layering:,} layering, {outcome.wash:,} wash trading")
    click.echo(f"Written: {output / 'suspicious_accounts.csv'}, {logs / 'detections.csv'}")
