"""The price has run for an account that had built a position before, and it gets out with orders that push."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np

from surveillance.api import (
    NULL,
    ORDER,
    TRADE,
    Decided,
    Declared,
    Duration,
    Measure,
    Params,
    Unit,
    Window,
    rows,
    share,
)
from surveillance_detectors.pressure import EVERYWHERE, HALF_AN_HOUR, MEDIAN, PUSHED, Pressure, of_side

_PRICES: Final = rows(TRADE).by("instrument")
_LOWEST, _HIGHEST, _LAST = _PRICES.min("price"), _PRICES.max("price"), _PRICES.last("price")


class PumpExitParams(Params, frozen=True):
    """Windows of `pump.exit`.

    Parameters
    ----------
    window : duration
        How long before an order that pushes the position may have been built.
    dump : duration
        The last part of the window, in which the account gets rid of it.
    usual : duration
        How far back the instrument's usual size of orders is taken from.
    """

    window: Duration
    dump: Duration
    usual: Duration = HALF_AN_HOUR

    def __post_init__(self) -> None:
        if not 0 < self.dump < self.window:
            raise ValueError("dump must be longer than 0 and shorter than window, of which it is the last part")


class PumpExit(Pressure):
    """Measure orders that push against a position which the same account built before, and how far the price had run.

    An order pushes when it is more than what stands at the other side's best price and its limit lies beyond that
    price by at least half the spread: it takes the level and goes on. An immediate order that finds nothing left to
    take pushes as well. Out of purchases it is a sale (pump and dump), out of sales a purchase (trash and cash).
    Bought and sold are set off against each other, so that who trades to and fro has built nothing.
    """

    id = "pump.exit"
    version = "1"
    measures: ClassVar = {
        "pushes": Measure(Unit.COUNT, "Orders that push out of the position, in the dump."),
        "pushing": Measure(Unit.SHARE, "Those, of all orders of the side that the account entered in the dump."),
        "focus": Measure(Unit.SHARE, "The account's orders that push in the instrument, of those in all instruments."),
        "push_size": Measure(Unit.MULTIPLE, "Mean quantity of those, in median orders of the instrument."),
        "built": Measure(Unit.QUANTITY, "Net quantity that the account built up before the dump."),
        "built_one_way": Measure(Unit.SHARE, "What it built, of all that it traded before the dump."),
        "price_move": Measure(Unit.SHARE, "Way of the price the account's way, since its worst within the window."),
        "of_range": Measure(Unit.SHARE, "That, of the way from the lowest to the highest price within the window."),
    }
    Params = PumpExitParams

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return what was pushed in the dump, the prices of the window and the usual size of orders."""
        dump, window = Window(self.p.dump), Window(self.p.window)
        return {
            **{name: (declared, dump) for name, declared in {**PUSHED, **EVERYWHERE}.items()},
            "lowest": (_LOWEST, window),
            "highest": (_HIGHEST, window),
            "last": (_LAST, window),
            "median": (MEDIAN, Window(self.p.usual)),
        }

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set what is pushed against what was built before."""
        since, dump = at.time - self.p.window, at.time - self.p.dump
        gathered = at.span(TRADE, side=at.other, start=since, until=dump - 1).quantity
        given = at.span(TRADE, side=at.side, start=since, until=dump - 1).quantity
        built = np.maximum(gathered - given, 0)
        before = at.span(ORDER, side=at.side, start=dump, until=at.time - 1)
        pushes = of_side(at, at.push_buys, at.push_sells)
        known = (at.lowest != NULL) & (at.last != NULL)
        worst = of_side(at, at.highest, at.lowest)
        way = np.where(known, np.abs(at.last - worst), NULL)
        return {
            "pushes": pushes,
            "pushing": share(pushes, np.maximum(before.count + 1, pushes)),
            "focus": share(at.push_buys + at.push_sells, at.everywhere),
            "push_size": self.size(at, at.side),
            "built": built,
            "built_one_way": share(built, gathered + given),
            "price_move": share(way, np.where(known, worst, 0)),
            "of_range": share(way, np.where(known, at.highest - at.lowest, 0)),
        }
