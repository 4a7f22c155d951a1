"""`surveil rules test`: play the tests inside the rules and show what came out differently."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import click

from surveillance.cli.status import Status

if TYPE_CHECKING:
    from surveillance.errors import Problem
    from surveillance.testing.rule_tests import Outcome


@click.command(name="test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--all", "show_all", is_flag=True, help="Show tests that pass as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report too.")
def command(paths: tuple[Path, ...], show_all: bool, as_json: bool, junit: Path | None) -> int:
    """Run the tests inside the rules at PATH; those of the shipped rulebook by default.

    Each rule runs alone, whatever its status, through the engine that also runs in production. Failures are shown last,
    as a diff of expected (-) and found (+), with the conditions of the candidate that came nearest.

    Exit statuses: 0 all pass; 2 usage; 3 a test fails or a rule is not valid.
    """
    from surveillance.cli.report import counted
    from surveillance.cli.rules_books import open_books
    from surveillance.testing.rule_tests import run_tests

    started = time.perf_counter()
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    rules = 0
    for opened in open_books(paths):
        problems += opened.problems
        rules += len(opened.rules)
        if opened.book is not None:
            outcomes += run_tests(opened.rules, opened.book, opened.detectors)
    seconds = time.perf_counter() - started
    failed = [one for one in outcomes if not one.passed]
    if junit is not None:
        _write_junit(junit, outcomes, problems)
    if as_json:
        click.echo(json.dumps(_as_dict(outcomes, problems, rules), indent=2, ensure_ascii=False))
        return Status.INVALID_RULES if failed or problems else Status.FINISHED
    if show_all:
        for one in outcomes:
            if one.passed:
                click.echo(f"{click.style('pass', fg='green')} {_title(one)}")
    for problem in problems:
        click.echo(str(problem))
    for one in failed:
        _show(one)
    untested = f", {counted(len(problems), 'problem')} in rules that are not valid" if problems else ""
    click.echo(
        f"{counted(len(outcomes), 'test')} of {counted(rules, 'rule')}: {len(outcomes) - len(failed):,} passed, "
        f"{len(failed):,} failed{untested} ({seconds:.2f} s)"
    )
    return Status.INVALID_RULES if failed or problems else Status.FINISHED


def _title(outcome: Outcome) -> str:
    return f"{outcome.rule.id}: {outcome.test.name}"


def _show(outcome: Outcome) -> None:
    """Print why a test failed."""
    from surveillance.testing.telling import explain

    colours = {"-": "red", "+": "green"}
    click.echo(f"{click.style('FAIL', fg='red', bold=True)} {_title(outcome)}")
    click.echo(f"     {outcome.test.place}")
    for line in explain(outcome):
        click.echo("     " + click.style(line, fg=colours.get(line[:1])))
    click.echo()


def _as_dict(outcomes: Sequence[Outcome], problems: Sequence[Problem], rules: int) -> dict[str, Any]:
    from surveillance.testing.telling import outcome_dict

    passed = sum(one.passed for one in outcomes)
    return {
        "format": 1,
        "rules": rules,
        "tests": len(outcomes),
        "passed": passed,
        "failed": len(outcomes) - passed,
        "problems": [problem.as_dict() for problem in problems],
        "results": [outcome_dict(one) for one in outcomes],
    }


def _write_junit(file: Path, outcomes: Sequence[Outcome], problems: Sequence[Problem]) -> None:
    failed = sum(not one.passed for one in outcomes)
    counts = f'tests="{len(outcomes) + len(problems)}" failures="{failed}" errors="{len(problems)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="surveil rules test" {counts}>',
        *(line for one in outcomes for line in _junit_case(one)),
        *(line for problem in problems for line in _junit_problem(problem)),
        "</testsuite>",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _junit_case(outcome: Outcome) -> Iterator[str]:
    from surveillance.testing.telling import explain

    place = outcome.test.place
    name = f"classname={quoteattr(outcome.rule.id)} name={quoteattr(outcome.test.name)}"
    head = f'  <testcase {name} file={quoteattr(place.file)} line="{place.line}"'
    if outcome.passed:
        yield f"{head}/>"
        return
    text = "\n".join(explain(outcome))
    yield f"{head}>"
    yield f"    <failure message={quoteattr(text.splitlines()[0])}>{escape(text)}</failure>"
    yield "  </testcase>"


def _junit_problem(problem: Problem) -> Iterator[str]:
    yield f"  <testcase classname={quoteattr(problem.location.file)} name={quoteattr(problem.code)}>"
    yield f"    <error message={quoteattr(problem.message)}>{escape(str(problem))}</error>"
    yield "  </testcase>"
