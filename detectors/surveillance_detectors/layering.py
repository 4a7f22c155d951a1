"""Several orders on one side stand in the book, a fill happens on the other side, and the orders are cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

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


class _Pattern(NamedTuple):
    """Layers, cancellations, fills, the last row of the pattern, and how many of the cancellations were timely."""

    orders: Span
    cancels: Span
    fills: Span
    end: NDArray[Any]
    timely: NDArray[Any]

    def or_else(self, mask: NDArray[np.bool_], other: _Pattern) -> _Pattern:
        """Return this pattern where `mask` holds and `other` where it does not."""
        return _Pattern(
            self.orders.or_else(mask, other.orders),
            self.cancels.or_else(mask, other.cancels),
            self.fills.or_else(mask, other.fills),
            np.where(mask, self.end, other.end),
            np.where(mask, self.timely, other.timely),
        )


_LEAST_ORDERS = 2
"""One order is no layer: anchors with fewer are not worth a candidate."""


class LayeringParams(Params, frozen=True):
    """Order of events and the time that each step may take.

    Parameters
    ----------
    placed : duration
        How long after the first order the layers are placed.
    cancelled : duration
        How long after the last layer cancellations count, in ``cancel_then_fill``; how long after the first of them,
        in ``together``.
    traded : duration
        How long after the last cancellation the fill may come, in ``cancel_then_fill`` and ``together``.
    lifetime : duration
        How long after the first order fill and cancellations may come, in ``fill_then_cancel``; the first cancellation,
        in ``together``.
    sequence : str
        ``fill_then_cancel``, ``cancel_then_fill``, ``either`` or ``together``.
    large : int
        Only orders count that are at least so many times the median order of their instrument and rest, and
        cancellations of so much; 0: all.
    recent : duration
        How far back the instrument's orders make that median.
    attempts : bool
        In ``together``, whether orders on the other side will do where nothing was filled there.
    """

    placed: Duration
    cancelled: Duration
    traded: Duration
    lifetime: Duration
    sequence: Literal["fill_then_cancel", "cancel_then_fill", "either", "together"] = "either"
    large: int = 0
    recent: Duration = 0
    attempts: bool = False

    def __post_init__(self) -> None:
        for name in ("placed", "cancelled", "traded", "lifetime"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be longer than 0")
        if self.large < 0 or self.recent < 0:
            raise ValueError("large and recent must not be below 0")
        if bool(self.large) != bool(self.recent):
            raise ValueError("large and recent go together: what is large is told by recent orders")
        if self.sequence != "cancel_then_fill" and self.lifetime < self.placed:
            raise ValueError("lifetime must not be shorter than placed: the orders must be able to stand")


class Layering(SequenceDetector):
    """Measure orders of one side that are cancelled around a fill of the same account on the other side.

    The pattern starts at an order. Its layers are the account's orders of that side up to `placed` later. In
    ``fill_then_cancel`` (most cases that regulators describe) the fill comes while they stand, and cancellations
    count from the fill until `lifetime` after the first order. In ``cancel_then_fill`` cancellations count from the
    first order until `cancelled` after the last one, and the fill follows the last of them within `traded`.
    ``either`` takes the sequence with more cancellations. In ``together`` the layers stand, for seconds or hours, until
    they are withdrawn at one go: cancellations count for `cancelled` from the first after the last layer on, or from
    the first of all, with the layers up to it, whichever finds more of them; and fills from the first order until
    `traded` after the last of these, so that it covers both sequences. With `large`, small
    orders beside the layers are left out, whatever is small in the instrument. Orders and cancellations are matched by
    side, so feeds without order ids can be measured.
    """

    id = "layering"
    version = "4"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs(kinds=(ORDER, CANCEL, TRADE), fields=("side", "quantity", "account", "instrument"))
    measures = {
        "orders": Measure(Unit.COUNT, "Orders of one side within the time for placing."),
        "cancels": Measure(Unit.COUNT, "Cancellations of that side that belong to the pattern."),
        "timely_cancels": Measure(Unit.COUNT, "Those of them that came within the time for cancelling."),
        "withdrawn": Measure(Unit.QUANTITY, "Quantity of the cancellations."),
        "cancelled_share": Measure(Unit.SHARE, "Cancellations, at most one an order, of the orders."),
        "layered": Measure(Unit.QUANTITY, "Quantity of the orders."),
        "opposite": Measure(Unit.QUANTITY, "Quantity filled, or in attempts ordered, on the other side meanwhile."),
        "imbalance": Measure(Unit.MULTIPLE, "Quantity of the orders as a multiple of the opposite quantity."),
        "one_sided": Measure(Unit.SHARE, "Quantity of the orders, of what was ordered on both sides meanwhile."),
        "lifetime": Measure(Unit.DURATION, "From the first order to the last cancellation."),
        "usual": Measure(Unit.QUANTITY, "Median order of the instrument up to then; not known without `recent`."),
        "layer_size": Measure(Unit.MULTIPLE, "Mean quantity of the orders as a multiple of that median."),
        "beyond": Measure(Unit.MULTIPLE, "The same as a multiple of what nine of ten orders of it do not exceed."),
        "large_share": Measure(Unit.SHARE, "The orders, of all that the account placed on both sides meanwhile."),
    }
    Params = LayeringParams
    anchor = ORDER

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        if params.recent:  # what is usual is told by everybody's orders
            self.shard = ("instrument",)  # type: ignore[misc]

    def large_from(self) -> Large | None:
        """Return from which size on orders are large, if only those count."""
        return Large(self.p.large * PPM, self.p.recent) if self.p.large else None

    def look_back(self) -> int:
        """Return how far back orders make the median."""
        return int(self.p.recent)

    def horizon(self) -> int:
        """Return the longest time that a pattern can take."""
        cancelled_first = self.p.placed + self.p.cancelled + self.p.traded
        longest = {
            "fill_then_cancel": self.p.lifetime,
            "cancel_then_fill": cancelled_first,
            "either": max(self.p.lifetime, cancelled_first),
            "together": self.p.lifetime + self.p.cancelled + self.p.traded,
        }
        return int(longest[self.p.sequence])

    def measure(self, at: Decided) -> Candidates:
        """Measure every order as the first of a pattern."""
        large = self.p.large > 0
        if large:
            at = at.keep(at.is_large)
        orders = at.span(ORDER, side=at.side, start_row=at.row, until=at.time + self.p.placed, large=large)
        layers = (orders.count >= _LEAST_ORDERS) & (at.side != 0)
        at, orders = at.keep(layers), orders.keep(layers)
        found = [
            pattern(at, orders)
            for sequence, patterns in self._patterns.items()
            if self.p.sequence == sequence or (self.p.sequence == "either" and sequence != "together")
            for pattern in patterns
        ]
        best = found[0]
        for other in found[1:]:
            best = other.or_else(other.cancels.count > best.cancels.count, best)
        orders, cancels, fills, end, timely = best
        whole = (cancels.count > 0) & (fills.count > 0)
        at, end, timely = at.keep(whole), end[whole], timely[whole]
        orders, cancels, fills = orders.keep(whole), cancels.keep(whole), fills.keep(whole)
        others = at.span(ORDER, side=at.other, start=at.time, until=cancels.last_time, large=large)
        placed = self._placed(at, np.maximum(orders.last_time, cancels.last_time)) if large else orders.count
        unknown = np.full(len(at), NULL)
        usual, most = (at.median_order, at.most_orders) if large else (unknown, unknown)
        return candidates(
            row=at.row,
            first=np.minimum(at.row, cancels.first),
            last=end,
            uses=orders.last,
            orders=orders.count,
            cancels=cancels.count,
            timely_cancels=timely,
            withdrawn=cancels.quantity,
            cancelled_share=share(np.minimum(cancels.count, orders.count), orders.count),
            layered=orders.quantity,
            opposite=fills.quantity,
            imbalance=ratio(orders.quantity, fills.quantity),
            one_sided=share(orders.quantity, orders.quantity + others.quantity),
            lifetime=cancels.last_time - at.time,
            usual=usual,
            layer_size=ratio(orders.quantity, np.maximum(usual, 0) * orders.count),
            beyond=ratio(orders.quantity, np.maximum(most, 0) * orders.count),
            large_share=share(orders.count, placed),
        )

    @property
    def _patterns(self) -> Mapping[str, tuple[Callable[..., _Pattern], ...]]:
        """How each sequence is measured; the way with more cancellations counts."""
        return {
            "fill_then_cancel": (self._filled_first,),
            "cancel_then_fill": (self._filled_last,),
            "together": (self._withdrawn_after_the_last, self._withdrawn_from_the_first),
        }

    def _withdrawn_after_the_last(self, at: Decided, orders: Span) -> _Pattern:
        """Return cancellations from the first after the last layer on."""
        return self._withdrawn_together(at, orders, orders.last_time)

    def _withdrawn_from_the_first(self, at: Decided, orders: Span) -> _Pattern:
        """Return cancellations from the first on, where it comes before the last layer, which is one of the next."""
        first = self._ending(at, at.time).first_time
        until = np.where(first < orders.last_time, first, NULL)
        layers = at.span(ORDER, side=at.side, start_row=at.row, until=until, large=self.p.large > 0)
        return self._withdrawn_together(at, layers.where(layers.count >= _LEAST_ORDERS), at.time)

    @staticmethod
    def _placed(at: Decided, until: NDArray[Any]) -> NDArray[Any]:
        """Return how many orders of any size the account placed on both sides, from the first layer on."""
        same = at.span(ORDER, side=at.side, start_row=at.row, until=until)
        other = at.span(ORDER, side=at.other, start_row=at.row, until=until)
        return same.count + other.count

    def _ending(self, at: Decided, start: NDArray[Any]) -> Span:
        """Return the cancellations from a time on, while the layers may stand."""
        until = at.time + self.p.lifetime
        return at.span(CANCEL, side=at.side, start=start, until=until, large=self.p.large > 0)

    def _withdrawn_together(self, at: Decided, orders: Span, start: NDArray[Any]) -> _Pattern:
        """Return the cancellations that go together from a time on, and fills while the layers stood or after.

        All of these cancellations are timely.
        """
        large = self.p.large > 0
        begun = np.where(orders.count > 0, self._ending(at, start).first_time, NULL)
        until = np.where(begun == NULL, NULL, begun + self.p.cancelled)
        cancels = at.span(CANCEL, side=at.side, start=begun, until=until, large=large)
        until = np.where(begun == NULL, NULL, cancels.last_time + self.p.traded)
        fills = at.span(TRADE, side=at.other, start=at.time, until=until)
        if self.p.attempts:
            sought = at.span(ORDER, side=at.other, start=at.time, until=until)
            fills = sought.or_else(fills.count == 0, fills)
        return _Pattern(orders, cancels, fills, np.maximum(cancels.last, fills.last), cancels.count)

    def _filled_first(self, at: Decided, orders: Span) -> _Pattern:
        """Return cancellations after the first fill that found the layers standing, and the fills until the last.

        All of these cancellations are timely.
        """
        fills = at.span(TRADE, side=at.other, start=orders.last_time, until=at.time + self.p.lifetime)
        until, large = at.time + self.p.lifetime, self.p.large > 0
        cancels = at.span(CANCEL, side=at.side, start=fills.first_time, until=until, large=large)
        fills = at.span(TRADE, side=at.other, start=orders.last_time, until=cancels.last_time)
        return _Pattern(orders, cancels, fills, np.maximum(cancels.last, fills.last), cancels.count)

    def _filled_last(self, at: Decided, orders: Span) -> _Pattern:
        """Return the cancellations and fills from the first order to the fill that ends it, and how many were timely.

        A timely one comes at most `cancelled` after the last order; the fill follows the last of these.
        """
        until, large = orders.last_time + self.p.cancelled, self.p.large > 0
        cancels = at.span(CANCEL, side=at.side, start=at.time, until=until, large=large)
        ending = at.span(TRADE, side=at.other, start=cancels.last_time, until=cancels.last_time + self.p.traded)
        happened = ending.count > 0
        fills = at.span(TRADE, side=at.other, start=at.time, until=ending.first_time)
        cancelled = at.span(CANCEL, side=at.side, start=at.time, until=ending.first_time, large=large)
        return _Pattern(orders, cancelled.where(happened), fills.where(happened), ending.first, cancels.count)
