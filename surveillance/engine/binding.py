"""Rules bound to detectors: one detector for each distinct set of parameters, shared by the rules that use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from surveillance.detecting.detector import Detector
from surveillance.engine.episodes import Episodes
from surveillance.engine.judge import Judge
from surveillance.events.dictionary import TermsTable
from surveillance.events.schema import AssetClass
from surveillance.rules import Rule, Rulebook

_FIX_THE_CLASS = frozenset({"instrument", "asset_class"})


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
    """

    detector: Detector
    extra_key: tuple[str, ...] = ()
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
    bindings: dict[tuple[str, bytes, tuple[str, ...]], Binding] = {}
    for rule in book.rules:
        if rule.id in skip:
            continue
        variants = _params_of(rule)
        key = detectors[rule.detector](variants[0][0]).key
        split = len(variants) > 1 and not _FIX_THE_CLASS.intersection(key)
        extra: tuple[str, ...] = ("asset_class",) if split else ()
        for params, classes in variants:
            identity = (rule.detector, msgspec.json.encode(params, order="deterministic"), extra)
            if identity not in bindings:
                bindings[identity] = Binding(detectors[rule.detector](params), extra)
            detector = bindings[identity].detector
            gap = rule.gap if rule.gap is not None else default_gap(detector)
            bindings[identity].episodes.append(Episodes(Judge(rule, detector, classes, terms), gap))
    return list(bindings.values())


def _params_of(rule: Rule) -> list[tuple[msgspec.Struct, frozenset[int]]]:
    """Return the rule's distinct parameters, each with the asset classes that it measures (0: not known)."""
    found: dict[bytes, tuple[msgspec.Struct, set[int]]] = {}
    for asset_class in (None, *AssetClass):
        params = rule.params(asset_class)
        encoded = msgspec.json.encode(params, order="deterministic")
        found.setdefault(encoded, (params, set()))[1].add(int(asset_class or 0))
    return [(params, frozenset(classes)) for params, classes in found.values()]


def default_gap(detector: Detector) -> int:
    """Return the gap of a rule that names none: the detector's window."""
    return max(detector.look_back(), detector.horizon())
