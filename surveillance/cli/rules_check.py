"""`surveil rules check`: everything that is wrong with the rules, like a compiler, all at once."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surveillance.cli.status import Status

if TYPE_CHECKING:
    from surveillance.cli.rules_books import Opened
    from surveillance.errors import Problem


@click.command(name="check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Check the rulebook, folders or files at PATH; the shipped rulebook by default.

    Besides being valid, a rule must have a test that finds something and one that finds nothing, and their tapes must
    be readable; an active rule must say its references, rationale, false positives and blind spots; no suppression
    may have expired; and where there is a rulebook.lock.json, a rule whose content changed must have a new version, and
    no active rule may be gone that was not retired. Tests are not run: see `surveil rules test`.

    Exit statuses: 0 nothing is wrong; 2 usage; 3 something is wrong.
    """
    from surveillance.cli.report import counted
    from surveillance.cli.rules_books import open_books
    from surveillance.testing.checking import check_rules, check_suppressions

    today = datetime.now(timezone.utc).date()
    problems, rules, suppressions = [], 0, 0
    for opened in open_books(paths):
        currency = opened.book.base_currency if opened.book else "USD"
        problems += opened.problems
        problems += check_rules(opened.rules, opened.detectors, currency)
        problems += check_suppressions(opened.suppressions, today)
        problems += _against_lock(opened)
        rules += len(opened.rules)
        suppressions += len(opened.suppressions)
    problems.sort(key=lambda one: (one.location.file, one.location.line, one.location.column))
    if as_json:
        told = {"valid_rules": rules, "suppressions": suppressions, "problems": [one.as_dict() for one in problems]}
        click.echo(json.dumps({"format": 1, **told}, indent=2, ensure_ascii=False))
        return Status.INVALID_RULES if problems else Status.FINISHED
    for problem in problems:
        click.echo(str(problem))
    files = len({one.location.file for one in problems})
    if problems:
        click.echo(f"{counted(len(problems), 'problem')} in {counted(files, 'file')}")
        return Status.INVALID_RULES
    beside = f" and {counted(suppressions, 'suppression')}" if suppressions else ""
    click.echo(f"{counted(rules, 'rule')}{beside}: nothing is wrong")
    return Status.FINISHED


def _against_lock(opened: Opened) -> list[Problem]:
    """Hold the rules that were asked for against the lock of their rulebook, which counts only while it is valid."""
    from surveillance.rules.lock import against_lock, read_lock

    lock = read_lock(opened.folder)
    if lock is None or opened.book is None:
        return []
    asked = {one.file for one in opened.rules}
    found = against_lock(opened.book, lock, opened.folder)
    whole = len(asked) == len(opened.book.rules)
    return [one for one in found if one.location.file in asked or whole]
