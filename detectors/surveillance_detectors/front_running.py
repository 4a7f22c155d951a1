"""The house orders shortly before or beside a large order of a client, on the same side, and gets out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from surveillance.api import (
    NULL,
    ORDER,
    Candidates,
    Decided,
    Declared,
    Duration,
    Measure,
    Needs,
    Params,
    RowClass,
    SequenceDetector,
    Side,
    Unit,
    Window,
    candidates,
    column_enum,
    ratio,
    rows,
    share,
)

_BUY: Final = int(Side.BUY)
_CLIENTS = rows(ORDER, capacity="client")


class FrontRunningParams(Params, frozen=True):
    """How far around an order of the house a client's is looked for, and how soon the house gets out.

    Parameters
    ----------
    ahead : duration
        How long before the client's order the house may order.
    beside : duration
        How long after the client's order, while that is being executed.
    unwind : duration
        How long after its order the house may take to get out; what else it orders is counted as far before as well.
    usual : duration
        Stretch of time over which the usual size of clients' orders in the instrument is taken.
    capacity : str
        Whose orders are looked at: ``house`` or ``market_maker``.
    """

    ahead: Duration
    beside: Duration
    unwind: Duration
    usual: Duration
    capacity: Literal["house", "market_maker"] = "house"

    def __post_init__(self) -> None:
        for name in ("ahead", "beside", "unwind", "usual"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be longer than 0")
        if self.unwind < self.ahead:
            raise ValueError("unwind must not be shorter than ahead: the house gets out after the client's order")


class FrontRunning(SequenceDetector):
    """Measure orders of the house around a client's large order of the same side, and how they are undone.

    The pattern starts at an order of the house. Of the orders that clients enter on the same side, from `beside`
    before it to `ahead` after it, the largest counts; how large it is for the instrument is told by the median of
    clients' orders over `usual`. What the house then orders on the other side within `unwind` undoes its own.
    """

    id = "front.running"
    version = "2"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(ORDER,), fields=("side", "quantity", "capacity", "account", "instrument"))
    measures = {
        "client_order": Measure(Unit.QUANTITY, "Largest order of a client on the same side around the order."),
        "client_size": Measure(Unit.MULTIPLE, "That order as a multiple of the median order of clients."),
        "of_client": Measure(Unit.SHARE, "Quantity of the house's order, of the client's."),
        "size": Measure(Unit.MULTIPLE, "Quantity of the house's order as a multiple of the median order of clients."),
        "singled": Measure(Unit.SHARE, "The order, of all that the account ordered on its side around it."),
        "undone": Measure(Unit.MULTIPLE, "Ordered on the other side in the time for getting out, by the order."),
        "undone_at_once": Measure(Unit.MULTIPLE, "Largest single order of these, by the order."),
        "held": Measure(Unit.DURATION, "From the order to the first one on the other side."),
    }
    Params = FrontRunningParams
    anchor = ORDER

    @property
    def anchors(self) -> RowClass:
        """Orders of the house."""
        return RowClass((ORDER,), self.key, (("capacity", column_enum("capacity", self.p.capacity)),))

    def horizon(self) -> int:
        """Return the time in which the house gets out."""
        return int(self.p.unwind)

    def look_back(self) -> int:
        """Return the longest time before the order that is looked at."""
        return int(max(self.p.usual, self.p.beside, self.p.unwind))

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return the largest orders of clients around the order, and their usual size."""
        largest = _CLIENTS.by("instrument", "side").max("quantity")
        bought, sold = (
            rows(ORDER, capacity=self.p.capacity, side=side).by(*self.key).max("quantity") for side in ("buy", "sell")
        )
        return {
            "then_bought": (bought, Window(self.p.unwind, "start")),
            "then_sold": (sold, Window(self.p.unwind, "start")),
            "before": (largest, Window(self.p.beside)),
            "after": (largest, Window(self.p.ahead, "start")),
            "usual": (_CLIENTS.by("instrument").median("quantity"), Window(self.p.usual)),
        }

    def measure(self, at: Decided) -> Candidates:
        """Measure every order of the house that has a larger one of a client beside it."""
        own, client = at.column("quantity"), np.maximum(at.before, at.after)
        some = (at.side != 0) & (own > 0) & (client > own) & (at.usual != NULL)
        at, own, client = at.keep(some), own[some], client[some]
        until = at.time + self.p.unwind
        out = at.span(ORDER, side=at.other, start_row=at.row, until=until)
        some = out.count > 0
        at, own, client, out = at.keep(some), own[some], client[some], out.keep(some)
        alike = at.span(ORDER, side=at.side, start=at.time - self.p.unwind, until=at.time + self.p.unwind)
        return candidates(
            row=at.row,
            first=at.row,
            last=out.last,
            client_order=client,
            client_size=ratio(client, at.usual),
            of_client=share(own, client),
            size=ratio(own, at.usual),
            singled=share(own, alike.quantity),
            undone=ratio(out.quantity, own),
            undone_at_once=ratio(np.where(at.side == _BUY, at.then_sold, at.then_bought), own),
            held=out.first_time - at.time,
        )
