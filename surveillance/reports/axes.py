"""Axes of a plot: values to places, and ticks where a person would put them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_S: Final = 1_000_000_000
_STEPS: Final = (
    *(number * 1_000_000 for number in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(number * _S for number in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600)),
)


def nanoseconds(iso: str) -> int:
    """Return a time of a finding or event as ns since 1970."""
    moment = datetime.strptime(iso[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int((moment - _EPOCH).total_seconds()) * _S + int(iso[20:29])


@dataclass(frozen=True, slots=True)
class Scale:
    """Places of values between two ends.

    Parameters
    ----------
    low, high : float
        Values at the ends.
    first, last : float
        Places of the ends.
    """

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        part = (value - self.low) / (self.high - self.low)
        return round(self.first + part * (self.last - self.first), 2)


def time_ticks(low: int, high: int, most: int = 7) -> list[tuple[int, str]]:
    """Return times between two, ns, each with its label."""
    step = next((one for one in _STEPS if (high - low) / one <= most), _STEPS[-1])
    ticks = []
    for at in range(-(-low // step) * step, high + 1, step):
        moment = _EPOCH + timedelta(seconds=at // _S)
        text = f"{moment:%H:%M}" if step >= 60 * _S else f"{moment:%H:%M:%S}"
        ticks.append((at, text if step >= _S else f"{text}.{at % _S // 1_000_000:03d}"))
    return ticks


def price_ticks(low: float, high: float, most: int = 5) -> list[tuple[float, str]]:
    """Return round prices between two, each with its label."""
    rough = (high - low) / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(one * size for one in (1, 2, 2.5, 5, 10) if one * size >= rough * 0.999)
    places = max(0, -math.floor(math.log10(step) + 1e-9) + (1 if step / size == 2.5 else 0))
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first
    exact = Decimal(str(step))
    return [(float(exact * (first + place)), f"{exact * (first + place):,.{places}f}") for place in range(count + 1)]
