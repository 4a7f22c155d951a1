"""An account, trader, desk or venue is active at a time of the day at which it never was on the days before."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    ORDER,
    TRADE,
    Candidates,
    Decided,
    Detector,
    Duration,
    Kind,
    Measure,
    Needs,
    Params,
    RowClass,
    Unit,
    candidates,
    share,
)

_DAY: Final = 86_400 * 10**9


class TimingUnusualParams(Params, frozen=True):
    """Whose hours, and what usual means.

    Parameters
    ----------
    by : str
        Whose activity: of an ``account``, ``trader``, ``desk`` or ``venue``.
    rows : str
        What counts as activity: ``order`` or ``trade``.
    near : duration
        How far around the same time of another day activity is looked for.
    quiet : duration
        How long nothing may have happened before, so that activity begins.
    days : int
        How many days are looked back on, of 24 hours each.
    """

    by: Literal["account", "trader", "desk", "venue"]
    near: Duration
    quiet: Duration
    rows: Literal["order", "trade"] = "order"
    days: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.near < _DAY // 2:
            raise ValueError("near must be longer than 0 and shorter than 12h: two days would overlap")
        if self.quiet <= 0:
            raise ValueError("quiet must be longer than 0")
        if not 1 <= self.days <= 31:
            raise ValueError("days must be from 1 to 31: the tape holds all of them")


class TimingUnusual(Detector):
    """Measure on how many of the days before there was activity at this time of the day.

    The pattern is the first order (or trade) after a quiet time. A day before counts as active when there was
    activity within 12 hours of the same time, and as familiar when there was some within `near` of it. The tape holds
    all of the days that are looked back on.
    """

    id = "timing.unusual"
    version = "1"
    key = ("account",)
    shard = ("account",)
    needs = Needs(kinds=(ORDER,), fields=("side", "quantity", "account"))
    measures = {
        "active_days": Measure(Unit.COUNT, "Days before on which there was activity."),
        "familiar_days": Measure(Unit.COUNT, "Days before on which there was activity at this time of the day."),
        "familiar": Measure(Unit.SHARE, "Familiar days, of the active ones."),
    }
    Params = TimingUnusualParams

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.key = (params.by,)  # type: ignore[misc] # what is a constant of other detectors is this one's parameter
        self.shard = (params.by,)  # type: ignore[misc]
        self.kind: Kind = ORDER if params.rows == "order" else TRADE
        fields = ("side", "quantity", params.by)
        self.needs = Needs(kinds=(self.kind,), fields=fields)  # type: ignore[misc]

    @property
    def anchors(self) -> RowClass:
        """What counts as activity, by whose it is."""
        return RowClass((self.kind,), self.key)

    @property
    def reads(self) -> set[str]:
        """Columns that spans need, and the key."""
        return {"side", "quantity", *self.key}

    def look_back(self) -> int:
        """Return the days that are looked back on, and half a day."""
        return int(self.p.days * _DAY + _DAY // 2)

    def measure(self, at: Decided) -> Candidates:
        """Measure the beginnings of activity."""
        at = at.keep(~self._any(at, at.time - self.p.quiet, at.time - 1))
        active, familiar = np.zeros(len(at), dtype=np.int64), np.zeros(len(at), dtype=np.int64)
        for day in range(1, self.p.days + 1):
            same = at.time - day * _DAY
            active += self._any(at, same - _DAY // 2 + 1, same + _DAY // 2 - 1)
            familiar += self._any(at, same - self.p.near, same + self.p.near)
        return candidates(
            row=at.row,
            first=at.row,
            last=at.row,
            active_days=active,
            familiar_days=familiar,
            familiar=share(familiar, active),
        )

    def _any(self, at: Decided, start: NDArray[Any], until: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell whether there was activity of either side, or of none, in a stretch of time."""
        found = np.zeros(len(at), dtype=np.bool_)
        for side in (0, 1, 2):
            found |= at.span(self.kind, side=side, start=start, until=until).count > 0
        return found
