"""A check as a JUnit report: one case a rule, and one for each other file in which something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from xml.sax.saxutils import escape, quoteattr

from surveillance.errors import Problem
from surveillance.rules.check import ERROR
from surveillance.rules.checked import Checked


def as_junit(checked: Checked) -> str:
    """Return the report; warnings are in the output of their cases."""
    names = {file: name for name, file in checked.rules.items()}
    names |= {one.location.file: _name(one) for one in checked.problems if one.location.file not in names}
    of_file: dict[str, list[Problem]] = {file: [] for file in names}
    for one in checked.problems:
        of_file[one.location.file].append(one)
    failed = sum(any(checked.severity(one) == ERROR for one in problems) for problems in of_file.values())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="surveil rules check" tests="{len(of_file)}" failures="{failed}" errors="0">',
        *(line for file, problems in of_file.items() for line in _case(checked, names[file], file, problems)),
        "</testsuite>",
    ]
    return "\n".join(lines) + "\n"


def _name(problem: Problem) -> str:
    path = PurePath(problem.location.file)
    return path.stem if path.suffix == ".yaml" else path.name or problem.code


def _case(checked: Checked, name: str, file: str, problems: Sequence[Problem]) -> Iterator[str]:
    errors = [one for one in problems if checked.severity(one) == ERROR]
    warnings = [one for one in problems if one not in errors]
    yield f'  <testcase classname="check" name={quoteattr(name)} file={quoteattr(file)}>'
    if errors:
        text = escape("\n".join(map(str, errors)))
        kinds = quoteattr(", ".join(dict.fromkeys(one.code for one in errors)))
        yield f"    <failure type={kinds} message={quoteattr(errors[0].message)}>{text}</failure>"
    if warnings:
        text = escape("\n".join(f"warning: {one}" for one in warnings))
        yield f"    <system-out>{text}</system-out>"
    yield "  </testcase>"
