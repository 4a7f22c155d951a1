"""Declarations of a detector: what its measures mean and what it needs from the tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final

import msgspec

from surveillance.events.schema import MONEY_SCALE, PPM, Kind


class Unit(str, Enum):
    """Unit of a measure; the rule's thresholds must be written in it.

    Values on the tape are whole numbers: a count as it is, a share or multiple in parts of the measure's scale
    (10**6 unless the detector says otherwise), a quantity or price at the instrument's scale, money of the base
    currency in 10**-4, a duration in ns.
    """

    COUNT = "count"
    SHARE = "share"
    MULTIPLE = "multiple"
    QUANTITY = "quantity"
    PRICE = "price"
    MONEY = "money"
    DURATION = "duration"


UNIT_SCALE: Final[Mapping[Unit, int | None]] = {
    Unit.COUNT: 1,
    Unit.SHARE: PPM,
    Unit.MULTIPLE: PPM,
    Unit.QUANTITY: None,
    Unit.PRICE: None,
    Unit.MONEY: 10**MONEY_SCALE,
    Unit.DURATION: 1,
}
"""Whole-number units per one of each unit; None: the instrument's own scale."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that a detector measures of a candidate.

    Parameters
    ----------
    unit : Unit
        What it counts.
    meaning : str
        One line, shown to rule authors and in `surveil detectors show`.
    """

    unit: Unit
    meaning: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What the tape must carry for a detector to see anything.

    Parameters
    ----------
    kinds : tuple of Kind
        Kinds of events that it reads; a feed without one of them makes the detector's rules blind.
    fields : tuple of str
        Columns that it reads beyond time and key; a feed without one makes its rules blind.
    """

    kinds: tuple[Kind, ...]
    fields: tuple[str, ...] = ()


Duration = Annotated[int, msgspec.Meta(extra_json_schema={"unit": "duration"})]
"""Whole ns in a detector's `Params`; written ``30s``, ``5m`` or ``2h`` in a rule."""

Money = Annotated[int, msgspec.Meta(extra_json_schema={"unit": "money"})]
"""Base-currency money in 10**-4 in a detector's `Params`; written ``1_000_000 USD`` in a rule."""
