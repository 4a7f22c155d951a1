"""The rules of layering-analytics: a pack whose thresholds can be changed, within what its two files can say.

To read and check YAML takes as long as to judge a hundred thousand rows. So what the shipped files come to stands
beside them in ``compiled.json``, with their digests; as long as these are right, it is taken instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from surveillance.bundle import rules_folder
from surveillance.compat.layering.records import PRICE_DECIMALS
from surveillance.detecting.detector import Detector
from surveillance.engine.hits import HitRule
from surveillance.errors import Location, PluginError, Problem, RulesError
from surveillance.events.dictionary import Terms
from surveillance.events.schema import AssetClass

if TYPE_CHECKING:
    from surveillance.rules import Rule

NAME: Final = "layering-analytics"
COMPILED: Final = "compiled.json"
LAYERING: Final = "layering"
WASH: Final = "wash.churn"
TERMS: Final = Terms(int(AssetClass.EQUITY), 0, PRICE_DECIMALS, 0)
"""What every product counts as: the file does not say what it is."""

_BUILT_IN: Final = "trade-surveillance"
_GROUP: Final = "surveillance.detectors"
_FIXED: Final = {LAYERING: ("sequence", "cancel_then_fill"), WASH: ("anchor", "start")}


def load_pack(folder: Path | None = None) -> list[HitRule]:
    """Load the active rules of a pack in the order of their rows in the files: those of layering first.

    Parameters
    ----------
    folder : Path, optional
        The shipped pack by default.

    Raises
    ------
    RulesError
        A file is not valid, or a rule measures what the two files cannot say.
    PluginError
        A detector does not load.
    """
    folder = folder if folder is not None else rules_folder() / "packs" / NAME
    compiled = _compiled(folder) or compile_pack(folder)
    classes = _built_in()
    if any(classes[one["detector"]].version != one["version"] for one in compiled["rules"]):
        compiled = compile_pack(folder)
    return [_bound(one, classes[one["detector"]]) for one in compiled["rules"]]


def compile_pack(folder: Path) -> dict[str, Any]:
    """Read and check the files of a pack; return what they come to, as ``compiled.json`` has it.

    Raises
    ------
    RulesError
        A file is not valid, or a rule measures what the two files cannot say.
    PluginError
        A detector does not load.
    """
    import msgspec

    from surveillance.detecting.plugins import load_detectors
    from surveillance.rules import load_rulebook

    detectors = load_detectors([_BUILT_IN])
    rules = load_rulebook(folder, detectors).rules
    unfit = [problem for rule in rules for problem in _unfit(rule)]
    if unfit:
        raise RulesError(unfit)
    compiled = []
    for rule in sorted(rules, key=lambda rule: (list(_FIXED).index(rule.detector), rule.id)):
        if rule.status != "active":
            continue
        params = rule.params(AssetClass.EQUITY)
        detector = detectors[rule.detector](params)
        conditions = rule.conditions(detector, TERMS)
        if conditions is None:
            where = Location(rule.file)
            raise RulesError(Problem("not-in-pack", "does not apply to equities, as which every product counts", where))
        compiled.append(
            {
                "id": rule.id,
                "detector": rule.detector,
                "version": detector.version,
                "params": msgspec.to_builtins(params),
                "bounds": {one.measure: [one.low, one.high] for one in conditions},
                "consume": rule.consume,
            }
        )
    return {"files": _digests(folder), "rules": compiled, "digest": _digest(compiled)}


def _unfit(rule: Rule) -> list[Problem]:
    where = Location(rule.file)
    if rule.detector not in _FIXED:
        hint = f"rules of this pack use {' or '.join(_FIXED)}"
        return [Problem("not-in-pack", f"its files have no row for findings of {rule.detector}", where, hint)]
    name, wanted = _FIXED[rule.detector]
    given = getattr(rule.params(AssetClass.EQUITY), name)
    if given == wanted:
        return []
    place = rule.params_from(AssetClass.EQUITY).get(name, where)
    return [Problem("not-in-pack", f"{name} is {given} and has to be {wanted} in this pack", place)]


def _digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every YAML file."""
    paths = sorted(folder.rglob("*.yaml")) + sorted(folder.rglob("*.yml"))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _digest(rules: list[dict[str, Any]]) -> str:
    """Return the SHA-256 of the rules: who changes a bound by hand changes nothing."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


def _compiled(folder: Path) -> dict[str, Any] | None:
    """Return what stands beside the files; None if it is not of these files."""
    path = folder / COMPILED
    try:
        compiled: dict[str, Any] = json.loads(path.read_bytes())
        right = compiled["files"] == _digests(folder) and compiled["digest"] == _digest(compiled["rules"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return compiled if right else None


def _built_in() -> Mapping[str, type[Detector]]:
    """Return the detectors of this project alone: to look for other plugins takes longer."""
    return {one.id: one for one in _offered()}


def _offered() -> Iterator[type[Detector]]:
    try:
        points = metadata.distribution(_BUILT_IN).entry_points
    except metadata.PackageNotFoundError:
        hint = f"install {_BUILT_IN} again"
        raise PluginError(Problem("no-detectors", f"{_BUILT_IN} is not installed as a package", hint=hint)) from None
    for point in points:
        if point.group == _GROUP:
            yield from point.load().surveillance_detectors()


def _bound(one: Mapping[str, Any], detector: type[Detector]) -> HitRule:
    bounds = {name: (int(low), int(high)) for name, (low, high) in one["bounds"].items()}
    return HitRule(one["id"], detector(detector.Params(**one["params"])), bounds, bool(one["consume"]))


def write_compiled(folder: Path | None = None) -> None:
    """Write ``compiled.json`` of a pack anew; of the shipped one by default."""
    folder = folder if folder is not None else rules_folder() / "packs" / NAME
    text = json.dumps(compile_pack(folder), indent=2) + "\n"
    (folder / COMPILED).write_text(text, encoding="utf-8")
