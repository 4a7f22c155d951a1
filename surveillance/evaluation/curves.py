"""Precision and recall at every threshold that could be set on the score."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from surveillance.evaluation.claims import Claim
from surveillance.evaluation.matching import Matches
from surveillance.evaluation.truth import Episode


@dataclass(frozen=True, slots=True)
class Point:
    """What would be seen if only claims at or above a threshold counted."""

    threshold: float
    precision: float
    recall: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {"threshold": self.threshold, "precision": self.precision, "recall": self.recall}


def precision_recall(
    claims: Sequence[Claim],
    episodes: Sequence[Episode],
    matches: Matches,
    typologies: AbstractSet[str] | None = None,
) -> list[Point]:
    """Return the curve, from the highest threshold to the lowest.

    Parameters
    ----------
    claims, episodes : sequence
        What is claimed, and all episodes; those that are no abuse count against precision only.
    matches : Matches
        Which belong together.
    typologies : set of str, optional
        Those over which recall is; all if not given.
    """
    abusive = {place for place, one in enumerate(episodes) if one.is_abuse}
    wanted = {place for place in abusive if typologies is None or episodes[place].typology in typologies}
    if not wanted:
        return []
    order = sorted(range(len(claims)), key=lambda place: -claims[place].score)
    points: list[Point] = []
    right, seen = 0, set[int]()
    for count, place in enumerate(order, 1):
        about = abusive.intersection(matches.of_claims[place])
        right += bool(about)
        seen |= about & wanted
        last = count == len(order) or claims[order[count]].score < claims[place].score
        if last:
            points.append(Point(claims[place].score, right / count, len(seen) / len(wanted)))
    return points
