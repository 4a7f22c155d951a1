"""Waivers: comments that set a check of judgement aside in one place, with the reason for who reads it later."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from surveillance.documents.validation import did_you_mean
from surveillance.errors import Location, Problem
from surveillance.rules.checks import CHECKS

HINT: Final = "write # surveil: allow CODE because REASON"

_COMMENT = re.compile(r"(?<!\S)#[ \t]*surveil:(.*)")
_WAIVER = re.compile(r"\s*allow\s+([\w-]+(?:\s*,\s*[\w-]+)*)(?:\s+because(?:\s+(\S.*?))?)?\s*")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One comment.

    Parameters
    ----------
    codes : tuple of str
        Checks that it waives.
    reason : str
        Why.
    place : Location
        Where it stands.
    lines : tuple of int
        Its line, and the next one that is more than a comment.
    """

    codes: tuple[str, ...]
    reason: str
    place: Location
    lines: tuple[int, int]

    def covers(self, problem: Problem) -> bool:
        """Tell whether a problem is one that it waives."""
        where = problem.location
        return problem.code in self.codes and where.file == self.place.file and where.line in self.lines


@dataclass(frozen=True, slots=True)
class Waived:
    """A problem, and why it is left alone."""

    problem: Problem
    reason: str


def read_waivers(files: Iterable[str]) -> tuple[list[Waiver], list[Problem]]:
    """Read the waivers in YAML files, and what is wrong with them; files that cannot be read have none.

    Parameters
    ----------
    files : iterable of str
        Their paths.
    """
    waivers: list[Waiver] = []
    problems: list[Problem] = []
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):  # told by the reader of the rule
            continue
        if "surveil:" in text:
            for place, content, lines in _comments(text, file):
                waiver, faults = _read(place, content, lines)
                waivers += [waiver] if waiver else []
                problems += faults
    return waivers, problems


def waive(problems: Iterable[Problem], waivers: Sequence[Waiver]) -> tuple[list[Problem], list[Waived]]:
    """Return the problems that no waiver covers, and those that one does."""
    left: list[Problem] = []
    waived: list[Waived] = []
    for problem in problems:
        found = next((one for one in waivers if one.covers(problem)), None)
        if found is None:
            left.append(problem)
        else:
            waived.append(Waived(problem, found.reason))
    return left, waived


def unused(waivers: Iterable[Waiver], waived: Sequence[Waived], given: Collection[str]) -> list[Problem]:
    """Say which waivers waive nothing.

    Parameters
    ----------
    waivers : iterable of Waiver
        Of files in which nothing is wrong, so that all was checked.
    waived : sequence of Waived
        What was waived.
    given : collection of str
        What the checks that need something were given, ``reference`` or ``tape``; the others were not made.
    """
    problems = []
    for one in waivers:
        for code in one.codes:
            needs = CHECKS[code].needs
            used = any(code == each.problem.code and one.covers(each.problem) for each in waived)
            if not used and (not needs or needs in given):
                message = f"nothing here is {code}, so that nothing is waived"
                problems.append(Problem("unused-waiver", message, one.place, "take the comment out"))
    return problems


def _comments(text: str, file: str) -> Iterator[tuple[Location, str, tuple[int, int]]]:
    """Yield place and content of the comments that are for us, and the lines that they are about."""
    lines = text.splitlines()
    spans = list(_texts(text))
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found is None or any(begin <= (number, found.start()) < end for begin, end in spans):
            continue
        following = (later for later in range(number + 1, len(lines) + 1) if _is_content(lines[later - 1]))
        yield Location(file, number, found.start() + 1), found[1], (number, next(following, number))


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _texts(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield where each scalar begins and ends, as line from 1 and column from 0: what is in them is no comment."""
    parser = yaml.CSafeLoader(text)
    try:
        while (event := parser.get_event()) is not None:
            if isinstance(event, yaml.ScalarEvent):
                start: Any = event.start_mark
                end: Any = event.end_mark
                block = event.style in {"|", ">"}  # behind the sign that opens it may stand a comment
                first = (start.line + 2, 0) if block else (start.line + 1, start.column)
                yield first, (end.line + 1, end.column)
    except yaml.YAMLError:  # told by the reader of the rule
        return
    finally:
        parser.dispose()


def _read(place: Location, content: str, lines: tuple[int, int]) -> tuple[Waiver | None, list[Problem]]:
    found = _WAIVER.fullmatch(content)
    if found is None:
        return None, [Problem("bad-waiver", f"'surveil:{content}' is no waiver", place, HINT)]
    codes = tuple(re.split(r"\s*,\s*", found[1]))
    if found[2] is None:
        return None, [Problem("bad-waiver", f"{', '.join(codes)} is waived without a reason", place, HINT)]
    problems = []
    for code in codes:
        if code not in CHECKS:
            known = [one.code for one in CHECKS.values() if one.waivable]
            problems.append(Problem("bad-waiver", f"no check is called {code}", place, did_you_mean(code, known)))
        elif not CHECKS[code].waivable:
            message = f"{code} cannot be waived: it is no matter of judgement"
            problems.append(Problem("bad-waiver", message, place, "mend what it says, and take the comment out"))
    fine = tuple(code for code in codes if code in CHECKS and CHECKS[code].waivable)
    return (Waiver(fine, found[2], place, lines) if fine else None), problems
