"""A plot of one instrument: what was traded there by anybody, the orders and fills of the alert, and its windows.

Plain SVG: it takes its colours from the page, and prints. Who buys and who sells, what was ordered, cancelled and
filled differ by shape as well as by colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from surveillance.alerts.amounts import clock, number
from surveillance.reports.axes import Scale, nanoseconds, price_ticks, time_ticks

WIDTH, HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 14, 24, 30
_SMALLEST, _LARGEST = 3.5, 8.0
_PAD: Final = 0.04
_ENDS: Final = ("cancel", "expire", "reject")

Event = Mapping[str, Any]


def plot(
    instrument: str,
    events: Sequence[Event],
    bars: Sequence[Sequence[Any]],
    windows: Sequence[tuple[str, str, str]],
) -> str:
    """Return an SVG.

    Parameters
    ----------
    instrument : str
        Its name, for those who cannot see it.
    events : sequence of Mapping
        Events of the alert in it, in the order of time.
    bars : sequence
        What was traded: start, first, highest, lowest, last price and quantity; see `surveillance.engine.prices`.
    windows : sequence of (str, str, str)
        Start, end and rule of each finding.
    """
    priced = [event for event in events if event.get("price") is not None]
    times = [nanoseconds(event["time"]) for event in events] + [nanoseconds(one) for w in windows for one in w[:2]]
    x = _times(times)
    prices = [float(event["price"]) for event in priced]
    prices += [float(one) for bar in bars for one in bar[2:4] if x.low <= nanoseconds(bar[0]) <= x.high]
    if not prices:
        return ""
    y = _prices(prices)
    currencies = {event["currency"] for event in priced if event.get("currency")}
    parts = [
        *_frame(x, y, currencies.pop() if len(currencies) == 1 else "price"),
        *_windows(windows, x),
        *_market(bars, windows, x, y),
        *_lives(events, x, y),
        *_marks(priced, x, y),
    ]
    label = f"Prices, orders and fills in {instrument}"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _times(times: Sequence[int]) -> Scale:
    low, high = min(times), max(times)
    around = max(int((high - low) * _PAD), 500_000_000)
    return Scale(low - around, high + around, _LEFT, WIDTH - _RIGHT)


def _prices(prices: Sequence[float]) -> Scale:
    least, most = min(prices), max(prices)
    beside = (most - least) * 0.08 or abs(most) * 0.001 or 1.0
    return Scale(least - beside, most + beside, HEIGHT - _BOTTOM, _TOP)


def _frame(x: Scale, y: Scale, unit: str) -> Iterator[str]:
    yield f'<text class="tick" x="{_LEFT - 8}" y="{_TOP - 12}" text-anchor="end">{escape(unit)}</text>'
    yield f'<text class="tick" x="{_LEFT - 8}" y="{HEIGHT - _BOTTOM + 18}" text-anchor="end">UTC</text>'
    for price, text in price_ticks(y.low, y.high):
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(price)}" y2="{y(price)}"/>'
        yield f'<text class="tick" x="{_LEFT - 8}" y="{y(price) + 4}" text-anchor="end">{text}</text>'
    floor = HEIGHT - _BOTTOM
    for at, text in time_ticks(int(x.low), int(x.high)):
        yield f'<line class="grid" x1="{x(at)}" x2="{x(at)}" y1="{_TOP}" y2="{floor}"/>'
        yield f'<text class="tick" x="{x(at)}" y="{floor + 18}" text-anchor="middle">{text}</text>'


def _windows(windows: Sequence[tuple[str, str, str]], x: Scale) -> Iterator[str]:
    for start, end, rule in windows:
        left, right = x(nanoseconds(start)), x(nanoseconds(end))
        yield (
            f'<rect class="window" x="{left}" y="{_TOP}" width="{max(round(right - left, 2), 2)}" '
            f'height="{HEIGHT - _TOP - _BOTTOM}">'
            f"<title>{escape(rule)}: {clock(start)} to {clock(end)[11:]}</title></rect>"
        )


def _market(
    bars: Sequence[Sequence[Any]], windows: Sequence[tuple[str, str, str]], x: Scale, y: Scale
) -> Iterator[str]:
    """Yield the range of prices of each interval, and a line through the last ones of each window.

    Between windows nothing is known, and no line says otherwise.
    """
    inside = [bar for bar in bars if x.low <= nanoseconds(bar[0]) <= x.high]
    for bar in inside:
        if bar[2] != bar[3]:
            at = x(nanoseconds(bar[0]))
            yield f'<line class="range" x1="{at}" x2="{at}" y1="{y(float(bar[2]))}" y2="{y(float(bar[3]))}"/>'
    for start, end in _joined(windows):
        mine = [bar for bar in inside if start <= nanoseconds(bar[0]) <= end]
        if len(mine) > 1:
            steps = [f"M{x(nanoseconds(mine[0][0]))} {y(float(mine[0][4]))}"]
            steps += [f"H{x(nanoseconds(bar[0]))}V{y(float(bar[4]))}" for bar in mine[1:]]
            yield f'<path class="market" d="{"".join(steps)}"/>'


def _joined(windows: Sequence[tuple[str, str, str]]) -> list[tuple[int, int]]:
    """Return the times that windows cover, those that overlap as one, ns."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((nanoseconds(start), nanoseconds(end)) for start, end, _ in windows):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _lives(events: Sequence[Event], x: Scale, y: Scale) -> Iterator[str]:
    """Yield for how long each order stood: a line from the order to its cancellation or last fill."""
    began: dict[str, Event] = {}
    ended: dict[str, Event] = {}
    for event in events:
        name = event.get("order")
        if name is None:
            continue
        if event["kind"] == "order" and event.get("price") is not None:
            began[name] = event
        elif name in began and event["kind"] in (*_ENDS, "trade"):
            ended[name] = event
    for name, event in began.items():
        if name in ended:
            at, left, right = (
                y(float(event["price"])),
                x(nanoseconds(event["time"])),
                x(nanoseconds(ended[name]["time"])),
            )
            yield f'<line class="life {event.get("side") or "none"}" x1="{left}" x2="{right}" y1="{at}" y2="{at}"/>'


