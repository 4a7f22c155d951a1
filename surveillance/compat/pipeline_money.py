"""Money of the desk pipeline: a static table of rates, marked as such, behind the engine's dated exchange rates."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from logging import WARNING
from typing import Any, Final

from surveillance.compat.pipeline_log import log
from surveillance.compat.pipeline_rules import exact
from surveillance.events.rates import Rates

BASE: Final = "USD"
_WEEKS: Final = range(-14, 47_600, 7)
"""Days from 1970 to 2100 at which the static rate is quoted: a quote holds for five business days."""


class StaticRates(Rates):
    """Rates that have no date: what `get_rate` says holds at all times.

    Parameters
    ----------
    get_rate : callable
        Gives what one unit of a currency is worth in USD; None where that is not known.
    """

    __slots__ = ("_get_rate",)

    def __init__(self, get_rate: Callable[[str], Any]) -> None:
        super().__init__({}, "static")
        object.__setattr__(self, "_get_rate", get_rate)

    def series(self, currency: str, base: str) -> dict[int, Fraction]:
        """Return the one rate for every week, so that no event is too late for it; empty where it is not known."""
        get_rate: Callable[[str], Any] = self._get_rate  # type: ignore[attr-defined]
        rate = get_rate(currency) if base == BASE else None
        value = None if rate is None else exact(rate)
        if value is None or value <= 0:
            log(WARNING, "currency_without_rate", currency=currency)
            return {}
        return dict.fromkeys(_WEEKS, value)
