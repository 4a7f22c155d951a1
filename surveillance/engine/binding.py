"""Rules bound to detectors: one detector for each distinct set of parameters, shared by the rules that use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from surveillance.detecting.detector import Detector
from surveillance.engine.episodes import Episodes
from surveillance.engine.judge import Judge
from surveillance.events.dictionary import TermsTable
from surveillance.rules import Rule, Rulebook

FIX_THE_CLASS: Final = frozenset({"instrument", "asset_class"})


@dataclass(slots=True)
class Binding:
    """A detector under one set of parameters, and the rules that judge what it measures.

    Parameters
    ----------
    detector : Detector
        Bound to its parameters.
    extra_key : tuple of str
        Columns that join the detector's key: the asset class, where parameters differ by class and the key does not
        fix it. Without it nobody could say whose events count.
    classes : frozenset of int or None
        Codes of the asset classes that these parameters are for, where a rule has others for other classes: rows of
        those need not be looked at. None: all.
    """

    detector: Detector
    extra_key: tuple[str, ...] = ()
    classes: frozenset[int] | None = None
    episodes: list[Episodes] = field(default_factory=list)


def bind(
    book: Rulebook, detectors: Mapping[str, type[Detector]], terms: TermsTable, skip: frozenset[str]
) -> list[Binding]:
    """Bind every rule that runs.

    Parameters
    ----------
    book : Rulebook
        The rules.
    detectors : mapping of str to type
        Detector classes by id.
    terms : TermsTable
        Terms that rows of the tape have.
    skip : frozenset of str
        Rules that are not to run: drafts, retired, blind or disabled.
    """
    bindings: dict[tuple[object, ...], Binding] = {}
    for rule in book.rules:
        if rule.id in skip:
            continue
        variants = _params_of(rule)
        key = detectors[rule.detector](variants[0][0]).key
        split = len(variants) > 1
        extra: tuple[str, ...] = ("asset_class",) if split and not FIX_THE_CLASS.intersection(key) else ()
        for params, classes in variants:
            only = classes if split else None
            identity = (rule.detector, msgspec.json.encode(params, order="deterministic"), extra, only)
            if identity not in bindings:
                bindings[identity] = Binding(detectors[rule.detector](params), extra, only)
            detector = bindings[identity].detector
            gap = rule.gap if rule.gap is not None else default_gap(detector)
            bindings[identity].episodes.append(Episodes(Judge(rule, detector, classes, terms), gap))
    return list(bindings.values())


def _params_of(rule: Rule) -> list[tuple[msgspec.Struct, frozenset[int]]]:
    """Return the rule's distinct parameters, each with the asset classes that it judges (0: not known)."""
    found: dict[bytes, tuple[msgspec.Struct, set[int]]] = {}
    for asset_class in (None, *rule.asset_classes):
        if asset_class is None and rule.effective(None, None) is None:
            continue
        params = rule.params(asset_class)
        encoded = msgspec.json.encode(params, order="deterministic")
        found.setdefault(encoded, (params, set()))[1].add(int(asset_class or 0))
    return [(params, frozenset(classes)) for params, classes in found.values()]


def default_gap(detector: Detector) -> int:
    """Return the gap of a rule that names none: the detector's window."""
    return max(detector.look_back(), detector.horizon())
