"""Far more is traded in an instrument than it is used to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveillance.api import (
    TRADE,
    Decided,
    Duration,
    Measure,
    Needs,
    Params,
    Unit,
    WindowDetector,
    ratio,
    rows,
)


class VolumeSpikeParams(Params, frozen=True):
    """Windows of `volume.spike`.

    Parameters
    ----------
    window : duration
        The stretch of time that is looked at.
    usual : duration
        The stretch that it is compared with; the window is its last part.
    """

    window: Duration
    usual: Duration

    def __post_init__(self) -> None:
        if not 0 < self.window <= self.usual // 2:
            raise ValueError(
                "usual must be at least twice as long as window: it tells what the window is compared with"
            )


class VolumeSpike(WindowDetector):
    """Measure an instrument's volume as a multiple of its own over a longer time before.

    What is usual is the mean of as many stretches of the window's length as the rest of `usual` holds. Of a time that
    the feed does not reach back to nothing is known, and nothing was traded in it: `before` says how many trades the
    comparison rests on.
    """

    id = "volume.spike"
    version = "1"
    key = ("instrument",)
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("quantity", "instrument"))
    measures = {
        "volume": Measure(Unit.QUANTITY, "Quantity traded in the window, a row a side."),
        "times_usual": Measure(Unit.MULTIPLE, "That volume as a multiple of the usual one, before the window."),
        "trades": Measure(Unit.COUNT, "Trades in the window, a row a side."),
        "trades_times_usual": Measure(Unit.MULTIPLE, "Those trades as a multiple of the usual number."),
        "before": Measure(Unit.COUNT, "Trades in the usual time before the window."),
    }
    Params = VolumeSpikeParams

    all_trades = rows(TRADE).by("instrument")
    volume, trades = all_trades.sum("quantity"), all_trades.count()
    usual_volume, usual_trades = all_trades.sum("quantity").over("usual"), all_trades.count().over("usual")

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set the window against the time before it."""
        stretches = self.p.usual // self.p.window - 1
        before = at.usual_trades - at.trades
        return {
            "volume": at.volume,
            "times_usual": ratio(at.volume * stretches, at.usual_volume - at.volume),
            "trades": at.trades,
            "trades_times_usual": ratio(at.trades * stretches, before),
            "before": before,
        }
