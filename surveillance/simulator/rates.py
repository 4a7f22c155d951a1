"""Exchange rates of the days before a simulated day, so that money in other currencies can be converted."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

DAYS: Final = 10
"""Business days before the simulated day that have a rate; the newest is that of the day before."""

BASE: Final = "USD"
_AROUND: Final = {"EUR": 1.12}
_STREAM: Final = 7_301
"""Sets the random stream apart from those of the market, which do not change when rates do."""


def write_rates(day: date, seed: int, currencies: Iterable[str], path: Path) -> None:
    """Write ``date,base,quote,rate``: what one unit of each currency was worth in USD, the newest day first.

    Parameters
    ----------
    day : date
        The simulated day; it has no rate itself, because no event of it could know one.
    seed : int
        Of the simulated day.
    currencies : iterable of str
        Those of its instruments.
    path : Path
        The file.
    """
    rng = np.random.default_rng([_STREAM, seed])
    days = np.busday_offset(np.datetime64(day), -np.arange(1, DAYS + 1), roll="forward")
    rows: list[list[str]] = []
    for currency in sorted(set(currencies) - {BASE}):
        walk = _AROUND[currency] * np.cumprod(1 + rng.normal(0, 0.004, DAYS))
        rows += [[str(one), currency, BASE, f"{rate:.4f}"] for one, rate in zip(days, walk, strict=True)]
    rows.sort(key=lambda row: row[0], reverse=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "base", "quote", "rate"])
        writer.writerows(rows)
