"""The two detectors once more, in Python's unbounded numbers, for groups that do not fit on the tape.

A group has a quantity of thirty digits, a price of Infinity or a time in the year 9000: nothing there is a number of 64
bits. Such groups are rare, so that Python is fast enough; sums and searches are prepared, so that a large one is no
trouble.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from surveillance.compat.layering.values import Row
from surveillance.events.schema import PPM, Kind, Side

_MOST_EXPONENT: Final = 400
"""Prices beyond it, such as 1e999999999, are not compared: that would take all memory."""

_LOWEST: Final = -(2**63) + 1
_HIGHEST: Final = 2**63 - 1

Bounds = Mapping[str, tuple[int, int]]
Measures = dict[str, "int | None"]


class PlainHit(NamedTuple):
    """A hit: its anchor, its last event, the orders that it is made of, and what was measured."""

    first: Row
    last: Row
    orders: Sequence[Row]
    measures: Measures


class _Line:
    """Events of one kind and side, with running quantities."""

    def __init__(self, events: Sequence[Row]) -> None:
        self.events = events
        self.times = [event.stamp.instant * 1000 for event in events]
        self.running = [0, *accumulate(event.quantity for event in events)]

    def span(self, start: int, until: int) -> range:
        """Return the places of the events from `start` to `until`, ns, both included."""
        return range(bisect_left(self.times, start), bisect_right(self.times, until))

    def quantity(self, span: range) -> int:
        """Return the quantity of a span."""
        return self.running[span.stop] - self.running[span.start] if span else 0


def layering(group: Sequence[Row], params: Any, bounds: Bounds, *, consume: bool) -> Iterator[PlainHit]:
    """Yield the hits of `layering` with ``sequence: cancel_then_fill``.

    Parameters
    ----------
    group : sequence of Row
        Events of one account and product in the order of time.
    params : LayeringParams
        Of the rule.
    bounds : mapping of str to (int, int)
        Of the rule's conditions.
    consume : bool
        Whether a hit uses up its orders.
    """
    lines = {
        (kind, side): _Line([event for event in group if (event.kind, event.side) == (kind, side)])
        for kind in (Kind.ORDER, Kind.CANCEL, Kind.TRADE)
        for side in Side
    }
    ordinals = dict.fromkeys(Side, 0)
    places = {id(event): place for place, event in enumerate(group)}
    used = -1
    for place, anchor in enumerate(group):
        if anchor.kind != Kind.ORDER:
            continue
        side = Side(anchor.side)
        ordinal, ordinals[side] = ordinals[side], ordinals[side] + 1
        if consume and place <= used:
            continue
        found = _pattern(lines, side, ordinal, params)
        if found is not None and _meets(found.measures, bounds):
            used = places[id(found.orders[-1])]
            yield found


def _pattern(lines: Mapping[tuple[Kind, Side], _Line], side: Side, ordinal: int, params: Any) -> PlainHit | None:
    other = Side.SELL if side is Side.BUY else Side.BUY
    placed, gone = lines[Kind.ORDER, side], lines[Kind.CANCEL, side]
    against, traded = lines[Kind.ORDER, other], lines[Kind.TRADE, other]
    start = placed.times[ordinal]
    orders = range(ordinal, bisect_right(placed.times, start + params.placed))
    timely = gone.span(start, placed.times[orders[-1]] + params.cancelled)
    if len(orders) < 2 or not timely:
        return None
    last = gone.times[timely[-1]]
    ending = traded.span(last, last + params.traded)
    if not ending:
        return None
    end = traded.times[ending[0]]
    cancels, fills = gone.span(start, end), traded.span(start, end)
    final = gone.times[cancels[-1]]
    layered, opposite = placed.quantity(orders), traded.quantity(fills)
    measures: Measures = {
        "orders": len(orders),
        "cancels": len(cancels),
        "timely_cancels": len(timely),
        "withdrawn": gone.quantity(cancels),
        "cancelled_share": _ratio(min(len(cancels), len(orders)), len(orders)),
        "layered": layered,
        "opposite": opposite,
        "imbalance": _ratio(layered, opposite),
        "one_sided": _ratio(layered, layered + against.quantity(against.span(start, final))),
        "lifetime": final - start,
    }
    events = placed.events
    return PlainHit(events[ordinal], traded.events[ending[0]], events[ordinal : orders.stop], measures)


def churn(trades: Sequence[Row], params: Any, bounds: Bounds) -> Iterator[PlainHit]:
    """Yield the hits of `wash.churn` with its window anchored at the start.

    Parameters
    ----------
    trades : sequence of Row
        Trades of one account and product in the order of time.
    params : ChurnParams
        Of the rule.
    bounds : mapping of str to (int, int)
        Of the rule's conditions.
    """
    bought, sold = ([0, *accumulate(trade.quantity if trade.side == side else 0 for trade in trades)] for side in Side)
    buys = [0, *accumulate(int(trade.side == Side.BUY) for trade in trades)]
    switches = [0, *accumulate(int(one.side != next_.side) for one, next_ in pairwise(trades))]
    stop = 0
    for start, first in enumerate(trades):
        until = first.stamp.instant * 1000 + params.window
        while stop < len(trades) and trades[stop].stamp.instant * 1000 <= until:
            stop += 1
        number, in_buys, changes = stop - start, buys[stop] - buys[start], switches[stop - 1] - switches[start]
        buy, sell = bought[stop] - bought[start], sold[stop] - sold[start]
        last = trades[stop - 1]
        measures: Measures = {
            "buys": in_buys,
            "sells": number - in_buys,
            "bought": buy,
            "sold": sell,
            "volume": buy + sell,
            "switches": changes,
            "alternation": _ratio(changes, number - 1),
            "net": abs(buy - sell),
            "net_share": _ratio(abs(buy - sell), buy + sell),
            "price_change": _price_change(first, last),
        }
        if _meets(measures, bounds):
            yield PlainHit(first, last, (), measures)


def _ratio(part: int, whole: int) -> int | None:
    """Return a share or multiple in parts per million, rounded half even."""
    return round(Fraction(part * PPM, whole)) if whole > 0 else None


def _price_change(first: Row, last: Row) -> int | None:
    if not all(one.price.is_finite() and abs(one.price.adjusted()) < _MOST_EXPONENT for one in (first, last)):
        return None
    return round(abs(Fraction(last.price) - Fraction(first.price)) / Fraction(first.price) * PPM)


def _meets(measures: Measures, bounds: Bounds) -> bool:
    """Tell whether every condition is met; the bounds of 64 bits are no bounds here."""
    for name, (low, high) in bounds.items():
        value = measures[name]
        if value is None or (value < low and low != _LOWEST) or (value > high and high != _HIGHEST):
            return False
    return True
