"""A trader trades far more, over all desks and asset classes, than the limits of those classes allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from surveillance.api import (
    TRADE,
    AssetClass,
    Decided,
    Duration,
    Measure,
    Money,
    Needs,
    Params,
    Unit,
    WindowDetector,
    rows,
)

_GREATEST_SCALE: Final = 10**14
"""Above it the weighted notionals of one busy window might not fit 64 bits."""


class NotionalBurstParams(Params, frozen=True):
    """Window and limits of `notional.burst`.

    Parameters
    ----------
    window : duration
        How long before a trade notionals are added up.
    limits : mapping of str to money
        Limit of each asset class, in the base currency.
    """

    window: Duration
    limits: dict[str, Money]

    def __post_init__(self) -> None:
        known = {one.name.lower() for one in AssetClass}
        for name, limit in self.limits.items():
            if name not in known:
                raise ValueError(f"limits: {name!r} is not an asset class; there are {', '.join(sorted(known))}")
            if limit <= 0:
                raise ValueError(f"limits: the limit of {name} is not above 0")
        if not self.limits:
            raise ValueError("limits: at least one asset class needs a limit")
        if self.common > _GREATEST_SCALE:
            raise ValueError("limits: their smallest common multiple is too large to add exactly; take rounder limits")

    @property
    def common(self) -> int:
        """Smallest common multiple of the limits: the exact common denominator of notional / limit."""
        return math.lcm(*self.limits.values())


class NotionalBurst(WindowDetector):
    """Measure a trader's notional over a sliding window as a multiple of the limits of the asset classes.

    Notionals are divided by the limit of their asset class and added up, exactly: half a limit of shares and half
    a limit of bonds are one limit. Asset classes without a limit do not count, and neither do trades whose money
    in the base currency is not known.
    """

    id = "notional.burst"
    version = "1"
    key = ("trader",)
    shard = ("trader",)
    needs = Needs(kinds=(TRADE,), fields=("base_notional", "asset_class", "trader"))
    measures = {
        "times_limit": Measure(Unit.MULTIPLE, "Sum over asset classes of notional / limit of the class."),
        "notional": Measure(Unit.MONEY, "Notional of all trades in the window."),
        "trades": Measure(Unit.COUNT, "Trades in the window."),
    }
    Params = NotionalBurstParams

    trades_of = rows(TRADE).by("trader")
    trades = trades_of.count()
    notional = trades_of.sum("base_notional")
    weighted = trades_of.sum("base_notional", weights="weights")

    def weights(self) -> list[int]:
        """Return the factor of each asset class that brings its limit to the common denominator."""
        factors = [0] * (max(AssetClass) + 1)
        for name, limit in self.p.limits.items():
            factors[AssetClass[name.upper()]] = self.p.common // limit
        return factors

    def scale(self, measure: str) -> int | None:
        """Return the common denominator for `times_limit`, so that it is exact."""
        return self.p.common if measure == "times_limit" else super().scale(measure)

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Hand on the aggregates as measures."""
        return {"times_limit": at.weighted, "notional": at.notional, "trades": at.trades}
