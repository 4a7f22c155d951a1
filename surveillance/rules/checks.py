"""All checks by their ids, and the page of the documentation that describes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from surveillance.errors import Problem
from surveillance.rules.check import ERROR, Check
from surveillance.rules.checks_of_form import checks_of_form
from surveillance.rules.checks_of_judgement import checks_of_judgement
from surveillance.rules.checks_of_meaning import checks_of_meaning

CHECKS: Final = {one.code: one for one in (*checks_of_form(), *checks_of_meaning(), *checks_of_judgement())}
"""By id, in the order of the page."""

PAGE: Final = "docs/checks.md"
"""Where each has a section, under its id."""

_HEAD: Final = """# What `surveil rules check` checks

<!-- Made by: python -m surveillance.rules.checks docs/checks.md -->

Each problem that it tells has the id of a check. Errors end it with exit status 3; warnings do so with `--strict`. A
check that is marked so may be waived on the line of the problem or the line before, with a reason:
`# surveil: allow CODE because REASON`. `surveil rules check --explain CODE` prints a section of this page.
[rules.md](rules.md#check) has the options and output formats."""


def check_of(code: str) -> Check:
    """Return the check of a problem; those of rejected records are codes of `tape-event`."""
    return CHECKS.get(code) or CHECKS["tape-event"]


def is_error(problem: Problem) -> bool:
    """Tell whether a problem makes a check fail."""
    return check_of(problem.code).severity == ERROR


def section(check: Check) -> str:
    """Return what the page says of a check, as Markdown."""
    marks = [check.severity]
    marks += [f"needs `--{check.needs}`"] if check.needs else []
    marks += ["can be waived"] if check.waivable else []
    lines = [f"## {check.code}", ", ".join(marks).capitalize() + ".", check.meaning, f"**Why:** {check.why}"]
    lines += [f"**What to do:** {check.mend}", f"```text\n{check.example}\n```"]
    return "\n\n".join(lines)


def page() -> str:
    """Return the page of all checks."""
    return "\n\n".join(_parts()) + "\n"


def _parts() -> Iterator[str]:
    yield _HEAD
    for group, checks in groupby(CHECKS.values(), key=lambda one: one.group):
        listed = list(checks)
        links = ", ".join(f"[{one.code}](#{one.code})" for one in listed)
        yield f"**{group}**: {links}"
    yield from (section(one) for one in CHECKS.values())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8", newline="\n")
