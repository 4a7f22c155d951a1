"""Which of two thresholds lets more through, whatever the scale of the instrument."""

from __future__ import annotations

from fractions import Fraction

from surveillance.rules.conditions import Threshold

_Bound = tuple[Fraction, int] | None
"""A limit, and how it is meant: 0 includes it, 1 excludes it; None: no limit."""


def widens(old: Threshold, new: Threshold) -> bool:
    """Tell whether everything that meets the old threshold meets the new one.

    Parameters
    ----------
    old, new : Threshold
        Of the same measure.

    Notes
    -----
    A limit in ticks and one in points cannot be compared without the instrument: neither widens the other.
    """
    if old.unit is not new.unit or old.in_ticks != new.in_ticks:
        return False
    (low, high), (new_low, new_high) = _bounds(old), _bounds(new)
    below = new_low is None or (low is not None and new_low <= low)
    above = new_high is None or (high is not None and _mirrored(new_high) <= _mirrored(high))
    return below and above


def _bounds(threshold: Threshold) -> tuple[_Bound, _Bound]:
    first, last = threshold.amounts[0].value, threshold.amounts[-1].value
    lower = {"at_least": (first, 0), "above": (first, 1), "between": (first, 0)}
    upper = {"at_most": (last, 0), "below": (last, 1), "between": (last, 0)}
    return lower.get(threshold.op), upper.get(threshold.op)


def _mirrored(bound: tuple[Fraction, int]) -> tuple[Fraction, int]:
    return -bound[0], bound[1]
