"""`surveil rules release`: rules become a release when check, tests, lock, law, tape and approval agree."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveillance.cli.options import audit

if TYPE_CHECKING:
    from surveillance.audit.release import Proposed

_PATH = click.Path(path_type=Path)


@click.command(name="release")
@click.argument("version", metavar="X.Y.Z")
@click.option("--approval", required=True, metavar="REF", help="Tag or commit that an approver signed.")
@click.option("--rules", type=_PATH, default=Path("rules"), show_default=True, metavar="DIR", help="Rulebook.")
@click.option(
    "--tape", type=_PATH, multiple=True, required=True, metavar="SOURCE", help="Events that both releases judge."
)
@click.option("--feed", required=True, metavar="NAME|FILE", help="Feed profile of --tape.")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data for --tape.")
@click.option("--rates", type=_PATH, multiple=True, metavar="FILE", help="Exchange rates for --tape.")
@click.option("--privacy-key", type=_PATH, metavar="FILE", help="Key of pseudonyms, where the rulebook asks for them.")
@audit
@click.option("--wheels", type=_PATH, multiple=True, metavar="PATH", help="Wheels of engine and plugins, for replays.")
@click.option("--dry-run", is_flag=True, help="Say whether it could be released, and write nothing.")
def command(
    *,
    version: str,
    approval: str,
    rules: Path,
    audit: Path | None,
    wheels: tuple[Path, ...],
    dry_run: bool,
    **tape: Any,
) -> None:
    """Release the committed rules as X.Y.Z.

    Refused unless they are valid and tested, the lock is theirs, the version takes the step that the law demands after
    the last release, REF is a signature of these very rules by somebody in approvers.yaml who is none of the authors,
    and the alerts of the tape have been compared with the last release. Writes the manifest and the changelog, commits
    them, and tags the commit rules-vX.Y.Z.
    """
    from surveillance.audit.approvals import approval_of, authors_of, read_approvers
    from surveillance.audit.hashing import sha256_of
    from surveillance.audit.log import opened_log
    from surveillance.audit.release import disagreements, manifest, publish, tags
    from surveillance.audit.wheels import wheels_in
    from surveillance.errors import RulesError
    from surveillance.rules.law import read_version

    try:
        read_version(version)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="X.Y.Z") from error
    previous = next(reversed(tags(rules)), None)
    tests = _tested(rules)
    proposed = _proposed(rules, version, previous, tape)
    problems = disagreements(proposed)
    found, authors = None, authors_of(rules, previous)
    try:
        found = approval_of(approval, rules, read_approvers(rules), authors)
    except RulesError as error:
        problems += error.problems
    if problems or found is None:
        raise RulesError(problems)
    log = opened_log(audit)
    head = str(log.head()) if log.path.exists() else ""
    said = manifest(proposed, found, authors, tests, head, wheels_in(wheels))
    if dry_run:
        click.echo(
            f"{version} could be released: approved by {found.approver.name}, {said['step']} step, {tests} tests"
        )
        return
    tag = publish(proposed, said, datetime.now(timezone.utc).date().isoformat())
    path = rules / "releases" / f"{version}.json"
    facts = {"tag": tag, "rulebook": said["rulebook"], "digest": said["digest"], "manifest": sha256_of(path)}
    log.add("approval", {**facts, "approval": said["approval"]}, by=found.approver.email)
    log.add("release", facts)
    click.echo(f"{tag}: {path}, approved by {found.approver.name}. Publish it: git push --follow-tags")


def _tested(rules: Path) -> int:
    """Check the rulebook and play its tests; return how many there are."""
    from surveillance.cli.rules_books import open_valid
    from surveillance.cli.rules_checked import checked
    from surveillance.errors import Problem, RulesError
    from surveillance.rules.check import LOCK
    from surveillance.rules.checks import check_of
    from surveillance.testing.rule_tests import run_tests

    book, opened = open_valid(rules)
    today = datetime.now(timezone.utc).date()
    problems = [one for one in checked([rules], today).errors if check_of(one.code).group != LOCK]  # told later
    outcomes = run_tests(opened.rules, book, opened.detectors)
    failed = [f"{one.rule.id}: {one.test.name}" for one in outcomes if not one.passed]
    if failed:
        problems.append(
            Problem("tests-failed", f"{len(failed)} tests fail: {'; '.join(failed[:3])}", hint="surveil rules test")
        )
    if problems:
        raise RulesError(problems)
    return len(outcomes)


def _proposed(rules: Path, version: str, previous: str | None, tape: dict[str, Any]) -> Proposed:
    from surveillance.audit.diff import diff
    from surveillance.audit.release import Proposed
    from surveillance.audit.revisions import checked_out
    from surveillance.cli.rules_diff import judged_by_both, side_of

    sources = tape.pop("tape")
    with checked_out(previous or "", rules) as before:
        old, new = side_of(before, previous or "nothing released"), side_of(rules, "HEAD")
        found = diff(old, new, judged_by_both(sources, [before, rules], tape))
    return Proposed(rules, version, new, previous, found)
