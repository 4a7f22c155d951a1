"""What differs between two rulebooks, and what each difference does to what is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from surveillance.rules.change import ALL, Change, Effect
from surveillance.rules.rule import Rule
from surveillance.rules.rule_changes import HEARD, compare_rules
from surveillance.rules.rulebook import SEVERITIES, Rulebook


def compare(
    old: Rulebook, new: Rulebook, old_detectors: Mapping[str, str], new_detectors: Mapping[str, str]
) -> list[Change]:
    """Return all differences, those of the rulebook first, then by rule.

    Parameters
    ----------
    old, new : Rulebook
        Valid ones.
    old_detectors, new_detectors : mapping of str to str
        Versions of detectors by id.
    """
    found = list(_of_books(old, new))
    before, after = {one.id: one for one in old.rules}, {one.id: one for one in new.rules}
    for name in sorted({*before, *after}):
        if name not in after:
            found.append(Change(name, "rule", "", _title(before[name]), None, _gone(before[name])))
        elif name not in before:
            found.append(Change(name, "rule", "", None, _title(after[name]), Effect.MORE))
        else:
            found += compare_rules(before[name], after[name], (old.base_currency, new.base_currency))
            found += _of_detector(before[name], after[name], old_detectors, new_detectors)
    return found


def _title(rule: Rule) -> str:
    return f"{rule.title} ({rule.status}, {rule.severity})"


def _gone(rule: Rule) -> Effect:
    return Effect.LESS if HEARD[rule.status] else Effect.WORDS


def _of_books(old: Rulebook, new: Rulebook) -> Iterator[Change]:
    if old.name != new.name:
        yield Change(ALL, "name", "", old.name, new.name, Effect.WORDS)
    for name, why in (("base_currency", "money is compared in it"), ("privacy", "ids are written in another way")):
        before, after = getattr(old, name) or None, getattr(new, name) or None
        if before != after:
            yield Change(ALL, name, "", before, after, Effect.UNPROVEN, why)
    for plugin in sorted({*old.plugins} ^ {*new.plugins}):
        was = plugin if plugin in old.plugins else None
        yield Change(ALL, "plugins", "", was, None if was else plugin, Effect.UNPROVEN if was else Effect.WORDS)
    for severity in SEVERITIES:
        yield from _scoring(f"scoring.weights.{severity}", old.scoring.weights[severity], new.scoring.weights[severity])
        if old.scoring.levels[severity] != new.scoring.levels[severity]:
            before, after = old.scoring.levels[severity], new.scoring.levels[severity]
            effect = Effect.MORE if after < before else Effect.LESS
            yield Change(ALL, f"scoring.levels.{severity}", "", str(before), str(after), effect)
    yield from _suppressions(old, new)


def _suppressions(old: Rulebook, new: Rulebook) -> Iterator[Change]:
    before, after = ({one.id: one for one in book.suppressions} for book in (old, new))
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None or was.digest != now.digest:
            effect = Effect.MORE if now is None else Effect.LESS if was is None else Effect.UNPROVEN
            said = [None if one is None else f"{one.reason} (until {one.expires})" for one in (was, now)]
            yield Change(ALL, f"suppressions.{name}", "", said[0], said[1], effect)


def _scoring(field: str, before: tuple[int, int], after: tuple[int, int]) -> Iterator[Change]:
    if before != after:
        raised = all(one <= other for one, other in zip(before, after, strict=True))
        said = [f"{base / 100:g}% to {top / 100:g}%" for base, top in (before, after)]
        yield Change(ALL, field, "", said[0], said[1], Effect.MORE if raised else Effect.LESS)


def _of_detector(
    old: Rule, new: Rule, old_detectors: Mapping[str, str], new_detectors: Mapping[str, str]
) -> Iterator[Change]:
    before, after = old_detectors.get(old.detector), new_detectors.get(new.detector)
    if old.detector == new.detector and before != after:
        why = f"{old.detector} measures in another way"
        yield Change(old.id, "detector version", "", before, after, Effect.UNPROVEN, why)
