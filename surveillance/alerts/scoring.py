"""The score: findings weigh by severity and strength, and families of rules add up as independent evidence.

All numbers are whole 1/10,000, and the product over families is exact before it is rounded down once. So the order of
findings cannot matter, and no score reads higher than it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from surveillance.rules.rulebook import SCORE_SCALE, SEVERITIES, Scoring

POINTS = SCORE_SCALE // 100
"""Units of a score in one of its 100 points."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """What the score needs to know of a finding.

    Parameters
    ----------
    rule, family, severity : str
        Of its rule.
    strength : int
        1/10,000; 0 at the thresholds.
    """

    rule: str
    family: str
    severity: str
    strength: int


@dataclass(frozen=True, slots=True)
class Score:
    """How grave an alert is.

    Parameters
    ----------
    value : int
        1/10,000; 100 of them are a point.
    level : str
        One of `SEVERITIES`.
    weights : dict of str to int
        Rule to its weight, 1/10,000.
    counted : dict of str to str
        Family to the rule that counts for it.
    uncapped : int
        What the value would be without the ceiling of one level above the gravest severity.
    """

    value: int
    level: str
    weights: dict[str, int]
    counted: dict[str, str]
    uncapped: int


def weight(scoring: Scoring, severity: str, strength: int) -> int:
    """Return the weight of a finding in 1/10,000: its severity's base, and more the stronger it is."""
    base, top = scoring.weights[severity]
    return base + ((top - base) * min(max(strength, 0), SCORE_SCALE) + SCORE_SCALE // 2) // SCORE_SCALE


def level_of(scoring: Scoring, value: int) -> str:
    """Return the level of a score in 1/10,000."""
    return next(name for name in reversed(SEVERITIES) if value >= scoring.levels[name] * POINTS)


def score(scoring: Scoring, evidence: Iterable[Evidence]) -> Score:
    """Return the score of findings: 100 x (1 - product over families of (1 - weight)).

    Parameters
    ----------
    scoring : Scoring
        Weights and levels of the rulebook.
    evidence : iterable of Evidence
        Findings of active rules. A rule counts once, at its strongest, and so does a family.

    Returns
    -------
    Score
        At most one level above the gravest severity among the findings.
    """
    weights: dict[str, int] = {}
    families: dict[str, tuple[int, str]] = {}
    gravest = 0
    for one in sorted(evidence):
        mine = weight(scoring, one.severity, one.strength)
        weights[one.rule] = max(mine, weights.get(one.rule, 0))
        heaviest, rule = families.get(one.family, (0, one.rule))
        families[one.family] = (mine, one.rule) if mine > heaviest else (heaviest, rule)
        gravest = max(gravest, SEVERITIES.index(one.severity))
    if not families:
        return Score(0, SEVERITIES[0], {}, {}, 0)
    parts = [SCORE_SCALE - heaviest for heaviest, _ in families.values()]
    above = SCORE_SCALE ** (len(parts) - 1)
    uncapped = SCORE_SCALE - -(-prod(parts) // above)
    value = min(uncapped, _ceiling(scoring, gravest))
    counted = {family: rule for family, (_, rule) in sorted(families.items())}
    return Score(value, level_of(scoring, value), dict(sorted(weights.items())), counted, uncapped)


def _ceiling(scoring: Scoring, gravest: int) -> int:
    """Return the highest score that is no more than one level above a severity."""
    if gravest + 2 >= len(SEVERITIES):
        return SCORE_SCALE
    return scoring.levels[SEVERITIES[gravest + 2]] * POINTS - 1
