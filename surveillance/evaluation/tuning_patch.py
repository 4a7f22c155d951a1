"""A proposal as an edit of the rule's file, which keeps its comments and its form."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from surveillance.documents.document import Document, Path
from surveillance.documents.editing import edited, folded
from surveillance.documents.yaml import parse_yaml
from surveillance.evaluation.tuning_limits import Limit, Setting, changed
from surveillance.rules import Rule


def loosened(text: str, limits: list[Limit], part: Fraction) -> str:
    """Return a rule's file with every limit loosened to a part of it, and active whatever its status is."""
    values = {limit.path: limit.written(limit.loosest(part)) for limit in limits}
    return edited(text, {**values, ("status",): "active"})


def proposed(text: str, rule: Rule, limits: list[Limit], setting: Setting, evidence: str) -> str:
    """Return a rule's file with the values of a setting, the next version, and what it rests on.

    Parameters
    ----------
    text : str
        The file.
    rule : Rule
        What it says.
    limits : list of Limit
        Its limits.
    setting : tuple of Fraction
        Values of them.
    evidence : str
        One or two sentences for ``rationale.evidence``; left out where the rule has no such line.
    """
    changes: dict[Path, str] = {limit.path: limit.written(value) for limit, value in changed(limits, setting)}
    if not changes:
        return text
    changes["version",] = str(rule.version + 1)
    document, _ = parse_yaml(text.encode(), rule.file)
    assert document is not None
    where: Path = ("rationale", "evidence")
    if where in document.marks:
        changes[where] = _as_scalar(document, text, evidence)
    return edited(text, changes)


def _as_scalar(document: Document, text: str, evidence: str) -> str:
    """Write a sentence where the evidence stands: in a block of its own, or in quotes within braces."""
    lines = text.splitlines()
    line, column = document.marks["rationale", "evidence"]
    key_line, key_column = document.keys["rationale", "evidence"]
    opening = document.marks["rationale",]
    if lines[opening[0] - 1][opening[1] - 1] == "{":
        return json.dumps(evidence, ensure_ascii=False)
    if lines[line - 1][column - 1] in "'\"":
        quote = lines[line - 1][column - 1]
        return evidence.replace("'", "''") if quote == "'" else json.dumps(evidence, ensure_ascii=False)[1:-1]
    del key_line
    return folded(evidence, key_column + 1)


def patch_of(old: str, new: str, file: str) -> str:
    """Return the unified diff of a file, for ``git apply`` and ``patch -p1`` in the folder in which it was made."""
    path = FilePath(file)
    relative = os.path.relpath(path) if path.is_absolute() else file
    name = FilePath(relative).as_posix() if not relative.startswith("..") else path.as_posix().lstrip("/")
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def evidence_of(tuned_on: Mapping[str, Any], held_out: Mapping[str, Any] | None) -> str:
    """Return what a proposal rests on, in words.

    Parameters
    ----------
    tuned_on, held_out : Mapping
        ``days`` (names), ``now`` and ``proposed`` (`Figures`).
    """
    days = len(tuned_on["days"])
    said = f"Tuned on {days} labelled {'day' if days == 1 else 'days'} ({', '.join(tuned_on['days'])})"
    if held_out is None:
        return f"{said}; no day was held out, so that nothing shows that it holds elsewhere."
    count = len(held_out["days"])
    now, then = held_out["now"], held_out["proposed"]
    return (
        f"{said}; on {count} {'other' if count == 1 else 'others'} ({', '.join(held_out['days'])}) recall went from "
        f"{_percent(now.recall.value)} to {_percent(then.recall.value)}, precision from "
        f"{_percent(now.precision.value)} to {_percent(then.precision.value)}."
    )


def _percent(value: float | None) -> str:
    return "nothing found" if value is None else f"{value:.1%}"
