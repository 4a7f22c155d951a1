"""The tests inside rules: played by each rule alone, and told as what was expected against what was found.

A test that could not fail is an error and not a success.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import Problem
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import COLUMN, IDS, Kind
from surveillance.rules import Expected, Rule, Rulebook, RuleTest
from surveillance.testing.matching import Matched, match
from surveillance.testing.nearest import Nearest, at_time, candidates_of, nearest_to
from surveillance.testing.notation import Tape, read_tapes
from surveillance.testing.playing import Detectors, Found, play


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test.

    Parameters
    ----------
    rule : Rule
        Whose test it is.
    test : RuleTest
        The test.
    found : list of Found
        What the rule found on its tape.
    matched : Matched or None
        Expected against found; None when the test could not be played.
    nearest : list of (Expected or Found, Nearest or None)
        For each expected finding that is missing the candidate that came nearest; for each one that nobody expected
        the candidate that it is made of.
    problems : list of Problem
        Why the test could not be played, or could not have failed.
    """

    rule: Rule
    test: RuleTest
    found: list[Found] = field(default_factory=list)
    matched: Matched | None = None
    nearest: list[tuple[Expected | Found, Nearest | None]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether it was played and found exactly what was expected."""
        return bool(self.matched) and not self.problems


@dataclass(frozen=True, slots=True)
class Prepared:
    """A test whose tape has been read.

    Parameters
    ----------
    batch : EventBatch or None
        Its events; None when its tape is wrong.
    problems : list of Problem
        Everything that keeps the test from meaning anything.
    """

    rule: Rule
    test: RuleTest
    batch: EventBatch | None
    problems: list[Problem]


def prepare(rules: Sequence[Rule], detectors: Detectors, currency: str, dictionaries: Dictionaries) -> list[Prepared]:
    """Read the tapes of all tests of some rules.

    Parameters
    ----------
    rules : sequence of Rule
        The rules.
    detectors : mapping of str to type
        Detector classes by id.
    currency : str
        Base currency of the rulebook.
    dictionaries : Dictionaries
        Where the tapes' texts get their codes.
    """
    tests = [(rule, test) for rule in rules for test in rule.tests]
    tapes = [Tape(test.tape, test.tape_place, test.reference) for _, test in tests]
    batches, problems = read_tapes(tapes, dictionaries, currency=currency)
    prepared = []
    for number, ((rule, test), batch) in enumerate(zip(tests, batches, strict=True)):
        faults = problems[number] or list(_idle(rule, test, batch, detectors))
        prepared.append(Prepared(rule, test, batch, faults))
    return prepared


def _idle(rule: Rule, test: RuleTest, batch: EventBatch | None, detectors: Detectors) -> Iterator[Problem]:
    """Say why a test can never fail, or never succeed."""
    place = test.tape_place
    if batch is None or not len(batch):
        yield Problem("idle-test", "the tape has no event", place, "write one event a line, such as +0m trade …")
        return
    detector = detectors[rule.detector](rule.params(None))
    kinds = [int(kind) for kind in detector.needs.kinds]
    read = np.isin(batch.columns["kind"], kinds)
    names = ", ".join(Kind(kind).name.lower() for kind in kinds)
    if not read.any():
        message = f"the tape has no event that {rule.detector} reads"
        yield Problem("idle-test", message, place, f"it reads {names}")
    elif not test.expect:
        for name in sorted({*detector.key, *detector.needs.fields} & set(COLUMN)):
            if not _said(batch, name, read):
                message = f"no event of the tape says its {name}, which {rule.detector} reads: nothing could be found"
                yield Problem("idle-test", message, place, f"give {name}, or expect a finding")


def _said(batch: EventBatch, name: str, read: NDArray[np.bool_]) -> bool:
    """Tell whether one of the events that are read says a field; ids are text beside the columns."""
    if name in IDS:
        texts = batch.texts.get(name)
        return texts is not None and any(texts[row].as_py() for row in np.flatnonzero(read).tolist())
    return bool((batch.column(name)[read] != COLUMN[name].null_value).any())


def run_tests(rules: Sequence[Rule], book: Rulebook, detectors: Detectors) -> list[Outcome]:
    """Play all tests of some rules, each rule alone, whatever its status.

    Parameters
    ----------
    rules : sequence of Rule
        The rules.
    book : Rulebook
        The rulebook that they are of.
    detectors : mapping of str to type
        Detector classes by id.

    Returns
    -------
    list of Outcome
        One a test, in the order of rules and tests.
    """
    dictionaries = Dictionaries()
    return [
        _outcome(one, book, detectors, dictionaries)
        for one in prepare(rules, detectors, book.base_currency, dictionaries)
    ]


def _outcome(one: Prepared, book: Rulebook, detectors: Detectors, dictionaries: Dictionaries) -> Outcome:
    rule, test, batch = one.rule, one.test, one.batch
    if one.problems or batch is None:
        return Outcome(rule, test, problems=one.problems)
    played = play(rule, book, detectors, batch, dictionaries)
    if played.fault:
        hint = "this is a fault of the detector, not of the rule"
        return Outcome(rule, test, played.found, problems=[Problem("detector-fault", played.fault, test.place, hint)])
    matched = match(test.expect, played.found)
    nearest: list[tuple[Expected | Found, Nearest | None]] = []
    if not matched:
        candidates = candidates_of(rule, book, detectors, batch, dictionaries)
        nearest += [(one, nearest_to(one.key, one.at, candidates)) for one in matched.missing]
        nearest += [(one, nearest_to(one.key, one.at, candidates)) for one in matched.surplus]
        elsewhen = [one for one, found, _ in matched.different if one.at not in (None, found.at)]
        nearest += [
            (one, then) for one in elsewhen if (then := at_time(nearest_to(one.key, one.at, candidates), one.at))
        ]
    return Outcome(rule, test, played.found, matched, nearest)
