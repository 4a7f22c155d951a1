"""One account pushes the price just before it is fixed: at the close, the opening or a time of reference."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import numpy as np

from surveillance.api import (
    NULL,
    ORDER,
    TRADE,
    Candidates,
    Decided,
    Duration,
    Measure,
    Params,
    TimedDetector,
    Unit,
    candidates,
    ratio,
    read_time,
    rows,
    share,
)
from surveillance_detectors.pressure import EVERYWHERE, MEASURES, PUSHED, VOLUME, Pressure, of_side

_PRICES: Final = rows(TRADE).by("instrument")


class MarkingCloseParams(Params, frozen=True):
    """Before what it looks, and how far.

    Parameters
    ----------
    window : duration
        How long before an order that pushes it looks back, and how long after it the close may come.
    usual : duration
        How far back the instrument's usual size of orders is taken from.
    mark : str
        What it looks for: ``session_close``, ``session_open``, ``auction_start`` or ``auction_end``.
    times : list of str
        Times of the day that count as well, such as ``16:00 America/New_York``: for feeds without marks and calendars,
        and for fixings.
    """

    window: Duration
    usual: Duration
    mark: Literal["session_close", "session_open", "auction_start", "auction_end"] = "session_close"
    times: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.window <= self.usual:
            raise ValueError("usual must not be shorter than window: sizes are compared with those before")
        for written in self.times:
            read_time(written)


class MarkingClose(Pressure, TimedDetector):
    """Measure how much one account pushes the price of an instrument within a short time before its close.

    An order pushes when it is more than what stands at the other side's best price and its limit lies beyond that
    price by at least half the spread: it takes the level and goes on. An immediate order that finds nothing left to
    take pushes as well. The close must come within the window after the order, so what is measured of the last such
    order is what the account did before the close. The close is the next mark of the feed or of the calendar, or one
    of the times of the day that are given.
    """

    id = "marking.close"
    version = "2"
    measures: ClassVar = {
        **MEASURES,
        "pushed": Measure(Unit.MULTIPLE, "Quantity of the orders that push, in median orders of the instrument."),
        "drift": Measure(Unit.SHARE, "How far the price went the account's way within the window; 0 if it did not."),
        "to_close": Measure(Unit.DURATION, "How long before the close; not known where none comes within the window."),
    }
    Params = MarkingCloseParams

    within: ClassVar = {
        **PUSHED,
        **EVERYWHERE,
        **VOLUME,
        "first": _PRICES.first("price"),
        "last": _PRICES.last("price"),
    }

    def horizon(self) -> int:
        """Return how long after an order the close may come."""
        return int(self.p.window)

    def measure(self, at: Decided) -> Candidates:
        """Set what the account pushed before the close against the market."""
        known = (at.first != NULL) & (at.last != NULL)
        way = np.where(at.side == 1, at.last - at.first, at.first - at.last)
        return candidates(
            row=at.row,
            first=at.span(ORDER, side=at.side, start=at.time - self.p.window, until=at.time).first,
            last=at.row,
            pushed=ratio(of_side(at, at.pushed_buys, at.pushed_sells), at.median),
            drift=share(np.where(known, way.clip(0), NULL), np.where(known, at.first, 0)),
            to_close=self.ahead(at, self.p.mark, self.p.times),
            **self.pressed(at),
        )
