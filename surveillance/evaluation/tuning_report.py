"""A tuning as plain values: every setting of each limit on its own, and the two that are compared."""

from __future__ import annotations

from typing import Any

from surveillance.evaluation.tuning import Tuning
from surveillance.evaluation.tuning_search import Sweep


def as_dict(tuning: Tuning) -> dict[str, Any]:
    """Return a tuning as plain values for JSON."""
    values = zip(tuning.limits, tuning.search.now, tuning.search.proposed, strict=True)
    return {
        "rule": tuning.rule.id,
        "rule_version": tuning.rule.version,
        "objective": str(tuning.objective),
        "limits": [
            {"limit": one.name, "now": one.written(now), "proposed": one.written(then)} for one, now, then in values
        ],
        "tuned_on": tuning.tuned_on.as_dict(),
        "held_out": None if tuning.held_out is None else tuning.held_out.as_dict(),
        "sweeps": {one.limit.name: _sweep(one) for one in tuning.search.sweeps},
        "patch": tuning.patch,
        "failing_tests": list(tuning.failing_tests),
        "candidates": tuning.candidates,
        "settings": tuning.settings,
        "measured_s": round(tuning.measured_s, 3),
        "judged_s": round(tuning.judged_s, 3),
    }


def _sweep(sweep: Sweep) -> list[dict[str, Any]]:
    points = sweep.points
    columns = (points.recall.tolist(), points.precision.tolist(), points.f1.tolist(), points.findings.tolist())
    return [
        {"value": sweep.limit.written(value), "recall": recall, "precision": precision, "f1": f1, "findings": findings}
        for value, recall, precision, f1, findings in zip(sweep.values, *columns, strict=True)
    ]
