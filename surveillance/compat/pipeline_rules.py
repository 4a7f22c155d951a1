"""The shipped rule of notional bursts under the limits, window and multiple that a caller of the old module names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from logging import WARNING
from math import isnan
from typing import Any, Final

from surveillance.bundle import rules_folder
from surveillance.compat.pipeline_log import log
from surveillance.detecting.detector import Detector
from surveillance.errors import RulesError
from surveillance.events.schema import MONEY_SCALE, AssetClass
from surveillance.rules import Rulebook
from surveillance.rules.conditions import can_be_graded

RULE: Final = "notional-burst"
JUDGED: Final = "times_limit"
_NS_OF_MINUTE: Final = 60_000_000_000
_LONGEST: Final = 1 << 61
"""73 years: longer windows hold everything as well."""
_CLASSES: Final = tuple(one.name.lower() for one in AssetClass)
_DIGITS: Final = (6, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Bursts:
    """The rule as it is to judge.

    Parameters
    ----------
    book : Rulebook
        The shipped rulebook's head with this rule alone.
    detectors : mapping of str to type
        Detector classes by id.
    window : int
        ns.
    multiple : Fraction
        How many limits must be exceeded.
    window_minutes : number
        The window as the caller gave it.
    """

    book: Rulebook
    detectors: Mapping[str, type[Detector]]
    window: int
    multiple: Fraction
    window_minutes: Any = None


def bursts(
    window_minutes: Any, threshold_multiplier: Any, get_threshold: Callable[[str], Any], names: Mapping[str, Any]
) -> Bursts | None:
    """Return the rule; None where it could find nothing: no limit, or a window of less than nothing.

    Parameters
    ----------
    window_minutes, threshold_multiplier : number
        As given to `detect_anomalies`.
    get_threshold : callable
        Gives the limit of an asset class, or None.
    names : mapping
        Asset classes for which the caller has limits: those that the engine does not know are told.
    """
    window, multiple = exact(window_minutes), exact(threshold_multiplier)
    limits = _limits(get_threshold, names)
    if window is None or multiple is None or window < 0 or not limits:
        return None
    length = min(max(round(window * _NS_OF_MINUTE), 1), _LONGEST)  # 1 ns: equal times are one window
    return replace(_bursts(length, multiple, tuple(sorted(limits.items()))), window_minutes=window_minutes)


def exact(number: Any) -> Fraction | None:
    """Return a number as the decimal that it is written as; None for what is no number. Endless is very large."""
    value = float(number)
    if isnan(value):
        return None
    if value in (float("inf"), float("-inf")):
        return Fraction(10**30) * (1 if value > 0 else -1)
    return Fraction(repr(value) if isinstance(number, float) else str(number))


def _limits(get_threshold: Callable[[str], Any], names: Mapping[str, Any]) -> dict[str, int]:
    unknown = sorted(str(name) for name in names if name not in _CLASSES)
    if unknown:
        log(WARNING, "limits_of_unknown_classes", asset_classes=unknown, known=list(_CLASSES))
    limits = {}
    for name in _CLASSES:
        limit = get_threshold(name)
        amount = exact(limit) if limit else None
        if amount is not None and amount > 0:
            limits[name] = max(int(amount * 10**MONEY_SCALE), 1)
    return limits


@lru_cache(maxsize=32)
def _bursts(window: int, multiple: Fraction, limits: tuple[tuple[str, int], ...]) -> Bursts:
    head, rule, detectors = _shipped()
    detector = detectors[rule.detector]
    params = _params(detector.Params, window, dict(limits))
    thresholds = {
        terms: tuple(
            replace(
                one,
                amounts=(replace(one.amounts[0], value=multiple),),
                text=f"above {float(multiple):g}",
                graded=can_be_graded("above", one.unit, multiple),
            )
            if one.measure == JUDGED
            else one
            for one in several
        )
        for terms, several in rule.thresholds.items()
    }
    adapted = replace(rule, parameters={None: params}, thresholds=thresholds, gap=None, status="active")
    return Bursts(replace(head, rules=(adapted,)), detectors, window, multiple)


def _params(make: Any, window: int, limits: dict[str, int]) -> Any:
    """Return the detector's parameters; limits without a small common multiple are rounded down, never up."""
    for digits in (0, *_DIGITS):
        rounded = {name: _rounded(limit, digits) for name, limit in limits.items()}
        try:
            params = make(window=window, limits=rounded)
        except ValueError:
            continue
        if digits:
            money = {name: limit / 10**MONEY_SCALE for name, limit in rounded.items()}
            log(WARNING, "limits_rounded_down", significant_digits=digits, limits=money)
        return params
    raise ValueError(f"the limits {limits} cannot be added exactly; take rounder ones")


def _rounded(limit: int, digits: int) -> int:
    unit = 10 ** max(len(str(limit)) - digits, 0) if digits else 1
    return limit // unit * unit


@lru_cache(maxsize=1)
def _shipped() -> tuple[Rulebook, Any, Mapping[str, type[Detector]]]:
    """Read the one rule, not the whole rulebook: an import that others wait for is kept short."""
    import jsonschema

    from surveillance.detecting.plugins import BUILT_IN, load_detectors
    from surveillance.rules import load_head
    from surveillance.rules.loader import load_rule
    from surveillance.rules.schema import build_rule_schema

    folder = rules_folder()
    head, problems = load_head(folder / "rulebook.yaml")
    if head is None:
        raise RulesError(problems)
    detectors = load_detectors([BUILT_IN])
    validator = jsonschema.Draft7Validator(build_rule_schema(detectors))
    _, rule, problems = load_rule(folder / "notional" / f"{RULE}.yaml", detectors, head.base_currency, validator)
    if rule is None:
        raise RulesError(problems)
    return head, rule, detectors
