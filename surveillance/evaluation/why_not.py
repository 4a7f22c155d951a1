"""Why a rule found nothing: the events judged again, its state then, what came nearest, which condition failed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from surveillance.alerts.values import iso_time
from surveillance.bundle import rules_folder
from surveillance.detecting.detector import Detector
from surveillance.detecting.plugins import load_plugins
from surveillance.engine.engine import Engine
from surveillance.engine.health import ARMED, BLIND, STARVED, State
from surveillance.engine.run import RunResult, detect
from surveillance.errors import InputError, Problem, RulesError
from surveillance.evaluation.asking import Asked, Inputs, changes
from surveillance.evaluation.looking import Looking
from surveillance.evaluation.outcomes import Seen, outcome_of
from surveillance.rules import Rulebook, load_head, load_rulebook


def why_not(asked: Asked, inputs: Inputs, then: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Judge the events of a run again and say why a rule found nothing.

    Parameters
    ----------
    asked : Asked
        Rule, key and time.
    inputs : Inputs
        What the run was made of.
    then : Mapping, optional
        Record of the run that is asked about.

    Returns
    -------
    dict
        ``outcome`` (see `surveillance.evaluation.outcomes.outcome_of`), the rule's ``state`` and ``reason`` at the
        time, the nearest ``candidate`` with its ``conditions``, ``answer`` (sentences), and ``changed``, what is
        not as it was when the run was made.

    Raises
    ------
    InputError, RulesError, PluginError
        As `surveillance.engine.run.detect`; also when the rulebook has no such rule, or its rule no such key.
    """
    book, detector = _checked(asked, inputs.rules or rules_folder())
    looking = Looking(asked, book.base_currency)
    with tempfile.TemporaryDirectory(prefix="surveil-why-not-") as folder:
        result = detect(
            list(inputs.sources),
            feed=inputs.feed,
            rules=inputs.rules,
            reference=inputs.reference,
            rates=inputs.rates,
            privacy_key=inputs.privacy_key,
            baselines=inputs.baselines,
            learn=False,
            out=Path(folder),
            watch=looking.watch,
            on_hidden=looking.hide,
        )
        seen = _seen(asked, result, looking, detector)
    outcome, answer = outcome_of(seen)
    nearest = seen.nearest
    return {
        "rule": asked.rule,
        "rule_version": seen.rule["version"],
        "status": seen.rule["status"],
        "at": iso_time(asked.at),
        "state": seen.state.name,
        "reason": seen.state.reason,
        "outcome": outcome,
        "candidate": None if nearest is None else {"key": nearest.key, "at": iso_time(nearest.at)},
        "conditions": [] if nearest is None else [{**one.as_dict(), "short": one.short} for one in nearest.margins],
        "answer": answer,
        "changed": [] if then is None else changes(then, result.run),
    }


def _checked(asked: Asked, folder: Path) -> tuple[Rulebook, type[Detector]]:
    """Return the rulebook and the rule's detector, before anything is judged."""
    head, problems = load_head(folder / "rulebook.yaml")
    if head is None:
        raise RulesError(problems)
    detectors = {name: one.detector for name, one in load_plugins(head.plugins).items()}
    book = load_rulebook(folder, detectors)
    rule = next((one for one in book.rules if one.id == asked.rule), None)
    if rule is None:
        known = ", ".join(sorted(one.id for one in book.rules))
        what = f"the rulebook has no rule {asked.rule!r}"
        raise InputError(Problem("unknown-rule", what, hint=f"it has {known}"))
    strange = [name for name in asked.key if name not in rule.key]
    if strange:
        named, looks = (", ".join(names).replace("_", " ") for names in (strange, rule.key))
        what = f"{rule.id} is measured by {looks}, and cannot be asked by {named}"
        raise InputError(Problem("no-such-key", what, hint=f"name what it is measured by: {looks}"))
    return book, detectors[rule.detector]


def _seen(asked: Asked, result: RunResult, looking: Looking, detector: type[Detector]) -> Seen:
    rule = next(one for one in result.run["rules"] if one["rule"] == asked.rule)
    with (result.out / "findings.ndjson").open("rb") as lines:
        findings = [msgspec.json.decode(line) for line in lines]
    return Seen(
        asked=asked,
        run=result.run,
        rule=rule,
        state=state_at(asked, rule, looking.engine, detector),
        unknown=looking.unknown(),
        findings=[one for one in findings if one["rule"] == asked.rule and looking.about(one["key"])],
        alerts={name: one["alert_id"] for one in result.alerts for name in one["findings"]},
        hidden=looking.hidden,
        nearest=looking.nearest,
    )


def state_at(asked: Asked, rule: Mapping[str, Any], engine: Engine, detector: type[Detector]) -> State:
    """Return the state of a rule at the time asked about, which need not be that at the end of the run.

    A rule whose detector raised could see until then; one whose events came late could not see before.
    """
    at, since = asked.at, engine.blind_since.get(asked.rule)
    if since is not None:
        if at < since:
            return State(ARMED)
        return State(BLIND, f"{rule['reason']}, from {iso_time(since)} on")
    if rule["state"] != ARMED:
        return State(rule["state"], rule["reason"])
    late = {kind: engine.first_seen[kind] for kind in detector.needs.kinds if engine.first_seen[kind] > at}
    if late:
        names = " and ".join(f"the first {kind.name.lower()} event came at {iso_time(late[kind])}" for kind in late)
        return State(STARVED, names)
    return State(ARMED)
