"""What came of a check: problems by severity, what was waived, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveillance.errors import Problem
from surveillance.rules.check import ERROR, WARNING
from surveillance.rules.checks import PAGE, check_of, is_error
from surveillance.rules.waivers import Waived


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    Parameters
    ----------
    rules : Mapping
        Id to file of the valid rules that were checked.
    suppressions : int
        How many were.
    problems : sequence of Problem
        In the order of file and line.
    waived : sequence of Waived
        Problems that a comment waives.
    elsewhere : int
        Problems in files that the branch did not touch.
    base : str
        Commit that the branch began at; empty when all files are meant.
    strict : bool
        Whether warnings are errors.
    measured : mapping
        What a tape reached of each threshold; empty without one.
    """

    rules: Mapping[str, str]
    suppressions: int
    problems: Sequence[Problem]
    waived: Sequence[Waived] = ()
    elsewhere: int = 0
    base: str = ""
    strict: bool = False
    measured: Mapping[str, Any] = field(default_factory=dict)

    def severity(self, problem: Problem) -> str:
        """Return ``error`` or ``warning``."""
        return ERROR if self.strict or is_error(problem) else WARNING

    @property
    def errors(self) -> list[Problem]:
        """Problems that make the check fail."""
        return [one for one in self.problems if self.severity(one) == ERROR]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        told = {
            "format": 1,
            "valid_rules": len(self.rules),
            "suppressions": self.suppressions,
            "errors": len(self.errors),
            "warnings": len(self.problems) - len(self.errors),
            "problems": [self._told(one) for one in self.problems],
            "waived": [{**self._told(one.problem), "reason": one.reason} for one in self.waived],
            "elsewhere": self.elsewhere,
            "base": self.base or None,
        }
        return {**told, "measured": dict(self.measured)} if self.measured else told

    def _told(self, problem: Problem) -> dict[str, Any]:
        page = f"{PAGE}#{check_of(problem.code).code}"
        return {**problem.as_dict(), "severity": self.severity(problem), "page": page}
