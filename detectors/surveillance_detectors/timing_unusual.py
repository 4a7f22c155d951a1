"""An account, trader, desk or venue begins to order at an hour of the day at which it never did on the days before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np

from surveillance.api import (
    NULL,
    ORDER,
    Aggregate,
    Candidates,
    Decided,
    Detector,
    Duration,
    Measure,
    Needs,
    Params,
    RowClass,
    Unit,
    Window,
    candidates,
)

_HOUR: Final = 3_600 * 10**9


class TimingUnusualParams(Params, frozen=True):
    """Whose hours, and what a beginning is.

    Parameters
    ----------
    by : str
        Whose hours: of an ``account``, ``trader``, ``desk`` or ``venue``.
    quiet : duration
        How long it may not have ordered before, so that an order is a beginning.
    """

    by: Literal["account", "trader", "desk", "venue"]
    quiet: Duration

    def __post_init__(self) -> None:
        if self.quiet <= 0:
            raise ValueError("quiet must be longer than 0")


class TimingUnusual(Detector):
    """Measure how far the beginning of activity is from the hours of the day in which it ever was usual.

    The pattern is the first order after a quiet time. What was usual comes from the baselines: the hours of the UTC day
    in which there were orders on the trading days before. Who goes on from one hour to the next begins nothing.
    """

    id = "timing.unusual"
    version = "2"
    key = ("account",)
    shard = ("account",)
    needs = Needs(kinds=(ORDER,), fields=("account", "account_days", "account_hours_away"))
    measures = {
        "active_days": Measure(Unit.COUNT, "Trading days before on which there were orders."),
        "away": Measure(Unit.DURATION, "From the start of the hour to that of the next hour that ever had orders."),
    }
    Params = TimingUnusualParams

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.key = (params.by,)  # type: ignore[misc] # what is a constant of other detectors is this one's parameter
        self.shard = (params.by,)  # type: ignore[misc]
        self._days, self._away = f"{params.by}_days", f"{params.by}_hours_away"
        self.needs = Needs(kinds=(ORDER,), fields=(params.by, self._days, self._away))  # type: ignore[misc]

    @property
    def anchors(self) -> RowClass:
        """Orders, by whose they are."""
        return RowClass((ORDER,), self.key)

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return how many orders there were in the quiet time, this one included."""
        return {"orders": (Aggregate(self.anchors, "count"), Window(self.p.quiet))}

    def look_back(self) -> int:
        """Return the quiet time."""
        return int(self.p.quiet)

    def measure(self, at: Decided) -> Candidates:
        """Measure the beginnings."""
        at = at.keep(at.orders == 1)
        away = at.column(self._away)
        return candidates(
            row=at.row,
            first=at.row,
            last=at.row,
            active_days=at.column(self._days),
            away=np.where(away == NULL, NULL, away * _HOUR),
        )
