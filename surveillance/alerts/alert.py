"""An alert as others read it: who, when, how grave and why, which rules and findings, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from surveillance.alerts.explaining import explain
from surveillance.alerts.filed import Filed
from surveillance.alerts.grouping import Draft
from surveillance.alerts.scoring import POINTS, Evidence, Score, score
from surveillance.alerts.values import exact, iso_time
from surveillance.rules.rulebook import SCORE_SCALE, SEVERITIES, Scoring

Alert = dict[str, Any]

UNTOLD = ("detected_at", "revision", "lineage")
"""What may differ between two alerts that say the same; of the lineage, the capsule's digest counts."""


def alert(draft: Draft, scoring: Scoring, lineage: Mapping[str, Any], detected_at: str) -> Alert:
    """Return an alert in the shape of ``alert.schema.json``.

    Parameters
    ----------
    draft : Draft
        Its findings; at least one.
    scoring : Scoring
        Weights and levels of the rulebook.
    lineage : Mapping
        See `surveillance.alerts.lineage`, with the digest of the alert's ``capsule``.
    detected_at : str
        When it was made, ISO 8601.
    """
    members = draft.members
    scored = score(scoring, _evidence(members))
    contributions = _contributions(members, scoring, scored)
    subject = members[0].subject
    return {
        "alert_id": draft.alert_id,
        "revision": draft.revision,
        "subject": {"kind": subject.kind, "id": subject.id},
        "accounts": sorted({one for filed in members for one in filed.accounts}),
        "instruments": sorted({one for filed in members for one in filed.instruments}),
        "start": iso_time(min(one.start for one in members)),
        "end": iso_time(max(one.end for one in members)),
        "trading_day": members[0].day,
        "score": exact(scored.value, POINTS),
        "level": scored.level,
        "contributions": contributions,
        "rules": sorted(scored.weights),
        "findings": [one.id for one in members],
        "explanation": explain(subject, members, scoring, scored, contributions),
        "event_time": iso_time(_held(members)),
        "detected_at": detected_at,
        "lineage": dict(lineage),
    }


def _held(members: Sequence[Filed]) -> int:
    """Return when the conditions of its gravest rules first held: an indicator of low severity may come long before."""
    gravest = max(SEVERITIES.index(one.finding["severity"]) for one in members)
    return min(one.event_time for one in members if SEVERITIES.index(one.finding["severity"]) == gravest)


def withdrawn(last: Mapping[str, Any], why: str, detected_at: str) -> Alert:
    """Return the revision of an alert of which nothing is left.

    Parameters
    ----------
    last : Mapping
        The alert as it was.
    why : str
        A sentence.
    """
    nothing = {"score": 0, "level": SEVERITIES[0], "contributions": [], "rules": [], "findings": []}
    return {**last, **nothing, "revision": last["revision"] + 1, "explanation": [why], "detected_at": detected_at}


def _evidence(members: Sequence[Filed]) -> list[Evidence]:
    return [_weighed(one.finding) for one in members]


def _weighed(finding: Mapping[str, Any]) -> Evidence:
    strength = int(Decimal(str(finding["strength"])) * SCORE_SCALE)
    return Evidence(finding["rule"], finding["family"], finding["severity"], strength)


def _contributions(members: Sequence[Filed], scoring: Scoring, scored: Score) -> list[dict[str, Any]]:
    """Say what each rule adds, the weightiest first."""
    found = []
    evidence = _evidence(members)
    for rule in scored.weights:
        mine = [one.finding for one in members if one.finding["rule"] == rule]
        strongest = max(mine, key=lambda finding: (finding["strength"], finding["finding_id"]))
        rest = score(scoring, [one for one in evidence if one.rule != rule])
        found.append(
            {
                "rule": rule,
                "rule_version": strongest["rule_version"],
                "title": strongest["title"],
                "family": strongest["family"],
                "detector": strongest["detector"],
                "detector_version": strongest["detector_version"],
                "severity": strongest["severity"],
                "asset_classes": sorted({one["asset_class"] for one in mine if one["asset_class"]}),
                "findings": len(mine),
                "strength": strongest["strength"],
                "weight": exact(scored.weights[rule], SCORE_SCALE),
                "counted": scored.counted[strongest["family"]] == rule,
                "points": exact(scored.value - rest.value, POINTS),
                "without": exact(rest.value, POINTS),
            }
        )
    return sorted(found, key=lambda one: (-one["weight"], one["rule"]))
