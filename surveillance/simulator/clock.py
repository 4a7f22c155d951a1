"""When the day's instruments trade, and how busy each five minutes are."""

from __future__ import annotations

from datetime import date, datetime, time, timezone
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

SECOND: Final = 1_000_000_000
SLICE: Final = 300 * SECOND
SLICES: Final = 288
DAY: Final = SLICE * SLICES
NEW_YORK: Final = ZoneInfo("America/New_York")


def midnight(day: date) -> int:
    """Return 00:00 UTC of a day in ns since 1970-01-01."""
    return int(datetime.combine(day, time(), timezone.utc).timestamp()) * SECOND


def session(day: date, minutes: int = 0) -> tuple[int, int]:
    """Return the open and the close of New York's exchanges in ns since 1970-01-01 UTC.

    With `minutes` the open is so long before the close.
    """
    first, last = (int(datetime.combine(day, at, NEW_YORK).timestamp()) * SECOND for at in (time(9, 30), time(16, 0)))
    return (last - minutes * 60 * SECOND if minutes else first), last


def busyness(day: date, minutes: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each slice's share of the day's orders: of exchange-traded instruments, and of continuous ones.

    Exchanges follow the well-known U: busy at the open, busiest at the close. Continuous markets swell with the
    American day.
    """
    start, (first, last) = midnight(day), session(day, minutes)
    middle = start + (np.arange(SLICES) + 0.5) * SLICE
    phase = (middle - first) / (last - first)
    inside = (phase > 0) & (phase < 1)
    exchange = np.where(inside, 0.55 + 1.6 * np.abs(2 * phase - 1) ** 3 + 0.5 * np.exp(-40 * np.abs(1 - phase)), 0.0)
    continuous = 0.7 + 0.6 * np.exp(-(((phase - 0.4) / 0.8) ** 2))
    if minutes:
        continuous = np.where(inside, continuous, 0.0)
    return exchange / exchange.sum(), continuous / continuous.sum()
