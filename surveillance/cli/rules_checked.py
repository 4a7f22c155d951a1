"""All checks of the rulebooks that a command line means, less what is waived and what a branch did not touch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from surveillance.cli.rules_books import Opened, open_books
from surveillance.errors import Problem, RulesError
from surveillance.events.reference import Reference
from surveillance.rules.checked import Checked
from surveillance.rules.lock import against_lock, read_lock
from surveillance.rules.waivers import Waived, read_waivers, unused, waive
from surveillance.testing.checking import Checking
from surveillance.testing.touched import touched

if TYPE_CHECKING:
    from surveillance.evaluation.reach import Reach


def checked(
    paths: Sequence[Path],
    today: date,
    *,
    changed: str | None = None,
    strict: bool = False,
    reference: Reference | None = None,
    reach: Reach | None = None,
) -> Checked:
    """Make all checks.

    Parameters
    ----------
    paths : sequence of Path
        Rulebooks, folders and files in them.
    today : date
        Day (UTC) of the check.
    changed : str, optional
        Only problems of files touched since the branch left this one; empty: the main branch.
    strict : bool
        Whether warnings are errors.
    reference : Reference, optional
        Reference data.
    reach : Reach, optional
        What a tape reached of the rulebook's thresholds.
    """
    rules: dict[str, str] = {}
    problems: list[Problem] = []
    waived: list[Waived] = []
    suppressions, elsewhere, base = 0, 0, ""
    given = {name for name, what in (("reference", reference), ("tape", reach)) if what is not None}
    for opened in open_books(paths):
        branch = None if changed is None else touched(opened.folder, changed)
        found, left = _of_book(opened, today, reference, reach, given)
        shown = [one for one, other in found if branch is None or branch.has(one.location.file) or branch.has(other)]
        problems += shown
        waived += [one for one in left if branch is None or branch.has(one.problem.location.file)]
        elsewhere += len(found) - len(shown)
        base = branch.base if branch else base
        rules |= {rule.id: rule.file for rule in opened.rules if branch is None or branch.has(rule.file)}
        suppressions += sum(branch is None or branch.has(one.file) for one in opened.suppressions)
    problems.sort(key=lambda one: (one.location.file, one.location.line, one.location.column))
    return Checked(rules, suppressions, problems, waived, elsewhere, base, strict, reach.as_dict() if reach else {})


def _of_book(
    opened: Opened, today: date, reference: Reference | None, reach: Reach | None, given: set[str]
) -> tuple[list[tuple[Problem, str]], list[Waived]]:
    """Return the problems of one rulebook, each with another file that it is about or its own, and what is waived."""
    checking = Checking(
        opened.book, opened.rules, opened.suppressions, opened.detectors, opened.documents, today, reference
    )
    across = dict(checking.across())
    problems = [*opened.problems, *checking.problems(), *across, *_against_lock(opened)]
    problems += reach.problems(opened.rules) if reach else []
    waivers, faults = read_waivers(opened.asked)
    problems, waived = waive(problems, waivers)
    broken = {one.location.file for one in opened.problems}
    sound = [one for one in waivers if one.place.file not in broken]
    problems += [*faults, *unused(sound, waived, given)]
    return [(one, across.get(one, one.location.file)) for one in problems], waived


def _against_lock(opened: Opened) -> list[Problem]:
    """Hold the rules that were asked for against the lock of their rulebook, which counts only while it is valid."""
    try:
        lock = read_lock(opened.folder)
    except RulesError as error:
        return error.problems
    if lock is None or opened.book is None:
        return []
    asked = {one.file for one in opened.rules}
    there = [Path(file).stem for file in opened.documents]  # if not valid, then at least not deleted
    found = against_lock(opened.book, lock, opened.folder, there)
    whole = len(asked) == len(opened.book.rules)
    return [one for one in found if one.location.file in asked or whole]
