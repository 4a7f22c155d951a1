"""`surveil audit release`: the evidence file of a release, for an examiner."""

from __future__ import annotations

import json
from pathlib import Path

import click

from surveillance.cli.options import audit
from surveillance.cli.status import Status

_PATH = click.Path(path_type=Path)


@click.command(name="release")
@click.argument("tag", metavar="TAG")
@click.option("--rules", type=_PATH, default=Path("rules"), show_default=True, metavar="DIR", help="Rulebook.")
@audit
@click.option("--out", type=_PATH, metavar="FILE", help="Write it; else it is printed.")
def command(tag: str, rules: Path, audit: Path | None, out: Path | None) -> int:
    """Give the evidence file of the release TAG: manifest, every rule's text, approval, and entries of the audit log.

    The files are held against the manifest, the manifest against the tag, and the log against itself and the head
    that the manifest wrote down.

    Exit statuses: 0 all agrees; 2 there is no such release; 3 something was touched.
    """
    from surveillance.audit.evidence import evidence_of
    from surveillance.audit.log import opened_log

    told = evidence_of(tag, rules, opened_log(audit))
    text = json.dumps(told, indent=2, ensure_ascii=False)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        click.echo(f"Written: {out}; {len(told['files'])} files, {len(told['log'])} entries of the log")
    for line in told["differences"]:
        click.echo(f"differs: {line}", err=True)
    return Status.INVALID_RULES if told["differences"] else Status.FINISHED
