"""`surveil rules check`: everything that is wrong with the rules, like a compiler, all at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from surveillance.cli.status import Status

if TYPE_CHECKING:
    from surveillance.errors import Problem
    from surveillance.evaluation.reach import Reach
    from surveillance.rules.checked import Checked

FORMATS: Final = ("text", "json", "sarif", "junit", "github")

_PATH = click.Path(path_type=Path)


def _explain(context: click.Context, _option: click.Parameter, code: str | None) -> None:
    """Print the page of a check and end."""
    if code is None:
        return
    from surveillance.documents.validation import did_you_mean
    from surveillance.rules.checks import CHECKS, section

    if code not in CHECKS:
        raise click.BadParameter(f"no check is called {code}; {did_you_mean(code, CHECKS)}")
    click.echo(section(CHECKS[code]))
    context.exit()


@click.command(name="check")
@click.argument("paths", nargs=-1, type=_PATH, metavar="[PATH]...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How it is told.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option(
    "--changed",
    is_flag=False,
    flag_value="",
    metavar="[REF]",
    help="Only problems of files touched since the branch left REF.  [default: origin/main or main]",
)
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data: do the names in suppressions exist?")
@click.option("--tape", type=_PATH, multiple=True, metavar="SOURCE", help="Events: could each limit be reached?")
@click.option("--feed", metavar="NAME|FILE", help="Feed profile of --tape.")
@click.option("--rates", type=_PATH, multiple=True, metavar="FILE", help="Exchange rates for --tape.")
@click.option("--pages", default="", metavar="URL", help="Where docs/checks.md is published, for SARIF.")
@click.option(
    "--explain", callback=_explain, is_eager=True, expose_value=False, metavar="CODE", help="Tell of a check."
)
def command(
    *,
    paths: tuple[Path, ...],
    form: str,
    as_json: bool,
    strict: bool,
    changed: str | None,
    reference: Path | None,
    pages: str,
    **tape: Any,
) -> int:
    """Check the rulebook, folders or files at PATH; the shipped rulebook by default.

    Besides being valid, a rule must have a test that finds something and one that finds nothing, and their tapes must
    be readable; an active rule must say its references, rationale, false positives and blind spots; no suppression
    may have expired; and where there is a rulebook.lock.json, a rule whose content changed must have a new version, and
    no active rule may be gone that was not retired. Warnings tell of rules that another one makes superfluous, tests
    that cannot fail, overdue reviews, and texts that name another threshold. docs/checks.md has them all. Tests are not
    run: see `surveil rules test`.

    Exit statuses: 0 no errors; 2 usage; 3 an error, or a warning with --strict.
    """
    from surveillance.cli.rules_checked import checked
    from surveillance.events.reference import read_reference

    if changed and Path(changed).exists():  # `--changed rules`: what follows is a path and no branch
        paths, changed = (Path(changed), *paths), ""
    known = read_reference(reference) if reference else None
    reach = _reach(paths, reference, tape) if tape["tape"] else None
    today = datetime.now(timezone.utc).date()
    found = checked(paths, today, changed=changed, strict=strict, reference=known, reach=reach)
    if tape["tape"] and reach is None:
        found = replace(found, measured={"said": "the tape was not read, since the rulebook is not valid"})
    for line in _told("json" if as_json else form, found, pages):
        click.echo(line)
    return Status.INVALID_RULES if found.errors else Status.FINISHED


def _told(form: str, found: Checked, pages: str) -> Iterator[str]:
    if form == "json":
        yield json.dumps(found.as_dict(), indent=2, ensure_ascii=False)
    elif form == "sarif":
        from surveillance.reports.check_sarif import as_sarif

        yield json.dumps(as_sarif(found, pages), indent=2, ensure_ascii=False)
    elif form == "junit":
        from surveillance.reports.check_junit import as_junit

        yield as_junit(found).rstrip("\n")
    elif form == "github":
        from surveillance.reports.check_github import as_github

        yield from as_github(found)
        yield _summary(found)
    else:
        yield from (_line(found, problem) for problem in found.problems)
        yield _summary(found)


def _line(found: Checked, problem: Problem) -> str:
    severity = found.severity(problem)
    place = str(problem.location)
    shown = click.style(f"{severity}:", fg="red" if severity == "error" else "yellow")
    said = str(problem).removeprefix(f"{place}: ")
    return f"{place}: {shown} {said}" if place else f"{shown} {said}"


def _summary(found: Checked) -> str:
    from surveillance.cli.report import counted

    errors, warnings = len(found.errors), len(found.problems) - len(found.errors)
    files = len({one.location.file for one in found.problems})
    parts = [counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    what = counted(len(found.rules), "rule")
    what += f" and {counted(found.suppressions, 'suppression')}" if found.suppressions else ""
    said = f"{' and '.join(parts)} in {counted(files, 'file')}" if parts else f"{what}: nothing is wrong"
    said += f"; {len(found.waived):,} waived" if found.waived else ""
    if found.base:
        said += f"; of what changed since {found.base[:10]}"
        said += f", {found.elsewhere:,} more in other files" if found.elsewhere else ""
    return f"{said}\n{found.measured['said']}" if found.measured else said


def _reach(paths: tuple[Path, ...], reference: Path | None, tape: dict[str, Any]) -> Reach | None:
    from surveillance.bundle import rules_folder
    from surveillance.cli.rules_books import open_books
    from surveillance.evaluation.reach import reach_of

    if tape["feed"] is None:
        raise click.UsageError("--tape needs --feed")
    if reference is None:
        raise click.UsageError("--tape needs --reference: it says which instruments are in which band")
    (opened,) = open_books(paths or (rules_folder(),))
    if opened.problems or opened.book is None:
        return None
    currency = opened.book.base_currency
    return reach_of(tape["tape"], opened.folder, currency, feed=tape["feed"], reference=reference, rates=tape["rates"])
