"""The rules of layering-analytics: a pack whose thresholds can be changed, within what its two files can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from surveillance.bundle import rules_folder
from surveillance.detecting.detector import Detector
from surveillance.detecting.plugins import load_detectors
from surveillance.errors import Location, Problem, RulesError
from surveillance.rules import Rule, Rulebook, load_head, load_rulebook

NAME: Final = "layering-analytics"
LAYERING: Final = "layering"
WASH: Final = "wash.churn"
_FIXED: Final = {LAYERING: ("sequence", "cancel_then_fill"), WASH: ("anchor", "start")}


@dataclass(frozen=True, slots=True)
class Pack:
    """A valid pack."""

    book: Rulebook
    detectors: Mapping[str, type[Detector]]

    def rules(self, detector: str) -> list[Rule]:
        """Return the active rules of a detector."""
        return [rule for rule in self.book.rules if rule.detector == detector and rule.status == "active"]

    @property
    def skipped(self) -> frozenset[str]:
        """Rules that do not run."""
        return frozenset(rule.id for rule in self.book.rules if rule.status != "active")


def load_pack(folder: Path | None = None) -> Pack:
    """Load a pack.

    Parameters
    ----------
    folder : Path, optional
        The shipped pack by default.

    Raises
    ------
    RulesError
        A file is not valid, or a rule measures what the two files cannot say.
    PluginError
        A detector does not load.
    """
    folder = folder if folder is not None else rules_folder() / "packs" / NAME
    head, problems = load_head(folder / "rulebook.yaml")
    if head is None:
        raise RulesError(problems)
    detectors = load_detectors(head.plugins)
    book = load_rulebook(folder, detectors)
    unfit = [problem for rule in book.rules for problem in _unfit(rule)]
    if unfit:
        raise RulesError(unfit)
    return Pack(book, detectors)


def _unfit(rule: Rule) -> list[Problem]:
    where = Location(rule.file)
    if rule.detector not in _FIXED:
        hint = f"rules of this pack use {' or '.join(_FIXED)}"
        return [Problem("not-in-pack", f"its files have no row for findings of {rule.detector}", where, hint)]
    name, wanted = _FIXED[rule.detector]
    given = getattr(rule.params(None), name)
    if given == wanted:
        return []
    place = rule.params_from(None).get(name, where)
    return [Problem("not-in-pack", f"{name} is {given} and has to be {wanted} in this pack", place)]