def _marks(events: Sequence[Event], x: Scale, y: Scale) -> Iterator[str]:
    largest = max((float(event.get("quantity") or 0) for event in events), default=0.0) or 1.0
    for event in events:
        part = (float(event.get("quantity") or 0) / largest) ** 0.5
        size = round(_SMALLEST + (_LARGEST - _SMALLEST) * part, 2)
        at, level = x(nanoseconds(event["time"])), y(float(event["price"]))
        kind, side = event["kind"], event.get("side") or "none"
        shape = _cross(at, level, size) if kind in _ENDS else _triangle(at, level, size, up=side != "sell")
        look = "fill" if kind == "trade" else "end" if kind in _ENDS else "order"
        yield f'<path class="{look} {side}" d="{shape}"><title>{escape(_said(event))}</title></path>'


def _triangle(at: float, level: float, size: float, *, up: bool) -> str:
    tip, base = (level - size, level + size * 0.8) if up else (level + size, level - size * 0.8)
    return f"M{at:.2f} {tip:.2f}L{at + size:.2f} {base:.2f}L{at - size:.2f} {base:.2f}Z"


def _cross(at: float, level: float, size: float) -> str:
    half = size * 0.7
    return (
        f"M{at - half:.2f} {level - half:.2f}L{at + half:.2f} {level + half:.2f}"
        f"M{at - half:.2f} {level + half:.2f}L{at + half:.2f} {level - half:.2f}"
    )


def _said(event: Event) -> str:
    quantity = "" if event.get("quantity") is None else f" {number(event['quantity'])}"
    who = f", {event['account']}" if event.get("account") else ""
    what = f"{event['kind']} {event.get('side') or ''}{quantity} @ {number(event['price'])}"
    return f"{clock(event['time'])[11:]} {what}{who}"
