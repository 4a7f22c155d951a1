"""Alerts on a terminal: many as a table, one with its explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from surveillance.alerts.amounts import points
from surveillance.cli.findings import COLOURS, clock, lasting
from surveillance.rules.rulebook import SCORE_SCALE

Alert = Mapping[str, Any]

_SHOWN_NAMES = 1


def gravest_first(alerts: Sequence[Alert]) -> list[Alert]:
    """Return alerts by score, then time."""
    return sorted(alerts, key=lambda one: (-one["score"], one["start"], one["alert_id"]))


def alerts_table(alerts: Sequence[Alert], *, states: Sequence[str] = ()) -> Table:
    """Return alerts as a table.

    Parameters
    ----------
    alerts : sequence of mapping
        In the shape of `alert.schema.json`, in the order to show.
    states : sequence of str
        State of each; none: no column of states.
    """
    days = {one["trading_day"] for one in alerts}
    one_day = len(days) == 1
    title = f"trading day {next(iter(days))}, times in UTC" if one_day else "times in UTC"
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=title,
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("alert", no_wrap=True)
    table.add_column("who", overflow="fold")
    table.add_column("instrument", overflow="fold", min_width=10)
    table.add_column("rules", overflow="fold", min_width=14)
    table.add_column("from", no_wrap=True)
    table.add_column("lasting", justify="right", no_wrap=True)
    if states:
        table.add_column("state", no_wrap=True)
    for place, one in enumerate(alerts):
        start = clock(one["start"])[:19]
        table.add_row(
            points_of(one),
            Text(one["level"], style=COLOURS[one["level"]]),
            one["alert_id"][:8],
            escape(one["subject"]["id"]),
            escape(_few(one["instruments"])),
            escape(", ".join(f"{rule['rule']}{_times(rule['findings'])}" for rule in one["contributions"])) or "-",
            start[11:] if one_day else start,
            lasting(one["start"], one["end"]),
            *(states[place : place + 1]),
        )
    return table


def points_of(alert: Alert) -> str:
    """Write the score of an alert, rounded down to one decimal."""
    return points(int(Decimal(str(alert["score"])) * (SCORE_SCALE // 100)))


def explained_alert(alert: Alert) -> Panel:
    """Return the explanation of an alert in a frame."""
    steps: list[RenderableType] = [Text(f"{number:>2}. {step}") for number, step in enumerate(alert["explanation"], 1)]
    title = f"[bold]{points_of(alert)} {alert['level']}[/] alert {alert['alert_id'][:8]}"
    return Panel(Group(*steps), title=title, title_align="left")


def _few(names: Sequence[str]) -> str:
    more = f" +{len(names) - _SHOWN_NAMES}" if len(names) > _SHOWN_NAMES else ""
    return (", ".join(names[:_SHOWN_NAMES]) or "-") + more


def _times(findings: int) -> str:
    return f" x{findings}" if findings > 1 else ""
