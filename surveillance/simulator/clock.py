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


def session(day: date) -> tuple[int, int]:
    """Return the open and the close of New York's exchanges in ns since 1970-01-01 UTC."""
    first, last = (datetime.combine(day, at, NEW_YORK).timestamp() for at in (time(9, 30), time(16, 0)))
    return int(first) * SECOND, int(last) * SECOND


def busyness(day: date) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each slice's share of the day's orders: of exchange-traded instruments, and of continuous ones.

    Exchanges follow the well-known U: busy at the open, busiest at the close. Continuous markets swell with the
    American day.
    """
    start, (first, last) = midnight(day), session(day)
    middle = start + (np.arange(SLICES) + 0.5) * SLICE
    phase = (middle - first) / (last - first)
    inside = (phase > 0) & (phase < 1)
    exchange = np.where(inside, 0.55 + 1.6 * np.abs(2 * phase - 1) ** 3 + 0.5 * np.exp(-40 * np.abs(1 - phase)), 0.0)
    continuous = 0.7 + 0.6 * np.exp(-(((phase - 0.4) / 0.8) ** 2))
    return exchange / exchange.sum(), continuous / continuous.sum()
