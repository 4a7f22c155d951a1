"""What a rulebook must have beyond being valid: tests that mean something, reasons, suppressions that still hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from surveillance.errors import Location, Problem
from surveillance.events.dictionary import Dictionaries
from surveillance.rules import Rule, Suppression
from surveillance.testing.playing import Detectors
from surveillance.testing.rule_tests import prepare

SAID: Final = {
    "references": "name the regulation or source that the rule and its thresholds rest on",
    "rationale": "say why the thresholds are what they are, and by when that is looked at again",
    "false_positives": "name honest behaviour that looks the same",
    "blind_spots": "name abuse that the rule cannot see",
}
"""What an active rule says to those who rely on it, and how to mend that it does not."""


def check_rules(rules: Sequence[Rule], detectors: Detectors, currency: str) -> list[Problem]:
    """Say what valid rules lack.

    Parameters
    ----------
    rules : sequence of Rule
        Valid rules.
    detectors : mapping of str to type
        Detector classes by id.
    currency : str
        Base currency of the rulebook.
    """
    problems = [problem for rule in rules for problem in (*_unsaid(rule), *_untested(rule))]
    for prepared in prepare(rules, detectors, currency, Dictionaries()):
        problems += prepared.problems
    return problems


def _unsaid(rule: Rule) -> Iterator[Problem]:
    if (rule.status == "retired") != bool(rule.retired):
        message = (
            "a retired rule says why" if rule.status == "retired" else f"a rule that is {rule.status} is not retired"
        )
        hint = f"surveil rules retire {rule.id} --reason WHY" if rule.status == "retired" else "take out retired"
        yield Problem("retired-without-reason", message, Location(rule.file, 1, 1, "retired"), hint)
    if rule.status != "active":
        return
    for name, hint in SAID.items():
        if not getattr(rule, name):
            message = f"an active rule needs {name}"
            yield Problem("incomplete-rule", message, Location(rule.file, 1, 1, name), hint)


def _untested(rule: Rule) -> Iterator[Problem]:
    """Ask for a test that finds something and one that does not: each guards against what the other would miss."""
    for kind, has, hint in (
        ("finds something", any(test.expect for test in rule.tests), "add a test whose expect is not empty"),
        ("finds nothing", any(not test.expect for test in rule.tests), "add a test with expect: []"),
    ):
        if not has:
            message = f"the rule has no test that {kind}"
            yield Problem("untested-rule", message, Location(rule.file, 1, 1, "tests"), hint)


def check_suppressions(suppressions: Iterable[Suppression], today: date) -> list[Problem]:
    """Say which suppressions have expired.

    Parameters
    ----------
    suppressions : iterable of Suppression
        Valid ones.
    today : date
        Day (UTC) of the check.
    """
    hint = "delete the file, or decide again and give it a new day"
    return [
        Problem("expired", f"it expired on {one.expires}", Location(one.file, 1, 1, "expires"), hint)
        for one in suppressions
        if one.expires <= today
    ]
