"""A check as SARIF 2.1.0, which systems of code review and editors read; what is waived is there as suppressed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from surveillance import __version__
from surveillance.errors import Problem
from surveillance.reports.check_places import from_top
from surveillance.rules.check import Check
from surveillance.rules.checked import Checked
from surveillance.rules.checks import PAGE, check_of, section

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(checked: Checked, pages: str = "") -> dict[str, Any]:
    """Return the log.

    Parameters
    ----------
    checked : Checked
        What came of the check.
    pages : str
        Address at which docs/checks.md is published; each rule then has its place there as ``helpUri``. What the
        page says is in the log in any case.
    """
    problems = [*checked.problems, *(one.problem for one in checked.waived)]
    checks = list({one.code: check_of(one.code) for one in problems}.items())
    order = {code: place for place, (code, _) in enumerate(checks)}
    results = [_result(checked, one, order, []) for one in checked.problems]
    for waived in checked.waived:
        suppressed = [{"kind": "inSource", "justification": waived.reason}]
        results.append(_result(checked, waived.problem, order, suppressed))
    driver = {
        "name": "surveil rules check",
        "semanticVersion": __version__,
        "rules": [_rule(code, check, pages) for code, check in checks],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, check: Check, pages: str) -> dict[str, Any]:
    told = {
        "id": code,
        "shortDescription": {"text": check.meaning},
        "fullDescription": {"text": f"{check.meaning} {check.why}"},
        "help": {"text": _help(check), "markdown": "\n\n".join([section(check), *_waiver(check)])},
        "defaultConfiguration": {"level": check.severity},
    }
    return {**told, "helpUri": f"{pages}#{check.code}"} if pages else told


def _help(check: Check) -> str:
    """Return all that the page says of a check, for readers who see no Markdown and have no page."""
    said = [check.meaning, f"Why: {check.why}", f"What to do: {check.mend}", f"For example:\n{check.example}"]
    return "\n\n".join(
        [*said, *_waiver(check), f"See also: surveil rules check --explain {check.code}; {PAGE}#{check.code}"]
    )


def _waiver(check: Check) -> list[str]:
    comment = f"# surveil: allow {check.code} because REASON"
    return [f"A comment on the line or the one before waives it, with a reason: {comment}"] if check.waivable else []


def _result(
    checked: Checked, problem: Problem, order: dict[str, int], suppressions: Sequence[dict[str, str]]
) -> dict[str, Any]:
    text = f"{problem.message}. Hint: {problem.hint}" if problem.hint else problem.message
    told: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": order[problem.code],
        "level": checked.severity(problem),
        "message": {"text": text},
        "locations": _locations(problem),
        "partialFingerprints": {"problem/v1": _fingerprint(problem)},
    }
    return {**told, "suppressions": list(suppressions)} if suppressions else told


def _locations(problem: Problem) -> list[dict[str, Any]]:
    place = problem.location
    if not place.file:
        return []
    path = PurePosixPath(from_top(place.file))
    inside = {"uri": quote(str(path)), "uriBaseId": "%SRCROOT%"}
    physical: dict[str, Any] = {"artifactLocation": {"uri": path.as_uri()} if path.is_absolute() else inside}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    logical = [{"fullyQualifiedName": place.path, "kind": "member"}] if place.path else []
    return [{"physicalLocation": physical, **({"logicalLocations": logical} if logical else {})}]


def _fingerprint(problem: Problem) -> str:
    """Return what stays the same when lines before a problem come and go."""
    said = [problem.code, from_top(problem.location.file), problem.location.path, problem.message]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]
