"""What detectors of price pressure have in common: orders that push, and how much of the market they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    ORDER,
    TRADE,
    Decided,
    Declared,
    Measure,
    Needs,
    RowClass,
    SequenceDetector,
    Unit,
    Window,
    ratio,
    rows,
    share,
)
from surveillance_detectors.order_tests import NOT_A_MARKET_MAKER, PUSHES

IntArray = NDArray[Any]

_PUSHING: Final = rows(ORDER).that(NOT_A_MARKET_MAKER, PUSHES)
_MINE: Final = _PUSHING.by("account", "instrument")
_ALL: Final = _PUSHING.by("instrument")

PUSHED: Final[Mapping[str, Declared]] = {
    "push_buys": _MINE.count(side="buy"),
    "push_sells": _MINE.count(side="sell"),
    "pushed_buys": _MINE.sum("quantity", side="buy"),
    "pushed_sells": _MINE.sum("quantity", side="sell"),
    "all_buys": _ALL.sum("quantity", side="buy"),
    "all_sells": _ALL.sum("quantity", side="sell"),
}

EVERYWHERE: Final[Mapping[str, Declared]] = {"everywhere": _PUSHING.by("account").count()}
"""What the account pushes in all instruments."""

HALF_AN_HOUR: Final = 1_800_000_000_000
"""How far back the usual size of orders is taken from where a rule does not say, ns."""

MEDIAN: Final = rows(ORDER).by("instrument").median("quantity")
"""Usual size of the instrument's orders."""

VOLUME: Final[Mapping[str, Declared]] = {"volume": rows(TRADE).by("instrument").sum("quantity", side="buy")}

FIELDS: Final = (
    "account", "instrument", "side", "price", "quantity", "capacity", "bid", "ask", "bid_quantity", "ask_quantity",
)  # fmt: skip

MEASURES: Final = {
    "pushes": Measure(Unit.COUNT, "Orders of the side that push."),
    "one_sided": Measure(Unit.SHARE, "Those, of the account's orders that push, on both sides."),
    "push_share": Measure(Unit.SHARE, "Their quantity, of all that pushes in the instrument but market makers'."),
    "pushing": Measure(Unit.SHARE, "Those, of all orders of the side that the account entered."),
    "push_size": Measure(Unit.MULTIPLE, "Mean quantity of the orders of the side that push, in median orders."),
    "focus": Measure(Unit.SHARE, "The account's orders that push in the instrument, of those in all instruments."),
    "volume_share": Measure(Unit.SHARE, "What the account traded on the side, of the instrument's volume."),
    "traded": Measure(Unit.QUANTITY, "What the account traded on the side."),
}


class Pressure(SequenceDetector):
    """Orders that push: more than what stands at the best price, and with a limit beyond it by half the spread.

    An immediate order that finds nothing left to take pushes as well. The detector is asked about each of them. What
    the account did besides is found by spans, which cost nothing where nobody pushes. Market makers are not measured:
    to take a stale quote is their protection.
    """

    key = ("account", "instrument")
    shard: ClassVar[tuple[str, ...]] = ()  # what an account pushes elsewhere counts as well
    needs = Needs(kinds=(ORDER, TRADE), fields=FIELDS)
    anchor = ORDER
    within: ClassVar[Mapping[str, Declared]] = PUSHED

    @property
    def anchors(self) -> RowClass:
        """Orders that push."""
        return _MINE.row_class

    def look_back(self) -> int:
        """Return how far back it reads: the window, and where the usual size of orders is taken from."""
        return max(int(self.p.window), int(self.p.usual))

    def horizon(self) -> int:
        """Return 1: spans end before the order, and a bust of equal time may still follow it."""
        return 1

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return the aggregates over the window before each order that pushes."""
        within = {name: (declared, Window(self.p.window)) for name, declared in self.within.items()}
        return {**within, "median": (MEDIAN, Window(self.p.usual))}

    def entered(self, at: Decided, side: IntArray) -> IntArray:
        """Return how many orders of a side the account entered in the window; those of equal time are not known yet."""
        before = at.span(ORDER, side=side, start=at.time - self.p.window, until=at.time - 1)
        found: IntArray = before.count + (side == at.side)
        return found

    def traded(self, at: Decided, side: IntArray) -> IntArray:
        """Return what the account traded on a side in the window before the order."""
        return at.span(TRADE, side=side, start=at.time - self.p.window, until=at.time - 1).quantity

    def size(self, at: Decided, side: IntArray) -> IntArray:
        """Return the mean quantity of the orders of a side that push, in median orders of the instrument."""
        buys = side == 1
        pushes = np.where(buys, at.push_buys, at.push_sells)
        pushed = np.where(buys, at.pushed_buys, at.pushed_sells)
        return ratio(pushed, pushes * np.maximum(at.median, 0))

    def pressed(self, at: Decided) -> dict[str, IntArray]:
        """Return `MEASURES` for the side of each anchor; it asks for `EVERYWHERE` and `VOLUME`."""
        pushes = of_side(at, at.push_buys, at.push_sells)
        traded = self.traded(at, at.side)
        return {
            "pushes": pushes,
            "one_sided": share(pushes, at.push_buys + at.push_sells),
            "push_share": share(of_side(at, at.pushed_buys, at.pushed_sells), at.all_buys + at.all_sells),
            "pushing": share(pushes, np.maximum(self.entered(at, at.side), pushes)),
            "push_size": self.size(at, at.side),
            "focus": share(at.push_buys + at.push_sells, at.everywhere),
            "volume_share": share(np.minimum(traded, at.volume), at.volume),
            "traded": traded,
        }


def of_side(at: Decided, buys: IntArray, sells: IntArray) -> IntArray:
    """Return what is of each anchor's side."""
    return np.where(at.side == 1, buys, sells)
