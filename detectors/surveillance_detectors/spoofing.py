"""One large order stands while the account fills on the other side, and is withdrawn with little of it done."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.api import (
    CANCEL,
    NULL,
    ORDER,
    PPM,
    TRADE,
    Candidates,
    Decided,
    Duration,
    Large,
    Measure,
    Needs,
    Params,
    SequenceDetector,
    Span,
    Unit,
    candidates,
    ratio,
    share,
)


class SpoofingParams(Params, frozen=True):
    """What is large, and how far fills may be from the order.

    Parameters
    ----------
    large : int
        Cancellations count of at least so many times the median order of their instrument.
    recent : duration
        How far back the instrument's orders make that median.
    filled : duration
        How far back fills on the other side count, at most to the entry of the order.
    traded : duration
        How long after the cancellation they still count.
    cancelled : duration
        How long after the cancellation others of that side belong to it.
    attempts : duration
        Instead of fills, orders on the other side will do that were entered at most so long before or after the
        order, filled or not; 0: only fills count.
    """

    large: int
    recent: Duration
    filled: Duration
    traded: Duration
    cancelled: Duration
    attempts: Duration = 0

    def __post_init__(self) -> None:
        for name in ("large", "recent", "filled"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        for name in ("traded", "cancelled", "attempts"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be below 0")


class Spoofing(SequenceDetector):
    """Measure each large cancellation: the order that it ends, what it looked like in the book, and what was filled.

    The pattern is asked about when an order is withdrawn, with what its life was: its size beside the median order of
    the instrument, its share of the visible side, how much of it was done, and the account's fills on the other side
    while it stood or shortly after, or with ``attempts`` the orders that came together with it. Immediate orders,
    which are cancelled by the venue, do not count. Orders may be of any age: their entry is known from the table of
    standing orders, not from the tape.
    """

    id = "spoofing"
    version = "4"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(
        kinds=(ORDER, CANCEL, TRADE),
        fields=(
            "side", "quantity", "account", "instrument", "order_time", "order_quantity", "order_left",
            "order_amendments", "bid_depth", "ask_depth", "behind",
        ),
    )  # fmt: skip
    measures = {
        "size": Measure(Unit.MULTIPLE, "Quantity of the order as a multiple of the instrument's median order."),
        "visible": Measure(Unit.SHARE, "What was left of it, of all that stood in the best five levels of its side."),
        "visible_together": Measure(Unit.SHARE, "The same of all large orders of the side that go together with it."),
        "unfilled": Measure(Unit.SHARE, "What was left of it when it was withdrawn, of its quantity."),
        "withdrawn": Measure(Unit.QUANTITY, "What was left of it when it was withdrawn."),
        "lifetime": Measure(Unit.DURATION, "From its entry to its cancellation."),
        "amendments": Measure(Unit.COUNT, "How often it was amended."),
        "opposite": Measure(Unit.QUANTITY, "Quantity filled, or in attempts ordered, on the other side meanwhile."),
        "imbalance": Measure(Unit.MULTIPLE, "What was withdrawn as a multiple of that."),
        "against": Measure(Unit.MULTIPLE, "Quantity of the order as a multiple of that."),
        "gap": Measure(Unit.DURATION, "Between the cancellation and the nearest fill on the other side."),
        "apart": Measure(Unit.DURATION, "Between its entry and that of the first order on the other side."),
        "behind": Measure(Unit.PRICE, "How far behind the best price of its side it stood when it was withdrawn."),
        "flip": Measure(Unit.DURATION, "From the cancellation to the next order of the other side, if that one takes."),
        "flipped": Measure(Unit.QUANTITY, "What that order takes at once."),
        "flipped_share": Measure(Unit.SHARE, "The same, of what was withdrawn; at most all."),
        "genuine_behind": Measure(
            Unit.PRICE,
            "How far behind the best price of its side the first order on the other side was entered; below 0 it "
            "bettered it, 0 where nothing stood there.",
        ),
        "placed": Measure(Unit.COUNT, "Orders of any size on both sides, from those that came together with it on."),
        "together": Measure(Unit.COUNT, "Large cancellations of its side from this one on, itself included."),
        "usual": Measure(Unit.QUANTITY, "Median order of the instrument up to then."),
    }
    Params = SpoofingParams
    anchor = CANCEL

    def large_from(self) -> Large:
        """Return from which size on orders are large."""
        return Large(self.p.large * PPM, self.p.recent)

    def horizon(self) -> int:
        """Return how long after the cancellation something belongs to it."""
        return int(max(self.p.traded, self.p.cancelled, 1))

    def look_back(self) -> int:
        """Return how far back fills and orders are looked for."""
        return int(max(self.p.recent, self.p.filled + self.p.attempts))

    def measure(self, at: Decided) -> Candidates:
        """Measure the large cancellations of orders whose entry is known, with something on the other side."""
        at = at.keep(at.is_large & (at.side != 0) & (at.column("order_time") != NULL))
        entered = at.column("order_time")
        begin = np.maximum(entered, at.time - self.p.filled)
        fills = self._opposite(at, begin)
        some = fills.count > 0
        at, entered, begin, fills = at.keep(some), entered[some], begin[some], fills.keep(some)
        before = at.span(TRADE, side=at.other, start=begin, until=at.time)
        after = at.span(TRADE, side=at.other, start=at.time, until=at.time + self.p.traded)
        own = at.span(ORDER, side=at.side, start=begin, until=at.time)
        together = at.span(CANCEL, side=at.side, start_row=at.row, until=at.time + self.p.cancelled, large=True)
        left, total = at.column("order_left"), at.column("order_quantity")
        filled_entry = fills.first_time if self.p.attempts else fills.first_value("order_time")
        genuine = at.span(ORDER, side=at.other, start=filled_entry, until=filled_entry)
        turned = at.span(ORDER, side=at.other, start_row=at.row, until=at.time + self.p.traded)
        taken = at.span(TRADE, side=at.other, start_row=_or_null(turned.first), until=turned.first_time)
        return candidates(
            row=at.row,
            first=_earliest(at.row, own.first, fills.first),
            last=np.maximum(np.maximum(at.row, fills.last), together.last),
            size=ratio(total, at.median_order),
            visible=visible_share(at, left),
            visible_together=visible_share(at, together.quantity),
            unfilled=share(left, total),
            withdrawn=left,
            lifetime=at.time - entered,
            amendments=at.column("order_amendments"),
            opposite=fills.quantity,
            imbalance=ratio(left, fills.quantity),
            against=ratio(total, fills.quantity),
            gap=np.where(before.count > 0, at.time - before.last_time, _since(at.time, after)),
            apart=np.where(filled_entry == NULL, NULL, np.abs(filled_entry - entered)),
            behind=at.column("behind"),
            flip=np.where(taken.count > 0, turned.first_time - at.time, NULL),
            flipped=taken.quantity,
            flipped_share=share(np.minimum(taken.quantity, left), left),
            genuine_behind=_behind(genuine),
            placed=self._placed(at, begin),
            together=together.count,
            usual=at.median_order,
        )

    def _opposite(self, at: Decided, begin: NDArray[Any]) -> Span:
        """Return the fills on the other side, or in attempts the orders there that came together with the order."""
        if not self.p.attempts:
            return at.span(TRADE, side=at.other, start=begin, until=at.time + self.p.traded)
        until = np.minimum(begin + self.p.attempts, at.time)
        return at.span(ORDER, side=at.other, start=begin - self.p.attempts, until=until)

    def _placed(self, at: Decided, begin: NDArray[Any]) -> NDArray[Any]:
        """Return how many orders of any size the account placed on both sides until the cancellation."""
        start = begin - self.p.attempts
        same = at.span(ORDER, side=at.side, start=start, until=at.time)
        other = at.span(ORDER, side=at.other, start=start, until=at.time)
        return same.count + other.count


def visible_share(at: Decided, left: NDArray[Any]) -> NDArray[Any]:
    """Return what is left of orders as a share of the best five levels of their side, themselves included.

    More than stands in these levels is all of it; null where nothing is known of the book.
    """
    depth = np.where(at.side == 1, at.column("bid_depth"), at.column("ask_depth"))
    return np.where(depth == NULL, NULL, share(left, np.maximum(depth, left)))


def _behind(order: Span) -> NDArray[Any]:
    """Return how far behind the best price an order was entered: 0 where it is the only one, null without it."""
    behind = order.first_value("behind")
    return np.where(order.first < 0, NULL, np.where(behind == NULL, 0, behind))


def _since(time: NDArray[Any], after: Span) -> NDArray[Any]:
    """Return how long after some times the first event of spans came; null for spans without any."""
    return np.where(after.count > 0, after.first_time - time, NULL)


def _or_null(row: NDArray[Any]) -> NDArray[Any]:
    """Return rows with null for those below 0, which are none."""
    return np.where(row >= 0, row, NULL)


def _earliest(row: NDArray[Any], *others: NDArray[Any]) -> NDArray[Any]:
    """Return the first of some rows; one below 0 is none."""
    for other in others:
        row = np.where(other >= 0, np.minimum(row, other), row)
    return row
