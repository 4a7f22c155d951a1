"""Reads the thresholds of a rule file: each measure's operator and limit, in the measure's unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from surveillance.detecting.measure import UNIT_SCALE, Measure
from surveillance.documents.document import Document, Path
from surveillance.documents.validation import did_you_mean
from surveillance.errors import Problem
from surveillance.rules.conditions import HIGHEST, Threshold, can_be_graded
from surveillance.rules.schema import OPERATORS
from surveillance.rules.units import Amount, UnitError, read_amount, same_unit


@dataclass(frozen=True, slots=True)
class Placed:
    """A threshold and the path where it is written."""

    threshold: Threshold
    path: Path


def read_when(
    document: Document, path: Path, measures: Mapping[str, Measure], currency: str
) -> tuple[dict[str, Placed], list[Problem]]:
    """Read the thresholds of one ``when``.

    Parameters
    ----------
    document : Document
        The rule file.
    path : Path
        Way to the ``when``; nothing needs to be there.
    measures : Mapping
        What the rule's detector measures.
    currency : str
        Base currency of the rulebook.

    Returns
    -------
    dict
        Threshold by measure. What does not even have the form of a condition is left to the schema.
    list of Problem
        Unknown measures and limits that do not fit the measure's unit.
    """
    found: dict[str, Placed] = {}
    problems: list[Problem] = []
    for name, written in mapping_at(document, path).items():
        here = (*path, name)
        measure = measures.get(name)
        if measure is None:
            hint = did_you_mean(name, measures)
            problems.append(
                document.problem("unknown-measure", f"{name} is not a measure of the detector", here, hint, key=True)
            )
        elif isinstance(written, dict):
            threshold, faults = read_condition(document, here, written, measure, currency)
            problems += faults
            if threshold is not None:
                found[name] = Placed(threshold, here)
    return found, problems


def mapping_at(document: Document, path: Path) -> Mapping[str, Any]:
    """Return the mapping at a path; an empty one when there is none."""
    value: Any = document.value
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def read_condition(
    document: Document, path: Path, written: Mapping[str, object], measure: Measure, currency: str
) -> tuple[Threshold | None, list[Problem]]:
    """Read one condition, which stands at `path`; None when it does not have the form of one."""
    operators = [name for name in written if name in OPERATORS]
    if len(operators) != 1:
        return None, []
    op = operators[0]
    limits = written[op]
    places: list[tuple[object, Path]] = [(limits, (*path, op))]
    if op == "between":
        if not isinstance(limits, list) or len(limits) != 2:
            return None, []
        places = [(limit, (*path, op, position)) for position, limit in enumerate(limits)]
    return _read_threshold(document, path, op, places, measure, currency, graded=written.get("graded") is not False)


def read_exact(
    document: Document, path: Path, written: object, measure: Measure, currency: str
) -> tuple[Threshold | None, list[Problem]]:
    """Read an amount that a measure must have exactly, as the condition whose range has no extent."""
    places = [(written, path), (written, path)]
    threshold, problems = _read_threshold(document, path, "between", places, measure, currency, graded=False)
    return (replace(threshold, text=document.written(path, written)) if threshold else None), problems[:1]


def _read_threshold(
    document: Document,
    path: Path,
    op: str,
    places: Sequence[tuple[object, Path]],
    measure: Measure,
    currency: str,
    *,
    graded: bool,
) -> tuple[Threshold | None, list[Problem]]:
    amounts: list[Amount] = []
    problems: list[Problem] = []
    for limit, place in places:
        amount = _read_limit(document, place, limit, measure, currency)
        if isinstance(amount, Problem):
            problems.append(amount)
        else:
            amounts.append(amount)
    if problems:
        return None, problems
    if not same_unit(amounts[0].word, amounts[-1].word):
        return None, [document.problem("bad-range", "both ends need the same unit", (*path, op))]
    if amounts[0].value > amounts[-1].value:
        return None, [document.problem("bad-range", "the range ends below its start", (*path, op), "swap its ends")]
    texts = [document.written(place, limit) for limit, place in places]
    graded = graded and can_be_graded(op, measure.unit, amounts[0].value)
    text = f"{op.replace('_', ' ')} {' and '.join(texts)}"
    name = path[-1] if isinstance(path[-1], str) else ""
    return Threshold(name, measure.unit, op, tuple(amounts), text, graded, document.at_key(path)), []


def _read_limit(document: Document, path: Path, limit: object, measure: Measure, currency: str) -> Amount | Problem:
    try:
        amount = read_amount(limit, measure.unit, currency)
    except UnitError as error:
        return document.problem("bad-unit", error.message, path, error.hint)
    if abs(amount.value) * (UNIT_SCALE[measure.unit] or 1) > HIGHEST:
        hint = "write a smaller limit"
        return document.problem("bad-unit", f"{limit} is more than can ever be measured", path, hint)
    return amount
