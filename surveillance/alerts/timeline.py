"""The timeline of an alert: the orders and trades of all its findings, each once, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]


def timeline(parts: Iterable[Sequence[Event]]) -> list[dict[str, Any]]:
    """Return the events of several findings, each once, by time and place in their source."""
    found = {(event["time"], event["source"], event["position"]): dict(event) for part in parts for event in part}
    return [found[place] for place in sorted(found)]


def net(events: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """Return by instrument what was bought and sold, and how many orders and cancellations there were."""
    totals: dict[str, dict[str, Any]] = {}
    for event in events:
        one = totals.setdefault(
            event.get("instrument") or "", {"orders": 0, "cancels": 0, "trades": 0, "bought": 0, "sold": 0}
        )
        kind, quantity = event.get("kind"), event.get("quantity") or 0
        if kind in ("order", "cancel"):
            one[f"{kind}s"] += 1
        elif kind == "trade":
            one["trades"] += 1
            one["bought" if event.get("side") == "buy" else "sold"] += quantity
    return totals
