"""Rules that find what another rule finds anyway, as far as that can be proven from their conditions alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec

from surveillance.documents.document import Document
from surveillance.errors import Location, Problem
from surveillance.rules.conditions import Threshold
from surveillance.rules.limits import widens
from surveillance.rules.rule import Rule
from surveillance.rules.rulebook import SEVERITIES

RUNNING: Final = {"shadow": 0, "active": 1}
"""Statuses of rules that run, from the less to the more heard."""


def overlaps(rules: Iterable[Rule], documents: Mapping[str, Document]) -> Iterator[tuple[Problem, str]]:
    """Yield what is wrong with rules that another one makes superfluous, each with the file of the other.

    Parameters
    ----------
    rules : iterable of Rule
        Valid ones of one rulebook.
    documents : Mapping
        Their files by path.

    Notes
    -----
    A stricter rule that is graver than the looser one is none of them: it raises the level of what both find.
    """
    alike: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.status in RUNNING:
            alike.setdefault(rule.detector, []).append(rule)
    for group in alike.values():
        kept: dict[str, Rule] = {}
        for rule in group:
            first = kept.setdefault(_content(rule), rule)
            if first is not rule:
                message = f"finds just what {first.id} finds: detector, parameters and conditions are the same"
                hint = f"keep one of them; the other is {first.file}"
                yield Problem("overlapping-rule", message, _when(rule, documents), hint), first.file
        for rule in kept.values():
            looser = (one for one in kept.values() if one is not rule and _no_less(rule, one) and _implied(rule, one))
            for other in islice(looser, 1):  # one is reason enough
                message = f"all that it finds {other.id} finds as well, which is no less severe ({other.severity})"
                hint = f"retire it, make it graver, or ask for what {other.id} does not: {other.file}"
                yield Problem("shadowed-rule", message, _when(rule, documents), hint), other.file


def _when(rule: Rule, documents: Mapping[str, Document]) -> Location:
    document = documents.get(rule.file)
    return document.at_key(("when",)) if document else Location(rule.file, 1, 1, "when")


def _content(rule: Rule) -> str:
    """Return what decides about what is found, as text."""
    params = {str(member): msgspec.to_builtins(rule.params(member)) for member, _ in rule.thresholds}
    table = {
        str(scope): sorted(map(str, (one.canonical() for one in found))) for scope, found in rule.thresholds.items()
    }
    return repr((sorted(params.items()), sorted(table.items()), rule.consume, rule.subject, rule.severity, rule.status))


def _no_less(rule: Rule, other: Rule) -> bool:
    """Tell whether another rule is at least as severe and as loud, and about the same subject."""
    return (
        SEVERITIES.index(other.severity) >= SEVERITIES.index(rule.severity)
        and RUNNING[other.status] >= RUNNING[rule.status]
        and other.subject == rule.subject
        and not other.consume  # what its hits use up it does not find again
    )


def _implied(rule: Rule, other: Rule) -> bool:
    """Tell whether whatever meets a rule's conditions meets those of another, for every asset class and band."""
    for (member, band), found in rule.thresholds.items():
        looser = other.thresholds.get((member, band))
        if looser is None or rule.params(member) != other.params(member):
            return False
        strict: dict[str, Threshold] = {one.measure: one for one in found}
        if not all(one.measure in strict and widens(strict[one.measure], one) for one in looser):
            return False
    return True
