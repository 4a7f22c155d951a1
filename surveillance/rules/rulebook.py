"""The rulebook: its rules, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.documents.document import Document, Path, describe
from surveillance.errors import Problem
from surveillance.rules.digest import hash_of
from surveillance.rules.rule import Rule
from surveillance.rules.suppression import Suppression
from surveillance.rules.thresholds import mapping_at
from surveillance.rules.units import UnitError, in_whole, read_amount

SEVERITIES: Final = ("low", "medium", "high", "critical")
"""From the least to the gravest; levels of alerts have the same names."""

SCORE_SCALE: Final = 10_000
"""Weights are whole numbers of 1/10,000, so that the order of findings cannot matter."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How findings become a score.

    Parameters
    ----------
    weights : Mapping
        Severity to (base, top) in 1/10,000: the weight of a finding at its thresholds, and of one far above.
    levels : Mapping
        Level to the lowest score of 100 that has it; ``low`` starts at 0.
    """

    weights: Mapping[str, tuple[int, int]]
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of a folder, valid as a whole.

    Parameters
    ----------
    name, version : str
        Stamped on every finding.
    base_currency : str
        Currency in which notionals are compared.
    plugins : tuple of str
        Distributions that may load.
    scoring : Scoring
        How findings become a score.
    rules : tuple of Rule
        Sorted by id.
    suppressions : tuple of Suppression
        Findings of theirs that alert nobody; not part of the digest, as they say what is shown, not what is found.
    privacy : str
        ``pseudonymise``: ids of people, accounts and orders are written as keyed hashes; empty: as they are.
    """

    name: str
    version: str
    base_currency: str
    plugins: tuple[str, ...]
    scoring: Scoring
    rules: tuple[Rule, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    privacy: str = ""

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the effective content: equal when two rulebooks find and say the same."""
        return hash_of(
            {
                "name": self.name,
                "version": self.version,
                "base_currency": self.base_currency,
                "plugins": sorted(self.plugins),
                "weights": {level: list(pair) for level, pair in self.scoring.weights.items()},
                "levels": dict(self.scoring.levels),
                "rules": [[rule.id, rule.version, rule.digest] for rule in self.rules],
            }
        )


def build_rulebook(document: Document, *, sound: bool) -> tuple[Rulebook | None, list[Problem]]:
    """Build a rulebook without rules from ``rulebook.yaml``.

    Parameters
    ----------
    document : Document
        The file.
    sound : bool
        Whether the schema found the form right. What can be checked is checked in any case.

    Returns
    -------
    Rulebook or None
        None when something is wrong, here or with the form.
    list of Problem
        What is wrong beyond the form.
    """
    content = document.value
    if not isinstance(content, dict):
        return None, []
    weights, problems = _read_weights(document)
    levels = {"low": 0, **{name: value for name, value in _levels(document).items() if isinstance(value, int)}}
    problems += _check_scoring(document, weights, levels)
    if problems or not sound:
        return None, problems
    book = Rulebook(
        name=content["name"],
        version=content["version"],
        base_currency=content["base_currency"],
        plugins=tuple(content["plugins"]),
        scoring=Scoring(weights, {name: levels[name] for name in SEVERITIES}),
        privacy=content.get("privacy", ""),
    )
    return book, []


def _levels(document: Document) -> Mapping[str, object]:
    return mapping_at(document, ("scoring", "levels"))


def _read_weights(document: Document) -> tuple[dict[str, tuple[int, int]], list[Problem]]:
    weights: dict[str, tuple[int, int]] = {}
    problems: list[Problem] = []
    for severity in SEVERITIES:
        path: Path = ("scoring", "weights", severity)
        pair: dict[str, int] = {}
        for name, written in mapping_at(document, path).items():
            value = _read_weight(written)
            if value is None:
                hint = "write a share between 0.01% and 99.99%"
                problems.append(
                    document.problem("bad-unit", f"{describe(written)} is not a weight", (*path, name), hint)
                )
            else:
                pair[name] = value
        if "base" in pair and "top" in pair:
            weights[severity] = (pair["base"], pair["top"])
    return weights, problems


def _read_weight(written: object) -> int | None:
    try:
        value = in_whole(read_amount(written, Unit.SHARE, ""), SCORE_SCALE, written)
    except UnitError:
        return None
    return value if 0 < value < SCORE_SCALE else None


def _check_scoring(
    document: Document, weights: Mapping[str, tuple[int, int]], levels: Mapping[str, int]
) -> list[Problem]:
    """Check that a graver finding weighs more, and that one finding on its own lands in its rule's level."""
    problems = []
    path: Path = ("scoring", "weights")
    previous = 0
    for severity, (base, top) in weights.items():
        if not previous < base <= top:
            message = f"the weights of {severity} do not lie above those of the severity below"
            hint = "a graver finding weighs more, and base is not above top"
            problems.append(document.problem("bad-scoring", message, (*path, severity), hint))
        previous = top
        above = SEVERITIES[SEVERITIES.index(severity) + 1 : SEVERITIES.index(severity) + 2]
        ceiling = levels.get(above[0], 101) if above else 101
        if severity in levels and not levels[severity] * 100 <= base <= top < ceiling * 100:
            message = f"a {severity} finding on its own would not score as {severity}"
            hint = "choose base and top within the level's bounds"
            problems.append(document.problem("bad-scoring", message, (*path, severity), hint))
    return problems
