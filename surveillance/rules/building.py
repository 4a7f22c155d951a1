"""From a rule file to a rule: what no schema can say is checked here, and all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Final

import msgspec

from surveillance.detecting.measure import Measure, Unit
from surveillance.documents.document import Document, Path
from surveillance.documents.validation import did_you_mean
from surveillance.errors import Location, Problem, SurveillanceError
from surveillance.events.schema import AssetClass, Band
from surveillance.rules.cases import RuleTest, read_tests
from surveillance.rules.contract import Detectors
from surveillance.rules.digest import hash_of
from surveillance.rules.explanation import EXPLAIN_FIELDS, check_explain
from surveillance.rules.params import read_params
from surveillance.rules.resolve import Table, read_asset_classes, resolve
from surveillance.rules.rule import Rationale, Rule
from surveillance.rules.thresholds import mapping_at
from surveillance.rules.units import UnitError, read_amount

Params = dict[AssetClass | None, msgspec.Struct]

_SAID: Final = ("id", "title", "status", "severity", "family", "owner", "detector", "consume", "subject", "explain")


@dataclass(frozen=True, slots=True)
class _Bound:
    """A detector with one rule's parameters: what it measures may depend on them."""

    params: Params
    measures: dict[AssetClass | None, Mapping[str, Measure]]
    key: tuple[str, ...]
    origins: dict[AssetClass | None, Mapping[str, Location]]


def build_rule(
    document: Document, detectors: Detectors, currency: str, *, sound: bool
) -> tuple[Rule | None, list[Problem]]:
    """Build a rule from its file.

    Parameters
    ----------
    document : Document
        The file.
    detectors : Mapping
        Detector classes by id.
    currency : str
        Base currency of the rulebook.
    sound : bool
        Whether the schema found the form right. What can be checked is checked in any case.

    Returns
    -------
    Rule or None
        None when something is wrong, here or with the form.
    list of Problem
        What is wrong beyond the form.
    """
    content = document.value
    if not isinstance(content, dict):
        return None, []
    problems = [*_check_name(document), *_check_days(document)]
    gap, faults = _read_gap(document, currency)
    problems += faults
    detector = content.get("detector")
    if not isinstance(detector, str):
        return None, problems
    if detector not in detectors:
        message = f"no detector has the id '{detector}'"
        problems.append(document.problem("unknown-detector", message, ("detector",), did_you_mean(detector, detectors)))
        return None, problems
    bound, faults = _bind(document, detectors[detector], currency)
    problems += faults
    table: Table = {}
    if bound.measures[None]:  # not known while the parameters that declare them are wrong
        table, faults = resolve(document, bound.measures, currency, read_asset_classes(document))
        problems += faults
    tests: tuple[RuleTest, ...] = ()
    if bound.measures[None]:
        tests, faults = read_tests(document, bound.key, bound.measures[None], currency)
        problems += faults
    if isinstance(content.get("explain"), str):
        known = (*bound.key, *bound.measures[None], *EXPLAIN_FIELDS)
        problems += check_explain(document, content["explain"], known)
    if problems or not sound:
        return None, problems
    return _assemble(document, bound, table, gap, tests), []


def _check_name(document: Document) -> list[Problem]:
    name, written = PurePath(document.file).stem, document.value.get("id")
    if not isinstance(written, str) or written == name:
        return []
    hint = f"rename the file to {written}.yaml, or the rule to {name}"
    return [document.problem("id-is-not-file-name", f"the rule {written} is in the file {name}.yaml", ("id",), hint)]


def _check_days(document: Document) -> list[Problem]:
    """Check that days exist (the schema sees only their form), and that the next review is after the last."""
    problems, days = [], {}
    for name, written in mapping_at(document, ("rationale",)).items():
        if name in {"reviewed", "review_by"} and isinstance(written, str):
            try:
                days[name] = date.fromisoformat(written)
            except ValueError:
                message = f"{written} is not a day of the calendar"
                problems.append(document.problem("bad-day", message, ("rationale", name)))
    if len(days) == 2 and days["review_by"] <= days["reviewed"]:
        message = "the next review is not after the last one"
        problems.append(document.problem("bad-day", message, ("rationale", "review_by")))
    return problems


