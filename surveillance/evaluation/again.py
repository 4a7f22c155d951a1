"""A run judged again, to see what the conditions left out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from surveillance.bundle import rules_folder
from surveillance.engine.run import detect
from surveillance.errors import RulesError
from surveillance.evaluation.missed import Miss, NearestMisses
from surveillance.evaluation.truth import Episode
from surveillance.rules import load_head


def nearest_of(
    missed: Sequence[Episode],
    typologies: Mapping[str, frozenset[str]],
    events: Sequence[Path],
    *,
    feed: str,
    rules: Path | None = None,
    reference: Path | None = None,
    rates: Sequence[Path] = (),
    baselines: Path | None = None,
) -> dict[str, Miss]:
    """Return by episode what came nearest to finding it.

    Parameters
    ----------
    missed : sequence of Episode
        Episodes of abuse.
    typologies : Mapping
        Each rule and the typologies that it is for, by name.
    events, feed, rules, reference, rates, baselines
        As of `surveillance.engine.run.detect`: what the run was made of. Nothing is learned.

    Raises
    ------
    InputError, RulesError, PluginError
        As `detect`.
    """
    head, problems = load_head((rules or rules_folder()) / "rulebook.yaml")
    if head is None:
        raise RulesError(problems)
    looking = NearestMisses(missed, typologies, head.base_currency)
    with tempfile.TemporaryDirectory(prefix="surveil-evaluate-") as out:
        detect(
            events, feed=feed, rules=rules, reference=reference, rates=rates, baselines=baselines, learn=False,
            out=Path(out), watch=looking.watch,
        )  # fmt: skip
    return looking.found
