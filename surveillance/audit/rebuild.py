"""An alert made again from its evidence capsule: the rules of a revision judge what was measured, and score it anew.

What stays as it is in the capsule are the events and the measures. Thresholds, texts, scoring and the engine's
own judgement come from the revision at hand, so that whatever of them differs shows, field by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from surveillance.alerts.alert import alert
from surveillance.alerts.capsule import digest_of as digest_of_capsule
from surveillance.alerts.capsule import opened
from surveillance.alerts.filed import Filed, from_plain
from surveillance.alerts.grouping import Draft, alert_id
from surveillance.audit.fields import differing_fields
from surveillance.detecting.detector import Detector
from surveillance.engine.judge import mean_excess
from surveillance.engine.trail import digest_of, salt_of
from surveillance.engine.verdict import Seen, scale_of, verdict
from surveillance.events.dictionary import Terms
from surveillance.events.schema import NULL, AssetClass
from surveillance.rules import Rule, Rulebook
from surveillance.sinks.ndjson import encode

Record = Mapping[str, Any]

_MASK: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it.

    Parameters
    ----------
    alert : bytes
        The alert as JSON; empty where a finding could not be judged at all.
    identical : bool
        Whether it is, byte for byte, the alert that was published.
    differences : list of str
        What differs, and in which input; empty when it is identical.
    sealed : bool
        Whether the capsule is the one that was sealed with the alert.
    """

    alert: bytes
    identical: bool
    differences: list[str]
    sealed: bool = True


def rebuild(
    published: Record,
    capsule: Record,
    book: Rulebook,
    detectors: Mapping[str, type[Detector]],
    *,
    continues: bool = False,
) -> Rebuilt:
    """Make an alert again.

    Parameters
    ----------
    published : Mapping
        The alert, decimals exact.
    capsule : Mapping
        Its evidence, decimals exact.
    book : Rulebook
        The rules of its revision.
    detectors : mapping of str to type
        Detector classes by id.
    continues : bool
        Whether it continues a closed alert, so that the store and not its evidence gave it its id.
    """
    broken = list(_seal(published, capsule))
    try:
        made, said = _made(published, capsule, book, detectors, continues=continues)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        if not broken:
            raise
        return Rebuilt(b"", identical=False, differences=[*broken, "the capsule: it cannot be judged"], sealed=False)
    if made != encode(published) and made and not (broken or said):
        again = opened(made)
        said = [*differing_fields(published, again, "the alert, by the engine at hand")] or [
            "the alert: written otherwise"
        ]
    said = [*broken, *said]
    return Rebuilt(made, not said, said, not broken)


def _made(
    published: Record,
    capsule: Record,
    book: Rulebook,
    detectors: Mapping[str, type[Detector]],
    *,
    continues: bool,
) -> tuple[bytes, list[str]]:
    """Return the alert as JSON, empty where a finding could not be judged, and what of its inputs differs."""
    differences = [*_scoring(capsule, book), *_events(capsule)]
    members: list[Filed] = []
    rules = {rule.id: rule for rule in book.rules}
    findings = {one["finding_id"]: one for one in capsule["findings"]}
    for filed in capsule["filed"]:
        finding = findings[filed["finding_id"]]
        rule = rules.get(finding["rule"])
        if rule is None:
            differences.append(f"rule {finding['rule']}: the rulebook {book.version} has none")
            return b"", differences
        differences += _rule(rule, capsule["rules"][rule.id])
        again = _judged(finding, filed, rule, detectors[rule.detector], book.base_currency)
        before = {one: finding[one] for one in again}
        differences += differing_fields(before, again, f"finding {finding['finding_id'][:12]} of {rule.id}")
        members.append(from_plain(filed, {**finding, **again}))
    members[0] = replace(members[0], events=capsule["events"])  # of all findings, which tell whose accounts they are
    first = members[0]
    name = published["alert_id"] if continues else alert_id(first.subject, first.groups, first.day, first.id)
    draft = Draft(name, tuple(members), (), published["revision"])
    return encode(alert(draft, book.scoring, published["lineage"], published["detected_at"])), differences


def _seal(published: Record, capsule: Record) -> Iterator[str]:
    sealed, digest = published["lineage"].get("capsule"), digest_of_capsule(dict(capsule))
    if digest != sealed:
        yield f"the capsule: its SHA-256 is {digest[:16]}, sealed with the alert was {str(sealed)[:16]}"


def _scoring(capsule: Record, book: Rulebook) -> Iterator[str]:
    weights = {name: list(pair) for name, pair in book.scoring.weights.items()}
    if weights != {name: list(pair) for name, pair in capsule["scoring"]["weights"].items()}:
        yield f"rulebook.yaml: the weights of rulebook {book.version} are others"
    if dict(book.scoring.levels) != dict(capsule["scoring"]["levels"]):
        yield f"rulebook.yaml: the levels of rulebook {book.version} are others"


def _events(capsule: Record) -> Iterator[str]:
    """Hold the events of findings that are whole against the digests that were made when they were read."""
    if not capsule["complete"] or len(capsule["findings"]) != 1:
        return
    total = 0
    for source in {one["source"] for one in capsule["events"]}:
        positions = [one["position"] for one in capsule["events"] if one["source"] == source]
        total += digest_of(np.array(positions, dtype=np.int64), salt_of(source))
    (finding,) = capsule["findings"]
    if f"{total & _MASK:016x}" != finding["event_digest"]:
        yield f"the events of finding {finding['finding_id'][:12]}: others than those that were judged"


def _rule(rule: Rule, kept: Record) -> Iterator[str]:
    if rule.digest != kept["digest"]:
        yield f"rule {rule.id}: version {rule.version} finds or says something else than version {kept['version']} did"
    elif rule.version != kept["version"]:
        yield f"rule {rule.id}: it has version {rule.version}, it had {kept['version']}"


def _judged(finding: Record, filed: Record, rule: Rule, kind: type[Detector], currency: str) -> dict[str, Any]:
    """Return the fields of a finding that the rule decides, from what was measured."""
    terms = Terms(**filed["terms"])
    asset_class = AssetClass(terms.asset_class) if terms.asset_class else None
    detector = kind(rule.params(asset_class))
    known = detector.measures_of(detector.p)
    measures = {
        name: _whole(value, scale_of(detector, terms, name))
        for name, value in finding["measures"].items()
        if name in known
    }
    conditions = [one for one in rule.conditions(detector, terms) or () if one.measure in measures]
    seen = Seen(
        terms, measures, filed["names"], finding["event_count"], finding["hits"], finding["start"], finding["end"]
    )
    values = {name: np.array([value]) for name, value in measures.items()}
    strength = int(np.sum(mean_excess(conditions, detector, values)))
    return verdict(rule, detector, seen, conditions, strength, currency)


def _whole(value: int | Decimal | None, scale: int) -> int:
    return NULL if value is None else round(Decimal(value) * scale)
