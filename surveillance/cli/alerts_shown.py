"""One alert on a terminal: its explanation, what its people almost did as well, its events and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.markup import escape
from rich.table import Table

from surveillance.alerts.amounts import aligned, clock, number, percent
from surveillance.alerts.explaining import near_miss_sentence
from surveillance.cli.alerts_table import explained_alert
from surveillance.cli.console import results

SHOWN: Final = 20
"""Most events in the timeline; all of them are in the JSON and on the page."""


def print_alert(found: Mapping[str, Any]) -> None:
    """Print an alert as the store gives it."""
    console, alert = results(), found["alert"]
    console.print(f"alert {alert['alert_id']}, revision {alert['revision']}, {found['state']}", soft_wrap=True)
    console.print(explained_alert(alert))
    if alert["contributions"]:
        console.print(_contributions(alert["contributions"]))
    for one in (found["context"] or {}).get("near_misses", ()):
        console.print(f"Near miss: {escape(near_miss_sentence(one))}", soft_wrap=True)
    capsule = found["capsule"]
    if capsule is not None:
        console.print(_timeline(capsule["events"], complete=capsule["complete"]))
    for line in _history(found):
        console.print(line, soft_wrap=True)


def _contributions(contributions: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("rule", "left"), ("family", "left"), ("severity", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name in ("findings", "strength", "weight", "points", "without"):
        table.add_column(name, justify="right")
    for one in contributions:
        table.add_row(
            f"{one['rule']} v{one['rule_version']}",
            one["family"],
            one["severity"],
            str(one["findings"]),
            percent(one["strength"]),
            percent(one["weight"]),
            number(one["points"], 2) if one["counted"] else "family counts once",
            number(one["without"], 2),
        )
    return table


def _timeline(events: Sequence[Mapping[str, Any]], *, complete: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    for name in ("time", "event", "side"):
        table.add_column(name, no_wrap=True)
    for name in ("quantity", "price"):
        table.add_column(name, justify="right", no_wrap=True)
    varying = [name for name in ("instrument", "account") if len({event.get(name) for event in events}) > 1]
    for name in (*varying, "order"):
        table.add_column(name, overflow="fold")
    prices = aligned((event.get("instrument"), event.get("price")) for event in events[:SHOWN])
    for event, price in zip(events[:SHOWN], prices, strict=True):
        table.add_row(
            clock(event["time"])[11:],
            event.get("kind"),
            event.get("side") or "-",
            "-" if event.get("quantity") is None else number(event["quantity"]),
            price,
            *(escape(event.get(name) or "-") for name in (*varying, "order")),
        )
    more = f"and {len(events) - SHOWN:,} more, in --json and --html" if len(events) > SHOWN else ""
    table.caption = more if complete else f"{more}; of very many events the first and last are kept"
    return table


def _history(found: Mapping[str, Any]) -> list[str]:
    lineage = found["alert"]["lineage"]
    lines = [
        f"revision {one['revision']}, {clock(one['recorded_at'])[:19]}: {one['why']}" for one in found["revisions"]
    ]
    lines += [f"also known as {name}" for name in found["aliases"]]
    if found["closed"]:
        closed = found["closed"]
        lines.append(f"closed by {closed['by']}, {clock(closed['at'])[:19]}: {closed['why']}")
    if found["follows"]:
        lines.append(f"continues {found['follows']}, which is closed")
    if found["continued_by"]:
        lines.append(f"continued by {found['continued_by']}")
    book = lineage["rulebook"]
    lines.append(f"rulebook {book['name']} {book['version']}, lineage {lineage['digest'][:16]}, ")
    lines[-1] += f"capsule {lineage['capsule'][:16]}"
    return [escape(line) for line in lines]
