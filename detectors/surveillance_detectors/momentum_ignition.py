"""One account starts a move with orders that push, and turns round within minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from surveillance.api import Decided, Duration, Measure, Params, Unit, ratio, share
from surveillance_detectors.pressure import HALF_AN_HOUR, Pressure, of_side


class MomentumIgnitionParams(Params, frozen=True):
    """How long move and return may take together.

    Parameters
    ----------
    window : duration
        How long before an order that goes back the pushes may have come.
    usual : duration
        How far back the instrument's usual size of orders is taken from.
    """

    window: Duration
    usual: Duration = HALF_AN_HOUR


class MomentumIgnition(Pressure):
    """Measure orders that push one way before an order of the same account that pushes the other way.

    An order pushes when it is more than what stands at the other side's best price and its limit lies beyond that
    price by at least half the spread: it takes the level and goes on. An immediate order that finds nothing left to
    take pushes as well.
    """

    id = "momentum.ignition"
    version = "2"
    shard = ("instrument",)
    measures: ClassVar = {
        "ignited": Measure(Unit.COUNT, "Orders that push the one way, before."),
        "reversing": Measure(Unit.COUNT, "Orders that push back."),
        "reversed": Measure(Unit.MULTIPLE, "What was traded back, as a multiple of what was traded the one way."),
        "push_share": Measure(Unit.SHARE, "What the account pushes both ways, of all that pushes in the instrument."),
        "pushing": Measure(Unit.SHARE, "Orders that push, of all orders that the account entered."),
        "push_size": Measure(Unit.MULTIPLE, "Mean quantity of the orders that push the one way, in median orders."),
        "back_size": Measure(Unit.MULTIPLE, "Mean quantity of those that push back, in median orders."),
        "traded": Measure(Unit.QUANTITY, "What the account traded the one way."),
        "returned": Measure(Unit.QUANTITY, "What it traded back."),
    }
    Params = MomentumIgnitionParams

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Set what was pushed one way against what went back."""
        pushed, everybody = at.pushed_buys + at.pushed_sells, at.all_buys + at.all_sells
        traded, returned = self.traded(at, at.other), self.traded(at, at.side)
        entered = self.entered(at, at.side) + self.entered(at, at.other)
        pushes = at.push_buys + at.push_sells
        return {
            "ignited": of_side(at, at.push_sells, at.push_buys),
            "reversing": of_side(at, at.push_buys, at.push_sells),
            "reversed": ratio(returned, traded),
            "push_share": share(pushed, everybody),
            "pushing": share(pushes, np.maximum(entered, pushes)),
            "push_size": self.size(at, at.other),
            "back_size": self.size(at, at.side),
            "traded": traded,
            "returned": returned,
        }
