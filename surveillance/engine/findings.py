"""A finding as others read it: every number with its unit, every condition with its margin, every step in words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from string import Formatter
from typing import Any

import msgspec

from surveillance.alerts.values import exact, in_words, iso_day, iso_time, money
from surveillance.detecting.measure import Unit
from surveillance.engine.episodes import Episode
from surveillance.engine.judge import STRENGTH_SCALE
from surveillance.events.dictionary import TermsTable
from surveillance.events.schema import AssetClass
from surveillance.rules import Condition

_NOT_KNOWN = "not known"
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
        events = trail.events
        start, end = iso_time(trail.first_time), iso_time(trail.last_time)
        asset_class = self._terms.rows[episode.terms][0]
        said = self._in_words(episode)
        conditions = [self._condition(episode, one) for one in episode.conditions]
        instruments = sorted({event["instrument"] for event in events if event.get("instrument")})
        return {
            "finding_id": finding_id(rule.id, episode.names, self._sources[events[0]["source"]], events[0]["position"]),
            "rule": rule.id,
            "rule_version": rule.version,
            "title": rule.title,
            "status": rule.status,
            "detector": rule.detector,
            "detector_version": detector.version,
            "severity": rule.severity,
            "family": rule.family,
            "asset_class": AssetClass(asset_class).name.lower() if asset_class else None,
            "key": episode.names,
            "accounts": sorted({event["account"] for event in events if event.get("account")}),
            "instrument": episode.names.get("instrument") or (instruments[0] if len(instruments) == 1 else None),
            "start": start,
            "end": end,
            "trading_day": iso_day(trail.trading_day),
            "measures": {name: exact(value, self._scale(episode, name)) for name, value in episode.measures.items()},
            "conditions": conditions,
            "strength": exact(max(episode.strength, 0), STRENGTH_SCALE),
            "hits": episode.hits,
            "event_count": trail.count,
            "event_digest": f"{trail.digest:016x}",
            "events": [self._event(event) for event in events],
            "explanation": self._explanation(episode, said, start, end),
        }

    def _scale(self, episode: Episode, measure: str) -> int:
        scale = episode.judge.detector.scale(measure)
        if scale is not None:
            return int(scale)
        terms = self._terms.rows[episode.terms]
        unit = episode.judge.detector.measures_of(episode.judge.detector.p)[measure].unit
        return int(10 ** (terms.price_scale if unit is Unit.PRICE else terms.quantity_scale))

    def _in_words(self, episode: Episode) -> dict[str, str]:
        units = episode.judge.detector.measures_of(episode.judge.detector.p)
        asset_class = self._terms.rows[episode.terms][0]
        return {
            name: in_words(value, self._scale(episode, name), units[name].unit, asset_class, self._currency)
            for name, value in episode.measures.items()
        }

    def _condition(self, episode: Episode, one: Condition) -> dict[str, Any]:
        scale, value = self._scale(episode, one.measure), episode.measures[one.measure]
        threshold: Any = exact(one.threshold, scale)
        margin = one.threshold - value if one.op in ("at_most", "below") else value - one.threshold
        if one.op == "between":
            threshold = [exact(one.low, scale), exact(one.high, scale)]
            margin = min(value - one.low, one.high - value)
        return {
            "measure": one.measure,
            "value": exact(value, scale),
            "op": one.op,
            "threshold": threshold,
            "margin": exact(margin, scale),
            "unit": one.unit.value,
            "text": one.text,
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

    def _explanation(self, episode: Episode, said: dict[str, str], start: str, end: str) -> list[str]:
        rule, trail = episode.judge.rule, episode.trail
        known = {
            **dict.fromkeys(("account", "beneficial_owner", "trader", "desk", "instrument"), _NOT_KNOWN),
            **{name: text or _NOT_KNOWN for name, text in _shared(trail.events).items()},
            "asset_class": AssetClass(self._terms.rows[episode.terms][0]).name.lower().replace("_", " ")
            if self._terms.rows[episode.terms][0]
            else _NOT_KNOWN,
            "accounts": _listed({event["account"] for event in trail.events if event.get("account")}),
            "start": _clock(start),
            "end": _clock(end),
            "events": f"{trail.count:,}",
            **episode.names,
            **said,
        }
        steps = [_fill(rule.explain, known)]
        steps += [
            f"{one.measure.replace('_', ' ').capitalize()} is {said[one.measure]}; the rule asks for {one.text}."
            for one in episode.conditions
        ]
        times = f"between {_clock(start)} and {_clock(end)} UTC" if start != end else f"at {_clock(start)} UTC"
        again = f"; the conditions held at {episode.hits:,} of them" if episode.hits > 1 else ""
        noun = "event" if trail.count == 1 else "events"
        return [*steps, f"It rests on {trail.count:,} {noun} {times}{again}."]


def _fill(template: str, known: dict[str, str]) -> str:
    return "".join(text + (known[name] if name else "") for text, name, _, _ in Formatter().parse(template))


def finding_id(rule: str, key: dict[str, str], source: str, position: int) -> str:
    """Return the identity of a finding: rule, key as text and the place of its first event in its source."""
    content = msgspec.json.encode([rule, sorted(key.items()), source, position])
    return hashlib.sha256(content).hexdigest()[:32]


def _shared(events: list[dict[str, Any]]) -> dict[str, str | None]:
    """Return what all events have in common of what an explanation may name."""
    common: dict[str, str | None] = {}
    for name in ("account", "trader", "instrument"):
        values = {event.get(name) for event in events}
        if len(values) == 1:
            common[name] = values.pop()
    return common


def _listed(names: set[str]) -> str:
    """Return names in a sentence, the first of very many."""
    known = sorted(names)
    if len(known) > _NAMED:
        return f"{', '.join(known[:_NAMED])} and {len(known) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(known[:-1]), *known[-1:]))) or _NOT_KNOWN


def _clock(iso: str) -> str:
    """Shorten a time to milliseconds, as a person would compare it."""
    return iso[:23].replace("T", " ")
