"""How often, how precisely and how soon: figures with intervals that say how much they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 2_000
LEVEL: Final = 0.95
_SEED: Final = 20_260_316


@dataclass(frozen=True, slots=True)
class Share:
    """A share of some cases, with a bootstrap interval.

    Parameters
    ----------
    hits, of : int
        Cases that count, of all.
    low, high : float or None
        Ends of the percentile interval of 95 %; None without cases.
    """

    hits: int
    of: int
    low: float | None
    high: float | None

    @property
    def value(self) -> float | None:
        """The share; None without cases."""
        return self.hits / self.of if self.of else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {"hits": self.hits, "of": self.of, "value": self.value, "low": self.low, "high": self.high}


def share(cases: Sequence[bool]) -> Share:
    """Return the share of cases that are true, with its interval.

    Notes
    -----
    Percentile bootstrap over the cases (Efron 1979), `RESAMPLES` times from a fixed seed, so that the same run gives
    the same figures. With all cases alike the interval has no extent; it then says nothing about how few there are.
    """
    values = np.asarray(cases, dtype=np.float64)
    if not len(values):
        return Share(0, 0, None, None)
    means = resampled(values).mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Share(int(values.sum()), len(values), float(low), float(high))


def resampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw the values with replacement, `RESAMPLES` times; one row a draw."""
    drawn = np.random.default_rng(_SEED).integers(0, len(values), (RESAMPLES, len(values)))
    return values[drawn]


def f1(precision: Share, recall: Share) -> float | None:
    """Return the harmonic mean of precision and recall; None where one of them is not known."""
    if precision.value is None or recall.value is None:
        return None
    total = precision.value + recall.value
    return 2 * precision.value * recall.value / total if total else 0.0


def delays(nanoseconds: Sequence[int]) -> dict[str, float] | None:
    """Return the median and the 90th percentile of delays, in seconds; None without any."""
    if not nanoseconds:
        return None
    seconds = np.asarray(nanoseconds, dtype=np.float64) / 1e9
    return {"median_s": float(np.median(seconds)), "p90_s": float(np.quantile(seconds, 0.9))}
