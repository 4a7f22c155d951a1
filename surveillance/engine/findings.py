"""A finding as others read it: every number with its unit, every condition with its margin, every step in words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from surveillance.alerts.values import exact, iso_day, iso_time, money
from surveillance.engine.episodes import Episode
from surveillance.engine.verdict import NOT_KNOWN, Seen, verdict
from surveillance.events.dictionary import TermsTable

_NAMED = 12


class Writer:
    """Turns episodes into findings.

    Parameters
    ----------
    terms : TermsTable
        Terms that rows of the tape have.
    sources : sequence of str
        Names of the sources by ordinal.
    currency : str
        The base currency.
    """

    def __init__(self, terms: TermsTable, sources: Sequence[str], currency: str) -> None:
        self._terms, self._sources, self._currency = terms, sources, currency

    def finding(self, episode: Episode) -> dict[str, Any]:
        """Return the finding in the shape of ``finding.schema.json``."""
        rule, detector, trail = episode.judge.rule, episode.judge.detector, episode.trail
        events = episode.evidence.facts()
        start, end = iso_time(trail.first_time), iso_time(trail.last_time)
        names = {**names_of(events), **episode.names}
        seen = Seen(self._terms.rows[episode.terms], episode.measures, names, trail.count, episode.hits, start, end)
        instruments = sorted({event["instrument"] for event in events if event.get("instrument")})
        return {
            "finding_id": finding_id(rule.id, episode.names, self._sources[events[0]["source"]], events[0]["position"]),
            **verdict(rule, detector, seen, episode.conditions, episode.strength, self._currency),
            "key": episode.names,
            "accounts": sorted({event["account"] for event in events if event.get("account")}),
            "instrument": episode.names.get("instrument") or (instruments[0] if len(instruments) == 1 else None),
            "start": start,
            "end": end,
            "trading_day": iso_day(trail.trading_day),
            "hits": episode.hits,
            "event_count": trail.count,
            "event_digest": f"{trail.digest:016x}",
            "events": [self._event(event) for event in events],
        }

    def _event(self, event: dict[str, Any]) -> dict[str, Any]:
        terms = self._terms.rows[event["terms"]]
        price, quantity = event.get("price"), event.get("quantity")
        return {
            "kind": event["kind"],
            "time": iso_time(event["time"]),
            "order": event["order"],
            "trade": event["trade"],
            "side": event.get("side"),
            "price": None if price is None else exact(price, 10**terms.price_scale),
            "quantity": None if quantity is None else exact(quantity, 10**terms.quantity_scale),
            "base_notional": money(event.get("base_notional")),
            "account": event.get("account"),
            "trader": event.get("trader"),
            "instrument": event.get("instrument"),
            "source": self._sources[event["source"]],
            "position": event["position"],
        }


def finding_id(rule: str, key: dict[str, str], source: str, position: int) -> str:
    """Return the identity of a finding: rule, key as text and the place of its first event in its source."""
    content = msgspec.json.encode([rule, sorted(key.items()), source, position])
    return hashlib.sha256(content).hexdigest()[:32]


def names_of(events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what an explanation may call those whom all events have in common."""
    common = dict.fromkeys(("account", "beneficial_owner", "trader", "desk", "instrument"), NOT_KNOWN)
    for name in ("account", "trader", "instrument"):
        values = {event.get(name) for event in events}
        if len(values) == 1:
            common[name] = values.pop() or NOT_KNOWN
    return {**common, "accounts": _listed({event["account"] for event in events if event.get("account")})}


def _listed(names: set[str]) -> str:
    """Return names in a sentence, the first of very many."""
    known = sorted(names)
    if len(known) > _NAMED:
        return f"{', '.join(known[:_NAMED])} and {len(known) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(known[:-1]), *known[-1:]))) or NOT_KNOWN
