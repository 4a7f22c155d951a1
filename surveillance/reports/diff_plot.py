"""Plots of what a change of the rules does to alerts: how many of each level, and where each score goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from surveillance.alerts.amounts import counted

_WIDTH: Final = 640
_LEVELS: Final = (40, 70, 90)
"""Scores at which levels begin, as the shipped rulebook has them: lines to read the plot by."""


def level_bars(levels: Mapping[str, Sequence[int]]) -> str:
    """Return bars of the number of alerts of each level, before (pale) and after."""
    most = max((max(pair) for pair in levels.values()), default=0) or 1
    height = 46 * len(levels) + 8
    bars = "".join(_bars(row, name, pair, most) for row, (name, pair) in enumerate(levels.items()))
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="alerts of each level">{bars}</svg>'
        '<p class="key"><span>upper bar: before</span><span>lower bar: after</span></p>'
    )


def _bars(row: int, name: str, pair: Sequence[int], most: int) -> str:
    top, said = 46 * row + 6, []
    for place, count in enumerate(pair):
        width = 440 * count / most
        opacity = 0.45 if place == 0 else 1
        style = f"fill:var(--{name});opacity:{opacity}"
        said.append(f'<rect x="90" y="{top + 17 * place}" width="{width:.1f}" height="14" style="{style}"/>')
        said.append(f'<text x="{96 + width:.1f}" y="{top + 17 * place + 12}">{count:,}</text>')
    return f'<text x="0" y="{top + 22}">{escape(name)}</text>{"".join(said)}'


def score_moves(tape: Mapping[str, Any]) -> str:
    """Return a plot of each changed alert's score before (across) and after (up); at 0 where there was none."""
    size, left, top = 360, 60, 12
    marks = "".join(_marks(tape, size, left, top))
    lines = "".join(
        f'<line class="grid" x1="{left + size * at / 100}" y1="{top}" x2="{left + size * at / 100}" y2="{top + size}"/>'
        f'<line class="grid" x1="{left}" y1="{top + size - size * at / 100}" x2="{left + size}" '
        f'y2="{top + size - size * at / 100}"/>'
        f'<text x="{left + size * at / 100 - 8}" y="{top + size + 16}">{at}</text>'
        f'<text x="{left - 26}" y="{top + size - size * at / 100 + 4}">{at}</text>'
        for at in (0, *_LEVELS, 100)
    )
    same = f'<line class="grid" x1="{left}" y1="{top + size}" x2="{left + size}" y2="{top}" stroke-dasharray="4 4"/>'
    names = (
        f'<text x="{left + size / 2 - 40}" y="{top + size + 34}">score before</text>'
        f'<text x="{-(top + size / 2 + 36)}" y="14" transform="rotate(-90)">score after</text>'
    )
    said = ", ".join(
        counted(len(tape[name]), f"alert {name}").replace(f"alert {name}s", f"alerts {name}") for name in _DRAWN
    )
    return (
        f'<svg class="plot" style="max-width:30rem" viewBox="0 0 {left + size + 20} {top + size + 42}" role="img" '
        f'aria-label="{escape(said)}">{lines}{same}{names}{marks}</svg>'
    )


_DRAWN: Final = ("gained", "lost", "rescored")


def _marks(tape: Mapping[str, Any], size: int, left: int, top: int) -> Iterator[str]:
    points = [(0.0, one["score"], one) for one in tape["gained"]]
    points += [(one["score"], 0.0, one) for one in tape["lost"]]
    points += [(one["before"]["score"], one["after"]["score"], one["after"]) for one in tape["rescored"]]
    for old, new, one in points:
        about = escape(f"{one['subject']['id']}: {old} to {new}")
        yield (
            f'<circle cx="{left + size * old / 100:.1f}" cy="{top + size - size * new / 100:.1f}" r="4.5" '
            f'style="fill:var(--{one["level"]});fill-opacity:.75"><title>{about}</title></circle>'
        )
