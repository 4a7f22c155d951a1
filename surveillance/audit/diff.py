"""What a change of the rulebook means: field by field, for the version that it needs, and for alerts on a tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveillance.audit.tape_diff import gained_or_higher, lost_or_lower
from surveillance.rules import Rulebook
from surveillance.rules.changes import compare
from surveillance.rules.law import STEPS, demand_of, demanded, next_version, step_between


@dataclass(frozen=True, slots=True)
class Side:
    """A rulebook, and where it was read.

    Parameters
    ----------
    book : Rulebook
        A valid one.
    detectors : Mapping
        Versions of detectors by id.
    name : str
        Folder, commit or tag, for the reader.
    """

    book: Rulebook
    detectors: Mapping[str, str]
    name: str


def diff(before: Side, after: Side, tape: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Compare two rulebooks.

    Parameters
    ----------
    before, after : Side
        The rulebooks.
    tape : Mapping, optional
        What `surveillance.audit.tape_diff.tape_diff` found.

    Returns
    -------
    dict
        ``before``, ``after``, ``changes``, ``step`` that the law demands and ``because``, ``next_version``, whether
        the later version is ``enough``, rules whose content changed under the ``same_version``, and ``tape``.
    """
    changes = compare(before.book, after.book, before.detectors, after.detectors)
    lost, gained = (tape is not None and tell(tape) for tell in (lost_or_lower, gained_or_higher))
    step = demanded(changes, lost=lost, gained=gained)
    because = [f"{one.rule or 'rulebook'}: {one}" for one in changes if demand_of(one) == step]
    if lost and step == "major":
        because.append("on the tape alerts are lost or score less")
    if gained and step == "minor":
        because.append("on the tape alerts are gained or score more")
    versions = [side.book.version for side in (before, after)]
    old = {rule.id: rule for rule in before.book.rules}
    return {
        "format": 1,
        "before": _head(before),
        "after": _head(after),
        "changes": [{**one.as_dict(), "demands": demand_of(one), "said": str(one)} for one in changes],
        "same_version": [
            rule.id
            for rule in after.book.rules
            if rule.id in old and old[rule.id].digest != rule.digest and old[rule.id].version == rule.version
        ],
        "step": step,
        "because": because,
        "next_version": next_version(versions[0], step),
        "enough": STEPS.index(step_between(*versions)) >= STEPS.index(step),
        "tape": None if tape is None else dict(tape),
    }


def _head(side: Side) -> dict[str, Any]:
    book = side.book
    versions = {rule.id: rule.version for rule in book.rules}
    return {"where": side.name, "name": book.name, "version": book.version, "digest": book.digest, "rules": versions}
