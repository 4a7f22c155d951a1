"""A rule is retired in its file, with who decided it and why: it stays for those who audit its alerts."""

from __future__ import annotations

from pathlib import Path

from surveillance.documents.editing import edited, folded
from surveillance.errors import InputError, Location, Problem
from surveillance.rules import Rule

_INDENT = 2


def retired(rule: Rule, *, reason: str, by: str, on: str) -> str:
    """Return the file of a rule with its status, version and reason changed, and all else as it was.

    Parameters
    ----------
    rule : Rule
        A valid one.
    reason, by : str
        Why, and who decided it.
    on : str
        The day, as ``2026-11-21``.

    Raises
    ------
    InputError
        The rule is retired already.
    """
    if rule.status == "retired":
        raise InputError(Problem("retired", f"{rule.id} is retired already: {rule.retired}", Location(rule.file)))
    text = Path(rule.file).read_text(encoding="utf-8")
    text = edited(text, {("status",): "retired", ("version",): str(rule.version + 1)})
    said = folded(" ".join(reason.split()), 2 * _INDENT)
    block = f"retired:\n  on: {on}\n  by: {folded(by, _INDENT)}\n  reason: {said}\n"
    lines = text.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines, 1) if line.startswith("status:"))
    return "".join([*lines[:place], block, *lines[place:]])
