"""One account pushes the price one way, order after order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np

from surveillance.api import NULL, TRADE, Decided, Duration, Measure, Params, Unit, ratio, rows, share
from surveillance_detectors.pressure import EVERYWHERE, HALF_AN_HOUR, MEASURES, PUSHED, VOLUME, Pressure

_PRICES: Final = rows(TRADE).by("instrument")


class RampingParams(Params, frozen=True):
    """How long the window is.

    Parameters
    ----------
    window : duration
        How long before an order that pushes it looks back.
    usual : duration
        How far back the instrument's usual size of orders is taken from.
    """

    window: Duration
    usual: Duration = HALF_AN_HOUR


class Ramping(Pressure):
    """Measure how much one account pushes the price of an instrument one way, and how far the price went.

    An order pushes when it is more than what stands at the other side's best price and its limit lies beyond that
    price by at least half the spread: it takes the level and goes on. An immediate order that finds nothing left to
    take pushes as well. What the account pushes is compared with all that pushes in the instrument and with its own
    orders; the way of the price with how far prices lie apart anyway.
    """

    id = "ramping"
    version = "2"
    measures: ClassVar = {
        **MEASURES,
        "drift": Measure(Unit.SHARE, "How far the price went the account's way within the window; 0 if it did not."),
        "times_deviation": Measure(Unit.MULTIPLE, "That, as a multiple of the standard deviation of the prices."),
    }
    Params = RampingParams

    within: ClassVar = {
        **PUSHED,
        **EVERYWHERE,
        **VOLUME,
        "first": _PRICES.first("price"),
        "last": _PRICES.last("price"),
        "deviation": _PRICES.deviation("price"),
    }

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set what the account pushed against the market and against the way of the price."""
        known = (at.first != NULL) & (at.last != NULL)
        way = np.where(at.side == 1, at.last - at.first, at.first - at.last)
        drift = np.where(known, way.clip(0), NULL)
        return {
            **self.pressed(at),
            "drift": share(drift, np.where(known, at.first, 0)),
            "times_deviation": ratio(drift, np.where(known, at.deviation, 0)),
        }
