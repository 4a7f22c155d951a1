"""`surveil rules lock`: write down which content each version of a rule stands for."""

from __future__ import annotations

from pathlib import Path

import click

from surveillance.cli.status import Status


@click.command(name="lock")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--check", is_flag=True, help="Write nothing; fail if the lock is not that of the rules.")
def command(folder: Path | None, check: bool) -> int:
    """Write rulebook.lock.json of the rulebook in DIR: versions, hashes of content, versions of detectors.

    Refused while a rule's content has changed and its version has not, or while an active rule is gone that was not
    retired: then the same version would mean two things.

    Exit statuses: 0 the lock is that of the rules; 2 usage; 3 the rules are wrong, or differ with --check.
    """
    from surveillance.cli.report import counted
    from surveillance.cli.rules_books import open_valid
    from surveillance.errors import RulesError
    from surveillance.rules.lock import LOCK, against_lock, lock_of, out_of_step, read_lock

    book, opened = open_valid(folder)
    lock = read_lock(opened.folder)
    problems = against_lock(book, lock, opened.folder) if lock else []
    if problems:
        raise RulesError(problems)
    now = lock_of(book, opened.versions)
    said = out_of_step(now, lock)
    for line in said:
        click.echo(line)
    path = opened.folder / LOCK
    if check:
        click.echo(f"{path} is {'not ' if said else ''}that of {counted(len(now.rules), 'rule')}")
        return Status.INVALID_RULES if said else Status.FINISHED
    if said:
        path.write_text(now.text(), encoding="utf-8")
    click.echo(f"{path} {'written' if said else 'is right'}: {counted(len(now.rules), 'rule')}")
    return Status.FINISHED
