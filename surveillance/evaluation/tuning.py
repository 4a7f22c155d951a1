"""Thresholds tuned on labelled days: each is measured once, many settings are judged, other days tell what holds."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from surveillance.bundle import rules_folder
from surveillance.detecting.plugins import load_plugins
from surveillance.documents.validation import did_you_mean
from surveillance.errors import InputError, Problem, RulesError
from surveillance.evaluation.truth import read_truth
from surveillance.evaluation.tuning_bench import Bench, Figures
from surveillance.evaluation.tuning_candidates import record
from surveillance.evaluation.tuning_days import Day
from surveillance.evaluation.tuning_labels import MeasuredDay, label
from surveillance.evaluation.tuning_limits import Limit, changed, limits_of
from surveillance.evaluation.tuning_patch import evidence_of, loosened, patch_of, proposed
from surveillance.evaluation.tuning_search import Objective, Search, search
from surveillance.rules import Rule, load_rulebook
from surveillance.rules.loader import RULEBOOK, load_head, read_rulebook
from surveillance.testing.playing import Detectors
from surveillance.testing.rule_tests import run_tests


@dataclass(frozen=True, slots=True)
class Compared:
    """The rule as it is and as it is proposed, over some days."""

    days: tuple[str, ...]
    now: Figures
    proposed: Figures

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {"days": list(self.days), "now": self.now.as_dict(), "proposed": self.proposed.as_dict()}


@dataclass(frozen=True, slots=True)
class Tuning:
    """All that is said of a rule's thresholds.

    Parameters
    ----------
    rule : Rule
        As it is.
    limits : list of Limit
        What was turned.
    objective : Objective
        What was looked for.
    search : Search
        What was tried, and the proposal.
    tuned_on : Compared
        Over the days on which the proposal was chosen: no proof of anything.
    held_out : Compared or None
        Over other days.
    text, patched : str
        The rule's file, and as it is proposed.
    patch : str
        Unified diff of the two; empty where nothing is proposed.
    failing_tests : tuple of str
        Tests inside the rule that do not hold with the proposal.
    candidates, settings : int
        How many there were.
    measured : list of MeasuredDay
        The candidates of all days.
    measured_s, judged_s : float
        How long it took to measure all days, and to judge all settings.
    """

    rule: Rule
    limits: list[Limit]
    objective: Objective
    search: Search
    tuned_on: Compared
    held_out: Compared | None
    text: str
    patched: str
    patch: str
    failing_tests: tuple[str, ...]
    candidates: int
    settings: int
    measured: list[MeasuredDay]
    measured_s: float
    judged_s: float

    @property
    def holds(self) -> bool:
        """Whether the proposal is no worse than the rule is on the days held out."""
        goal, other = self.objective.goal, self.held_out
        if other is None:
            return True
        now, then = (
            one.f1 if goal == "f1" else (one.recall if goal == "recall" else one.precision).value
            for one in (other.now, other.proposed)
        )
        return (then or 0.0) >= (now or 0.0)

    @property
    def changes(self) -> list[tuple[Limit, Fraction]]:
        """Limits that would change, with their new values."""
        return list(changed(self.limits, self.search.proposed))


def tune(
    rule_id: str,
    days: Sequence[Day],
    held_out: Sequence[Day] = (),
    *,
    rules: Path | None = None,
    objective: Objective | None = None,
    typologies: Sequence[str] = (),
    part: Fraction = Fraction(1, 4),
    tolerance: int = 0,
    on_day: Callable[[str], None] = lambda _: None,
) -> Tuning:
    """Look for better thresholds of a rule.

    Parameters
    ----------
    rule_id : str
        The rule.
    days, held_out : sequence of Day
        Days on which to choose, and others on which to report.
    rules : Path, optional
        Folder of the rulebook; the shipped one by default.
    objective : Objective, optional
        What is looked for; the highest F1 by default.
    typologies : sequence of str
        Those that the rule is for; by default those that have its id or its detector's.
    part : Fraction
        To which part of it each limit may be loosened.
    tolerance : int
        How far a finding may be from an episode in time, ns.
    on_day : callable
        Called with the name of each day before it is measured.

    Raises
    ------
    InputError
        A day cannot be read, the rulebook has no such rule, or nothing is labelled that it is for.
    RulesError, PluginError
        The rulebook is not valid.
    """
    folder = rules or rules_folder()
    rule = _rule_of(folder, rule_id)
    text = Path(rule.file).read_text(encoding="utf-8")
    limits, wanted = limits_of(rule), frozenset(typologies or (rule.id, rule.detector))
    _check_labels([*days, *held_out], wanted)
    started = time.perf_counter()
    measured: dict[str, list[MeasuredDay]] = {"tuned": [], "held": []}
    with tempfile.TemporaryDirectory(prefix="surveil-tune-") as scratch:
        alone = Path(scratch)
        shutil.copyfile(folder / RULEBOOK, alone / RULEBOOK)
        (alone / f"{rule.id}.yaml").write_text(loosened(text, limits, part), encoding="utf-8")
        for name, some in (("tuned", days), ("held", held_out)):
            for day in some:
                on_day(day.name)
                measured[name].append(label(day.name, record(day, alone), read_truth(day.truth)))
    looking = time.perf_counter()
    bench = Bench(rule, limits, measured["tuned"], wanted, tolerance)
    found = search(bench, objective or Objective(), part)
    seconds = time.perf_counter() - looking
    tuned_on = _compared(bench, found)
    other = Bench(rule, limits, measured["held"], wanted, tolerance) if held_out else None
    elsewhere = None if other is None else _compared(other, found)
    evidence = evidence_of(_said(tuned_on), None if elsewhere is None else _said(elsewhere))
    patched = proposed(text, rule, limits, found.proposed, evidence)
    return Tuning(
        rule=rule,
        limits=limits,
        objective=objective or Objective(),
        search=found,
        tuned_on=tuned_on,
        held_out=elsewhere,
        text=text,
        patched=patched,
        patch=patch_of(text, patched, rule.file),
        failing_tests=_failing_tests(folder / RULEBOOK, rule, patched) if patched != text else (),
        candidates=bench.candidates + (0 if other is None else other.candidates),
        settings=bench.judged,
        measured=[*measured["tuned"], *measured["held"]],
        measured_s=looking - started,
        judged_s=seconds,
    )


def _detectors(folder: Path) -> Detectors:
    head, problems = load_head(folder / RULEBOOK)
    if head is None:
        raise RulesError(problems)
    return {name: one.detector for name, one in load_plugins(head.plugins).items()}


def _failing_tests(rulebook: Path, rule: Rule, patched: str) -> tuple[str, ...]:
    """Return the tests inside a rule that its proposal fails; that it is valid is checked on the way."""
    with tempfile.TemporaryDirectory(prefix="surveil-tune-") as scratch:
        shutil.copyfile(rulebook, Path(scratch) / RULEBOOK)
        (Path(scratch) / f"{rule.id}.yaml").write_text(patched, encoding="utf-8")
        detectors = _detectors(Path(scratch))
        book = load_rulebook(Path(scratch), detectors)
        return tuple(one.test.name for one in run_tests(book.rules, book, detectors) if not one.passed)


def _rule_of(folder: Path, rule_id: str) -> Rule:
    read = read_rulebook(folder, _detectors(folder))
    found = next((one for one in read.rules if one.id == rule_id), None)
    if found is None:
        own = [one for one in read.problems if Path(one.location.file).stem == rule_id]
        if own:
            raise RulesError(own)  # what is wrong with other rules is no matter here
        hint = did_you_mean(rule_id, [one.id for one in read.rules])
        raise InputError(Problem("unknown-rule", f"the rulebook has no rule {rule_id!r}", hint=hint))
    if not limits_of(found):
        raise InputError(Problem("no-thresholds", f"{rule_id} has no thresholds to tune"))
    return found


def _check_labels(days: Sequence[Day], wanted: frozenset[str]) -> None:
    """Say when no day has an episode that the rule is for."""
    labels = {one.typology for day in days for one in read_truth(day.truth) if one.is_abuse}
    if not labels & wanted:
        hint = f"say with --typology which of these it is for: {', '.join(sorted(labels)) or 'nothing is labelled'}"
        named = " or ".join(sorted(wanted))
        raise InputError(Problem("no-such-label", f"no episode of {named} is labelled on these days", hint=hint))


def _compared(bench: Bench, found: Search) -> Compared:
    names = tuple(day.name for day in bench.days)
    return Compared(names, bench.figures(found.now), bench.figures(found.proposed))


def _said(one: Compared) -> dict[str, Any]:
    return {"days": one.days, "now": one.now, "proposed": one.proposed}
