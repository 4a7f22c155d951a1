"""Two rulebooks over the same events: what both ask for is measured once, and judged by each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from surveillance.alerts.values import iso_time
from surveillance.engine.attempt import Attempt, Progress, completed
from surveillance.engine.record import source_record
from surveillance.engine.run import make_folder
from surveillance.engine.setup import Setup, set_up
from surveillance.engine.withholding import withholding
from surveillance.errors import Problem, RulesError
from surveillance.feeds.gathering import gathered
from surveillance.rules import Rule, Rulebook

BEFORE: Final = "before"
AFTER: Final = "after"
"""Folders of what each rulebook found."""


def judge_twice(
    sources: Sequence[Path],
    *,
    feed: str,
    rules: tuple[Path, Path],
    reference: Path | None = None,
    rates: Sequence[Path] = (),
    privacy_key: Path | None = None,
    baselines: Path | None = None,
    out: Path,
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Judge events by two rulebooks in one pass; write what each finds into ``out/before`` and ``out/after``.

    Parameters
    ----------
    sources, feed, reference, rates, privacy_key, baselines, on_progress
        As of `surveillance.engine.run.detect`.
    rules : tuple of Path
        Folders of the rulebook before and of the one after.
    out : Path
        Folder for both, made if it is not there.

    Returns
    -------
    dict
        ``events`` judged, ``rules_measured`` of ``rules_judged``, the ``sources`` with their hashes, and ``seconds``.

    Raises
    ------
    InputError, RulesError, PluginError
        As of `detect`; also when the rulebooks count in different currencies, or only one of them writes pseudonyms.
    """
    started, clock = time.time_ns(), time.perf_counter()
    before, after = (set_up(feed, folder, reference, rates, privacy_key) for folder in rules)
    _comparable(before.book, after.book)
    new = replace(after.book, rules=tuple(_shared(before.book.rules, after.book.rules)))
    both = {id(rule): rule for rule in (*before.book.rules, *new.rules)}
    setup = Setup(
        replace(before.book, rules=tuple(both.values())),
        {**before.plugins, **after.plugins},
        before.profile,
        before.reference,
        before.rates,
        before.privacy,
        baselines,
        learn=False,
    )
    books = [(out / BEFORE, before.book), (out / AFTER, new)]
    for folder, _ in books:
        make_folder(folder)
    with withholding(setup.privacy), gathered(sources) as files:
        attempt = completed(
            lambda unsorted: Attempt(setup, files, out, books, unsorted, on_progress, iso_time(started))
        )
    return {
        "events": sum(attempt.engine.kinds_seen.values()),
        "rules_measured": len(attempt.engine.bindings),
        "rules_judged": len(both),
        "sources": [source_record(source) for source in attempt.sources],
        "seconds": round(time.perf_counter() - clock, 3),
    }


def _comparable(before: Rulebook, after: Rulebook) -> None:
    for name, what in (("base_currency", "count in different currencies"), ("privacy", "write ids in different ways")):
        if getattr(before, name) != getattr(after, name):
            hint = "run surveil detect with each of them, and compare the alerts by hand"
            raise RulesError([Problem("not-comparable", f"the rulebooks {what}", hint=hint)])


def _shared(before: Sequence[Rule], after: Sequence[Rule]) -> list[Rule]:
    """Return the later rules, in the place of those that have not changed the same objects as before."""
    known = {(rule.id, rule.version, rule.digest): rule for rule in before}
    return [known.get((rule.id, rule.version, rule.digest), rule) for rule in after]
