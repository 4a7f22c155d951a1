"""What differs between two versions of one rule, field by field, and what each difference does to what is found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from surveillance.events.schema import AssetClass, Band
from surveillance.rules.cases import RuleTest
from surveillance.rules.change import Change, Effect
from surveillance.rules.conditions import Threshold
from surveillance.rules.limits import widens
from surveillance.rules.params import show_params
from surveillance.rules.rule import Rule
from surveillance.rules.rulebook import SEVERITIES

Scope = tuple["AssetClass | None", "Band | None"]

HEARD: Final = {"draft": 0, "shadow": 1, "active": 2, "retired": 0}
"""How much is heard of a rule: nothing, that it found something, alerts."""

_TEXTS: Final = ("title", "owner", "explain", "references", "rationale", "false_positives", "blind_spots")
_STRUCTURAL: Final = {
    "detector": "another detector measures something else",
    "key": "findings are about something else",
    "family": "rules of a family count once in a score",
    "subject": "alerts are about somebody else",
    "gap": "hits are joined to other findings",
    "consume": "hits use up their events, or no longer do",
}


def compare_rules(old: Rule, new: Rule, currencies: tuple[str, str]) -> Iterator[Change]:
    """Give all differences of two versions of a rule.

    Parameters
    ----------
    old, new : Rule
        Of the same id.
    currencies : tuple of str
        Base currencies of their rulebooks.
    """
    if old.status != new.status:
        step = HEARD[new.status] - HEARD[old.status]
        effect = Effect.MORE if step > 0 else Effect.LESS if step < 0 else Effect.WORDS
        yield Change(old.id, "status", "", old.status, new.status, effect)
    if old.severity != new.severity:
        graver = SEVERITIES.index(new.severity) > SEVERITIES.index(old.severity)
        yield Change(old.id, "severity", "", old.severity, new.severity, Effect.MORE if graver else Effect.LESS)
    for name, why in _STRUCTURAL.items():
        if getattr(old, name) != getattr(new, name):
            before, after = (_plain(getattr(one, name)) for one in (old, new))
            yield Change(old.id, name, "", before, after, Effect.UNPROVEN, why)
    yield from _classes(old, new)
    yield from _params(old, new, currencies)
    yield from _thresholds(old, new)
    for name in _TEXTS:
        if getattr(old, name) != getattr(new, name):
            before, after = (_plain(getattr(one, name)) for one in (old, new))
            yield Change(old.id, name, "", before, after, Effect.WORDS)
    tests = [{one.name: one for one in rule.tests} for rule in (old, new)]
    for name in [*tests[0], *(one for one in tests[1] if one not in tests[0])]:
        was, now = (name if name in one else None for one in tests)
        if was != now or _played(tests[0][name]) != _played(tests[1][name]):
            yield Change(old.id, "tests", "", was, now, Effect.WORDS, "" if was != now else "another tape or outcome")


def _plain(value: Any) -> str | None:
    if value is None or value in ("", ()):
        return None
    if isinstance(value, tuple):
        return "; ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "why"):
        parts = (value.why, value.evidence, f"reviewed {value.reviewed}", f"again by {value.review_by}")
        return " ".join(part for part in parts if part and not part.endswith(" "))
    return f"{value:_} ns" if isinstance(value, int) else str(value)


def _played(test: RuleTest) -> object:
    """Return what a test does, without where it is written."""
    return re.sub(r"Location\([^)]*\)", "", repr(test))


def _classes(old: Rule, new: Rule) -> Iterator[Change]:
    for member in (*AssetClass, None):
        was, now = ((member, None) in rule.thresholds for rule in (old, new))
        if was != now:
            name = member.name.lower() if member else "instruments of no known class"
            effect = Effect.MORE if now else Effect.LESS
            yield Change(old.id, "asset_classes", "", name if was else None, name if now else None, effect)


def _params(old: Rule, new: Rule, currencies: tuple[str, str]) -> Iterator[Change]:
    if old.detector != new.detector:
        return
    shown: dict[tuple[str, str | None, str | None], list[Scope]] = {}
    both = [member for member in old.asset_classes if member in new.asset_classes]
    for member in both:
        before, after = (
            {name: _parameter(value) for name, value in show_params(rule.params(member), currency).items()}
            for rule, currency in zip((old, new), currencies, strict=True)
        )
        for name in [*before, *(one for one in after if one not in before)]:
            if before.get(name) != after.get(name):
                shown.setdefault((name, before.get(name), after.get(name)), []).append((member, None))
    for (name, was, now), scopes in shown.items():
        scope = _words(scopes, [(member, None) for member in both])
        yield Change(old.id, f"params.{name}", scope, was, now, Effect.UNPROVEN, "something else is measured")


def _parameter(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_parameter(part)}" for name, part in value.items())
    return ", ".join(map(_parameter, value)) if isinstance(value, list | tuple) else str(value)


def _thresholds(old: Rule, new: Rule) -> Iterator[Change]:
    if old.detector != new.detector:
        return
    scopes: list[Scope] = [
        (member, band) for member in old.asset_classes if member in new.asset_classes for band in (None, *Band)
    ]
    shown: dict[tuple[str, str | None, str | None, Effect, str], list[Scope]] = {}
    for member, band in scopes:
        before, after = (_effective(rule, member, band) for rule in (old, new))
        for name in [*before, *(one for one in after if one not in before)]:
            was, now = before.get(name), after.get(name)
            if was == now or (was and now and was.canonical() == now.canonical()):
                continue
            effect, why = _judged(was, now, consume=old.consume or new.consume)
            told = (name, was.text if was else None, now.text if now else None, effect, why)
            shown.setdefault(told, []).append((member, band))
    for (name, text, other, effect, why), of in shown.items():
        yield Change(old.id, f"when.{name}", _words(of, scopes), text, other, effect, why)


def _effective(rule: Rule, member: AssetClass | None, band: Band | None) -> dict[str, Threshold]:
    for scope in ((member, band), (member, None), (None, band), (None, None)):
        found = rule.thresholds.get(scope)
        if found is not None:
            return {one.measure: one for one in found}
    return {}


def _judged(was: Threshold | None, now: Threshold | None, *, consume: bool) -> tuple[Effect, str]:
    """Say what a changed threshold does: a looser one finds more, unless hits use up what others would need."""
    if was is not None and now is not None and was.graded != now.graded:
        return Effect.UNPROVEN, "strengths are counted in another way"
    wider = now is None or (was is not None and widens(was, now))
    if wider and consume:
        return Effect.UNPROVEN, "further hits use up events that others needed"
    if wider:
        return Effect.MORE, ""
    narrower = was is None or (now is not None and widens(now, was))
    return (Effect.LESS, "") if narrower else (Effect.UNPROVEN, "neither looser nor stricter")


def _words(some: list[Scope], everything: list[Scope]) -> str:
    """Name asset classes and bands: empty for all, a class without its bands where it is whole."""
    if set(some) >= set(everything):
        return ""
    said = []
    for member in dict.fromkeys(member for member, _ in some):
        name = member.name.lower().replace("_", " ") if member else "any class"
        bands = [band for one, band in some if one is member]
        if set(bands) >= {band for one, band in everything if one is member}:
            said.append(name)
        else:
            said += [f"{name}, {band.name.lower() if band else 'no band'}" for band in bands]
    return "; ".join(said)
