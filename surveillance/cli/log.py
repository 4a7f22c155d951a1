"""`surveil log`: the audit log, and whether somebody has touched it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surveillance.cli.status import Status

if TYPE_CHECKING:
    from surveillance.audit.log import AuditLog

_FOLDER = click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")


@click.group(name="log")
def command() -> None:
    """Read the audit log, and verify that nobody has touched it.

    DIR is the folder of the log: that of $SURVEIL_AUDIT, or out/audit, which runs write to by default.
    """


def _opened(folder: Path | None) -> AuditLog:
    from surveillance.audit.log import opened_log

    return opened_log(folder)


@command.command(name="list")
@_FOLDER
@click.option("--kind", help="Only entries of this kind: run, release, alert, export, …")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N of them.")
@click.option("--json", "as_json", is_flag=True, help="Print entries as they are in the file.")
def entries(folder: Path | None, kind: str | None, last: int | None, as_json: bool) -> None:
    """List entries, the oldest first."""
    import msgspec

    found = [one for one in _opened(folder).entries() if kind is None or one.kind == kind]
    for one in found[-last:] if last else found:
        if as_json:
            click.echo(msgspec.json.encode(one))
        else:
            facts = ", ".join(f"{name} {_short(value)}" for name, value in one.what.items() if value is not None)
            click.echo(f"{one.number:>6}  {one.time[:19]}Z  {one.by}  {one.kind}: {facts}")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


@command.command(name="head")
@_FOLDER
def head(folder: Path | None) -> None:
    """Print the head of the log: number and hash of its last entry, to be kept where nobody can change it."""
    click.echo(str(_opened(folder).head()))


@command.command(name="verify")
@_FOLDER
@click.option("--head", "given", multiple=True, metavar="H", help="A head that was kept elsewhere. May be given again.")
def verify_(folder: Path | None, given: tuple[str, ...]) -> int:
    """Say which entries were changed, removed, inserted, reordered or cut off.

    The log is held against itself, against the heads of each day beside it, and against those given with --head.

    Exit statuses: 0 nothing was touched; 2 there is no log, or H is no head; 3 something was touched.
    """
    from surveillance.audit.chain import read_head, verify

    log = _opened(folder)
    try:
        heads = {**log.heads(), **{f"--head {text[:12]}…": read_head(text) for text in given}}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--head") from error
    found, problems = verify(log.path, heads)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        click.echo(f"{len(problems)} wrong with {log.path}")
        return Status.INVALID_RULES
    from surveillance.cli.report import counted

    entries_, kept = f"{found.number:,} {'entry' if found.number == 1 else 'entries'}", counted(len(heads), "head")
    click.echo(f"{entries_}, untouched; held against {kept}. Head: {found}")
    return Status.FINISHED