def _read_gap(document: Document, currency: str) -> tuple[int | None, list[Problem]]:
    if "gap" not in document.value:
        return None, []
    problems = []
    if document.value.get("consume") is True:
        hint = "hits that use up their events are never joined: keep one of the two"
        problems.append(
            document.problem("gap-and-consume", "gap has no meaning with consume", ("gap",), hint, key=True)
        )
    try:
        return int(read_amount(document.value["gap"], Unit.DURATION, currency).value), problems
    except UnitError as error:
        return None, [*problems, document.problem("bad-unit", error.message, ("gap",), error.hint)]


def _bind(document: Document, detector: Any, currency: str) -> tuple[_Bound, list[Problem]]:
    """Decode the parameters of every asset class, and ask the detector what it measures with them."""
    declared = detector.measures if isinstance(detector.measures, Mapping) else {}
    key = detector.key if isinstance(detector.key, tuple) else ()
    params: Params = {}
    origins: dict[AssetClass | None, Mapping[str, Location]] = {}
    measures: dict[AssetClass | None, Mapping[str, Measure]] = dict.fromkeys((None, *AssetClass), declared)
    problems: list[Problem] = []
    base: dict[str, Path] = {name: ("params", name) for name in mapping_at(document, ("params",))}
    for member in (None, *AssetClass):
        path: Path = ("asset_classes", member.name.lower(), "params") if member else ("params",)
        own: dict[str, Path] = {name: (*path, name) for name in mapping_at(document, path)}
        if member and not own:
            measures[member] = measures[None]
            continue
        decoded, faults = read_params(document, {**base, **own}, detector.Params, currency)
        problems += faults
        measures[member] = measures[None]
        if decoded is None:
            continue
        try:
            instance = detector(decoded)
            measured = detector.measures_of(decoded)
        except (ValueError, SurveillanceError) as error:
            problems.append(document.problem("bad-parameter", str(error), path))
            continue
        params[member] = decoded
        origins[member] = {name: document.at_key(where) for name, where in {**base, **own}.items()}
        measures[member] = measured
        key = tuple(instance.key) if member is None else key
    return _Bound(params, measures, key, origins), problems


def _assemble(document: Document, bound: _Bound, table: Table, gap: int | None, tests: tuple[RuleTest, ...]) -> Rule:
    content, params = document.value, bound.params
    applies = read_asset_classes(document)
    said = {name: content.get(name) for name in _SAID}
    rationale = content.get("rationale")
    return Rule(
        id=content["id"],
        version=content["version"],
        title=content["title"],
        status=content["status"],
        severity=content["severity"],
        family=content["family"],
        owner=content["owner"],
        detector=content["detector"],
        explain=content["explain"],
        file=document.file,
        digest=_digest(said, applies.classes, params, table, gap),
        key=bound.key,
        asset_classes=applies.classes,
        parameters=params,
        parameter_origins=bound.origins,
        thresholds=table,
        gap=gap,
        consume=content.get("consume", False),
        subject=content.get("subject"),
        references=tuple(content.get("references", ())),
        rationale=Rationale(**rationale) if rationale else None,
        false_positives=tuple(content.get("false_positives", ())),
        blind_spots=tuple(content.get("blind_spots", ())),
        tests=tests,
        retired=content.get("retired", {}).get("reason", ""),
    )


def _digest(
    said: dict[str, Any], classes: tuple[AssetClass, ...], params: Params, table: Table, gap: int | None
) -> str:
    said["consume"] = bool(said["consume"])
    content = {
        **said,
        "gap": gap,
        "asset_classes": [member.name for member in classes],
        "params": {
            _label(member): msgspec.to_builtins(params.get(member, params[None])) for member in (None, *classes)
        },
        "when": {
            f"{_label(member)}/{_label(band)}": sorted(threshold.canonical() for threshold in thresholds)
            for (member, band), thresholds in table.items()
        },
    }
    return hash_of(content)


def _label(member: AssetClass | Band | None) -> str:
    return member.name.lower() if member else "any"
