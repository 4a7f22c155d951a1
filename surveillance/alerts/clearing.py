"""What would have cleared a finding: of all its conditions the one that the smallest change would have broken."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from surveillance.alerts.amounts import limit as limit_of
from surveillance.alerts.amounts import measured

_HAD: Mapping[str, str] = {
    "at_least": "had been below {limit}",
    "above": "had been no more than {limit}",
    "at_most": "had been above {limit}",
    "below": "had been {limit} or more",
    "between": "had been outside {limit}",
}


def smallest_change(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition that the smallest change of its measure would have broken.

    Parameters
    ----------
    finding : Mapping
        In the shape of ``finding.schema.json``.

    Returns
    -------
    dict
        ``measure``, its ``value`` and ``limit`` in words, ``change`` (the part of the value by which it would have had
        to differ) and ``text``, a sentence.
    """
    _, one = min(enumerate(finding["conditions"]), key=lambda item: (_change(item[1]), item[0]))
    name = one["measure"].replace("_", " ")
    value = measured(one)
    limit = limit_of(one).removeprefix(one["op"].replace("_", " ")).strip()
    said = _HAD[one["op"]].format(limit=limit)
    return {
        "rule": finding["rule"],
        "measure": one["measure"],
        "value": value,
        "limit": limit,
        "change": _change(one),
        "text": f"{finding['rule']} would not have been met if {name} {said}; it was {value}.",
    }


def _change(condition: Mapping[str, Any]) -> Decimal:
    """Return the part of its value by which a measure would have had to differ, in 1/10,000 of one."""
    value, margin = Decimal(str(condition["value"] or 0)), Decimal(str(condition["margin"]))
    part = abs(margin) / abs(value) if value else abs(margin)
    return part.quantize(Decimal("0.0001")).normalize() + 0
