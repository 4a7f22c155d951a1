"""The tests inside a rule: a small tape, what is known beside it, and the findings that must come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from surveillance.detecting.measure import Measure, Unit
from surveillance.documents.document import Document, Path, show_path
from surveillance.documents.validation import did_you_mean
from surveillance.errors import Location, Problem
from surveillance.events.arithmetic import MULTIPLIER_SCALE
from surveillance.events.decimals import OK, exact
from surveillance.events.reference import Reference
from surveillance.events.schema import MAX_DECIMALS
from surveillance.rules.clock import read_moment
from surveillance.rules.conditions import Threshold
from surveillance.rules.thresholds import mapping_at, read_condition, read_exact

SAID: Final = ("at", "measures", "strength", "hits", "events")
"""What may be said of an expected finding beside its key."""

STRENGTH: Final = Measure(Unit.SHARE, "Strength of a finding.")


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that a test expects; what is None may be anything.

    Parameters
    ----------
    key : Mapping
        Field of the key to its text; not every field needs to be there.
    at : int or None
        Time of the last event of its first hit, ns since 1970 UTC.
    at_text : str
        The same as it was written.
    measures : tuple of Threshold
        What its measures must meet.
    strength : Threshold or None
        What its strength must meet.
    hits, events : int or None
        How many it has.
    place : Location
        Where it is written.
    """

    key: Mapping[str, str]
    at: int | None
    at_text: str
    measures: tuple[Threshold, ...]
    strength: Threshold | None
    hits: int | None
    events: int | None
    place: Location


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test of a rule.

    Parameters
    ----------
    name : str
        What it shows.
    tape : str
        Events in the short notation.
    reference : Reference
        What is known of its accounts and instruments.
    expect : tuple of Expected
        The findings; empty when there must be none.
    place, tape_place : Location
        Where the test begins, and the first character of its tape.
    """

    name: str
    tape: str
    reference: Reference
    expect: tuple[Expected, ...]
    place: Location
    tape_place: Location


def read_tests(
    document: Document, key: Sequence[str], measures: Mapping[str, Measure], currency: str
) -> tuple[tuple[RuleTest, ...], list[Problem]]:
    """Read the tests of a rule file; the events of a tape are left to those who play it.

    Parameters
    ----------
    document : Document
        The rule file.
    key : sequence of str
        Fields of the detector's key.
    measures : Mapping
        What the detector measures.
    currency : str
        Base currency of the rulebook.

    Returns
    -------
    tuple of RuleTest
        Those whose form is right.
    list of Problem
        What is wrong beyond the form.
    """
    written = document.value.get("tests")
    tests: list[RuleTest] = []
    problems: list[Problem] = []
    names: set[str] = set()
    for number, content in enumerate(written if isinstance(written, list) else ()):
        path: Path = ("tests", number)
        if not isinstance(content, dict):
            continue
        reader = _Reader(document, tuple(key), measures, currency)
        expected = [*reader.expected((*path, "expect"), content.get("expect"))]
        reference = reader.reference((*path, "reference"))
        name, tape = content.get("name"), content.get("tape")
        if isinstance(name, str) and isinstance(tape, str):
            if name in names:
                reader.report("duplicate-name", "another test has this name", (*path, "name"), "say what is different")
            names.add(name)
            place = document.at((*path, "name"))
            tests.append(RuleTest(name, tape, reference, tuple(expected), place, _tape_place(document, path)))
        problems += reader.problems
    return tuple(tests), problems


def _tape_place(document: Document, path: Path) -> Location:
    """Return where the first character of a tape stands; of a quoted one, behind the quote."""
    path = (*path, "tape")
    block = document.blocks.get(path)
    place = document.at(path)
    line, column = block or (place.line, place.column)
    return Location(document.file, line, column, show_path(path))


@dataclass(slots=True)
class _Reader:
    """Reads one test and gathers what is wrong with it."""

    document: Document
    key: tuple[str, ...]
    measures: Mapping[str, Measure]
    currency: str
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False) -> None:
        self.problems.append(self.document.problem(code, message, path, hint, key=key))

    def expected(self, path: Path, written: object) -> Iterator[Expected]:
        for number, content in enumerate(written if isinstance(written, list) else ()):
            if isinstance(content, dict):
                yield self._one((*path, number), content)

    def _one(self, path: Path, content: Mapping[str, Any]) -> Expected:
        at = content.get("at")
        moment = read_moment(at) if isinstance(at, str) else None
        strength = self._threshold((*path, "strength"), content.get("strength"), STRENGTH)
        measures = []
        for name, written in mapping_at(self.document, (*path, "measures")).items():
            here = (*path, "measures", name)
            if name in self.measures:
                measures.append(self._threshold(here, written, self.measures[name]))
            else:
                hint = did_you_mean(name, self.measures)
                self.report("unknown-measure", f"{name} is not a measure of the detector", here, hint, key=True)
        key = {name: self.document.written((*path, name), value) for name, value in content.items() if name not in SAID}
        for name in key:
            if name not in (*self.key, "asset_class"):
                hint = did_you_mean(name, (*self.key, *SAID))
                message = f"{name} is not a field of the key {' and '.join(self.key)}"
                self.report("unknown-field", message, (*path, name), hint, key=True)
        return Expected(
            key=key,
            at=moment,
            at_text=str(at),
            measures=tuple(threshold for threshold in measures if threshold),
            strength=strength,
            hits=content.get("hits"),
            events=content.get("events"),
            place=self.document.at(path),
        )

    def _threshold(self, path: Path, written: object, measure: Measure) -> Threshold | None:
        if written is None:
            return None
        read = read_condition if isinstance(written, dict) else read_exact
        threshold, problems = read(self.document, path, written, measure, self.currency)  # type: ignore[arg-type]
        if threshold is None and not problems:
            self.report("bad-condition", "a condition has exactly one operator, such as at_least", path)
        self.problems += problems
        return threshold

    def reference(self, path: Path) -> Reference:
        accounts, instruments = (self._records((*path, name)) for name in ("accounts", "instruments"))
        for name, record in instruments.items():
            for what, decimals in (("multiplier", MULTIPLIER_SCALE), ("tick_size", MAX_DECIMALS)):
                text = record.get(what)
                if text is not None and exact(text, decimals, rounding=False)[1] != OK:
                    here = (*path, "instruments", name, what)
                    self.report("bad-value", f"{text} has more than {decimals} decimals", here)
        return Reference(accounts, instruments)

    def _records(self, path: Path) -> dict[str, dict[str, str]]:
        return {
            name: {
                field: value if isinstance(value, str) else self._digits((*path, name, field), value)
                for field, value in record.items()
            }
            for name, record in mapping_at(self.document, path).items()
            if isinstance(record, dict)
        }

    def _digits(self, path: Path, value: object) -> str:
        return self.document.written(path, value).replace("_", "")
