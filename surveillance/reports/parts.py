"""Parts of an alert's page: tables, the score's gauge and the key of the plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from surveillance.alerts.amounts import aligned, clock, number, percent

SHOWN: Final = 400
"""Most events in the table of a page; the first and last of them."""

LEVELS: Final = ("low", "medium", "high", "critical")

Row = Sequence[str]


def table(head: Sequence[str], rows: Iterable[Row], *, numbers: Iterable[int] = ()) -> str:
    """Return a table; cells are HTML already.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : iterable of sequence of str
        Cells.
    numbers : iterable of int
        Columns that are set to the right.
    """
    right = set(numbers)

    def cell(tag: str, place: int, text: str) -> str:
        return f"<{tag}{' class=n' if place in right else ''}>{text}</{tag}>"

    top = "".join(cell("th", place, escape(name)) for place, name in enumerate(head))
    body = "".join(f"<tr>{''.join(cell('td', place, text) for place, text in enumerate(row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def contributions(rules: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of what each rule adds."""
    rows = [
        (
            f"<b>{escape(one['rule'])}</b> <span class=soft>v{one['rule_version']}</span><br>{escape(one['title'])}",
            escape(one["family"]),
            f"<span class={one['severity']}>{one['severity']}</span>",
            str(one["findings"]),
            percent(one["strength"]),
            percent(one["weight"]),
            f"{number(one['points'], 2)}" if one["counted"] else "<span class=soft>family counts once</span>",
            number(one["without"], 2),
        )
        for one in rules
    ]
    head = ("rule", "family", "severity", "findings", "strength", "weight", "adds", "score without")
    return table(head, rows, numbers=(3, 4, 5, 6, 7))


def events(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of orders and trades."""
    varying = [name for name in ("instrument", "account", "trader") if len({one.get(name) for one in found}) > 1]
    rows, shown_ones = [], _ends(found)
    prices = aligned((one.get("instrument"), one.get("price")) for one in shown_ones)
    for one, price in zip(shown_ones, prices, strict=True):
        side = one.get("side") or ""
        shown = [
            f"<span class=mono>{clock(one['time'])[11:]}</span>",
            escape(one.get("kind") or ""),
            f'<span class="{side}">{side or "-"}</span>',
            "-" if one.get("quantity") is None else number(one["quantity"]),
            price,
        ]
        rows.append((*shown, *(escape(str(one.get(name) or "-")) for name in (*varying, "order"))))
    return table(("time, UTC", "event", "side", "quantity", "price", *varying, "order"), rows, numbers=(3, 4))


def _ends(found: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return found if len(found) <= SHOWN else [*found[: SHOWN // 2], *found[-SHOWN // 2 :]]


def gauge(score: float, levels: Sequence[int]) -> str:
    """Return the score as a place between 0 and 100, with the levels' bounds."""
    bounds = (0, *levels, 100)
    bands = "".join(
        f'<rect class="{name}" x="{low * 2}" y="10" width="{(high - low) * 2 - 1}" height="7" fill="currentColor" '
        f'opacity="{0.9 if low <= score and (score < high or high == 100) else 0.28}"/>'
        for name, low, high in zip(LEVELS, bounds, bounds[1:])  # noqa: B905 - one bound more than bands
    )
    at = round(score * 2, 1)
    marker = f'<path d="M{at} 9l-4 -7h8z" fill="currentColor"/>'
    return (
        f'<svg class="gauge" viewBox="-5 0 210 20" role="img" aria-label="score {score} of 100">{bands}{marker}</svg>'
    )


def key() -> str:
    """Return what the shapes of the plots mean."""
    shapes = (
        ('<path class="order buy" d="M10 2L16 11L4 11Z"/>', "buy order"),
        ('<path class="order sell" d="M10 12L16 3L4 3Z"/>', "sell order"),
        ('<path class="fill buy" d="M10 2L16 11L4 11Z"/>', "bought"),
        ('<path class="fill sell" d="M10 12L16 3L4 3Z"/>', "sold"),
        ('<path class="end none" d="M6 3L14 11M6 11L14 3"/>', "cancelled"),
        ('<path class="life none" d="M1 7H19"/>', "how long an order stood"),
        ('<path class="market" d="M1 9H8V4H19"/>', "trades of all"),
        ('<rect class="window" x="1" y="1" width="18" height="12"/>', "time of a finding"),
    )
    said = "".join(f'<span><svg class="plot" viewBox="0 0 20 14">{shape}</svg>{text}</span>' for shape, text in shapes)
    return f'<div class="key">{said}</div>'
