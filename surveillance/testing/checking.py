"""What a rulebook must have beyond being valid: tests that mean something, reasons, suppressions that still hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from surveillance.documents.document import Document
from surveillance.errors import Location, Problem
from surveillance.events.dictionary import Dictionaries
from surveillance.events.reference import Reference
from surveillance.rules import Rule, Rulebook, Suppression
from surveillance.rules.overlaps import RUNNING, overlaps
from surveillance.rules.promises import promises
from surveillance.rules.suppressed_names import unknown_names
from surveillance.testing.never_failing import idle_expectations, never_failing
from surveillance.testing.playing import Detectors
from surveillance.testing.rule_tests import prepare

SAID: Final = {
    "references": "name the regulation or source that the rule and its thresholds rest on",
    "rationale": "say why the thresholds are what they are, and by when that is looked at again",
    "false_positives": "name honest behaviour that looks the same",
    "blind_spots": "name abuse that the rule cannot see",
}
"""What an active rule says to those who rely on it, and how to mend that it does not."""

SOON: Final = timedelta(days=14)
"""How long before its end a suppression is told of."""


@dataclass(frozen=True, slots=True)
class Checking:
    """What is checked, and against what.

    Parameters
    ----------
    book : Rulebook or None
        With all its valid rules; None when ``rulebook.yaml`` is wrong.
    rules, suppressions : sequence
        The valid ones that are asked for.
    detectors : mapping of str to type
        Detector classes by id.
    documents : mapping of str to Document
        Their files by path.
    today : date
        Day (UTC) of the check.
    reference : Reference or None
        Reference data, if there is any.
    """

    book: Rulebook | None
    rules: Sequence[Rule]
    suppressions: Sequence[Suppression]
    detectors: Detectors
    documents: Mapping[str, Document]
    today: date
    reference: Reference | None = None

    def problems(self) -> list[Problem]:
        """Say what is wrong with the valid rules and suppressions by themselves."""
        currency = self.book.base_currency if self.book else "USD"
        found = [problem for rule in self.rules for problem in (*self._unsaid(rule), *self._untested(rule))]
        dictionaries = Dictionaries()
        prepared = prepare(self.rules, self.detectors, currency, dictionaries)
        found += [problem for one in prepared for problem in one.problems]
        if self.book is not None:
            found += never_failing(prepared, self.book, self.detectors, dictionaries)
        found += idle_expectations(self.rules)
        for rule in self.rules:
            document = self.documents.get(rule.file)
            found += promises(rule, document, self.detectors[rule.detector], currency) if document else ()
            found += self._overdue(rule)
        found += self._ending(self.suppressions)
        if self.reference is not None:
            found += unknown_names(self.suppressions, self.documents, self.reference)
        return found

    def across(self) -> Iterator[tuple[Problem, str]]:
        """Yield what is wrong with two rules together, one of which is asked for, with the file of the other."""
        asked = {rule.file for rule in self.rules}
        for problem, other in overlaps(self.book.rules if self.book else self.rules, self.documents):
            if problem.location.file in asked or other in asked:
                yield problem, other

    def _place(self, file: str, *names: str) -> Location:
        """Return the first of some keys that a file has."""
        document = self.documents.get(file)
        if document is None:
            return Location(file, 1, 1, names[0])
        name = next((name for name in names if name in document.value), names[0])
        place = document.at_key((name,))
        return Location(place.file, place.line, place.column, names[0])

    def _unsaid(self, rule: Rule) -> Iterator[Problem]:
        if (rule.status == "retired") != bool(rule.retired):
            gone = rule.status == "retired"
            message = "a retired rule says why" if gone else f"a rule that is {rule.status} is not retired"
            hint = f"surveil rules retire {rule.id} --reason WHY" if gone else "take out retired"
            yield Problem("retired-without-reason", message, self._place(rule.file, "retired", "status"), hint)
        if rule.status != "active":
            return
        for name, hint in SAID.items():
            if not getattr(rule, name):
                place = self._place(rule.file, name, "status")
                yield Problem("incomplete-rule", f"an active rule needs {name}", place, hint)

    def _untested(self, rule: Rule) -> Iterator[Problem]:
        """Ask for a test that finds something and one that does not: each guards against what the other would miss."""
        for kind, has, hint in (
            ("finds something", any(test.expect for test in rule.tests), "add a test whose expect is not empty"),
            ("finds nothing", any(not test.expect for test in rule.tests), "add a test with expect: []"),
        ):
            if not has:
                place = self._place(rule.file, "tests", "id")
                yield Problem("untested-rule", f"the rule has no test that {kind}", place, hint)

    def _overdue(self, rule: Rule) -> Iterator[Problem]:
        due = rule.rationale.review_by if rule.rationale else ""
        if due and rule.status in RUNNING and date.fromisoformat(due) < self.today:
            document = self.documents.get(rule.file)
            path = ("rationale", "review_by")
            place = document.at(path) if document else Location(rule.file, 1, 1, "rationale.review_by")
            days = (self.today - date.fromisoformat(due)).days
            message = f"the review was due on {due}, {days} {'day' if days == 1 else 'days'} ago"
            hint = "look at the rule again, say so in reviewed, and give the next day"
            yield Problem("overdue-review", message, place, hint)

    def _ending(self, suppressions: Iterable[Suppression]) -> Iterator[Problem]:
        for one in suppressions:
            place = self._place(one.file, "expires")
            if one.expires <= self.today:
                hint = "delete the file, or decide again and give it a new day"
                yield Problem("expired", f"it expired on {one.expires}", place, hint)
            elif one.expires <= self.today + SOON:
                hint = "decide whether it goes or stays; from that day on its findings alert again"
                yield Problem("expires-soon", f"it expires on {one.expires}", place, hint)
