"""Thresholds become bounds of whole numbers, exactly: a value at the limit is never decided by rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.errors import Location
from surveillance.events.dictionary import Terms
from surveillance.events.schema import MAX_DECIMALS, NULL
from surveillance.rules.units import TICKS, Amount

LOWEST: Final = NULL + 1
"""The lowest value that a measure can have; the one below it is null."""

HIGHEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Condition:
    """One threshold in the whole numbers of a measure: it holds where ``low <= value <= high``.

    Parameters
    ----------
    measure : str
        Name of the measure.
    op : str
        ``at_least``, ``above``, ``at_most``, ``below`` or ``between``, as in the rule.
    low, high : int
        Bounds, both included. ``low > high`` when no value of 64 bits can meet the threshold.
    text : str
        As written: ``at least 60%``.
    unit : Unit
        Unit of the measure.
    graded : bool
        Whether by how much it is exceeded counts in a finding's strength.
    threshold : int
        The whole number nearest to the written limit on the side that does not exceed it: 3 for ``above 3``, whose
        `low` is 4. For ``between`` it is `low`.
    """

    measure: str
    op: str
    low: int
    high: int
    text: str
    unit: Unit
    graded: bool
    threshold: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold as a rule states it, before the scale of the instrument is known.

    Parameters
    ----------
    measure : str
        Name of the measure.
    unit : Unit
        Unit of the measure.
    op : str
        Operator.
    amounts : tuple of Amount
        One limit; two of ``between``.
    text : str
        As written.
    graded : bool
        False when the rule says so, or when it cannot be exceeded by degrees: upper limits, limits of zero and
        shares of 100%.
    origin : Location
        Where it is written.
    """

    measure: str
    unit: Unit
    op: str
    amounts: tuple[Amount, ...]
    text: str
    graded: bool
    origin: Location = field(default=Location(), compare=False)

    @property
    def in_ticks(self) -> bool:
        """Whether its limits are multiples of the instrument's tick size."""
        return self.amounts[0].word in TICKS

    def condition(self, scale: int, tick: Fraction | None = None) -> Condition:
        """Return the condition on whole numbers.

        Parameters
        ----------
        scale : int
            Whole-number units per one of the measure.
        tick : Fraction, optional
            The instrument's tick size in these units. A limit in ticks cannot be met where it is not known.
        """
        if self.in_ticks and tick is None:
            return Condition(self.measure, self.op, HIGHEST, LOWEST, self.text, self.unit, self.graded, HIGHEST)
        one: int | Fraction = scale if tick is None or not self.in_ticks else tick
        first, last = self.amounts[0].value * one, self.amounts[-1].value * one
        low, high = _bounds(self.op, first, last)
        limits = {"above": low - 1, "at_most": high, "below": high + 1}
        threshold = min(max(limits.get(self.op, low), LOWEST), HIGHEST)
        if low > HIGHEST or high < LOWEST:
            low, high = HIGHEST, LOWEST
        low, high = max(low, LOWEST), min(high, HIGHEST)
        return Condition(self.measure, self.op, low, high, self.text, self.unit, self.graded, threshold)

    def canonical(self) -> list[object]:
        """Return what it decides, free of how it was written."""
        limits = [str(amount.value) + (" ticks" if self.in_ticks else "") for amount in self.amounts]
        return [self.measure, self.unit.value, self.op, limits, self.graded]


def tick_of(terms: Terms) -> Fraction | None:
    """Return the tick size in the whole numbers of the instrument's prices; None when it is not known."""
    return Fraction(terms.tick, 10 ** (MAX_DECIMALS - terms.price_scale)) if terms.tick else None


def can_be_graded(op: str, unit: Unit, limit: Fraction) -> bool:
    """Tell whether exceeding a limit has degrees: a lower limit above zero, of shares below 100%."""
    return op in {"at_least", "above"} and limit > 0 and not (unit is Unit.SHARE and limit >= 1)


def _bounds(op: str, first: Fraction, last: Fraction) -> tuple[int, int]:
    if op == "at_least":
        return math.ceil(first), HIGHEST
    if op == "above":
        return math.floor(first) + 1, HIGHEST
    if op == "at_most":
        return LOWEST, math.floor(first)
    if op == "below":
        return LOWEST, math.ceil(first) - 1
    return math.ceil(first), math.floor(last)
