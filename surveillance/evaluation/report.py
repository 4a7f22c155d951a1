"""An evaluation in words and tables: Markdown for documents and reviews, plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from surveillance.alerts.values import iso_time
from surveillance.evaluation.evaluate import Evaluation, Figures
from surveillance.evaluation.measures import Share
from surveillance.evaluation.missed import Miss


def as_dict(found: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain values for JSON."""
    return {
        "alerts": found.alerts.as_dict(),
        "by_rule": {name: one.as_dict() for name, one in found.by_rule.items()},
        "by_typology": {name: one.as_dict() for name, one in found.by_typology.items()},
        "by_severity": {name: one.as_dict() for name, one in found.by_severity.items()},
        "by_density": {name: one.as_dict() for name, one in found.by_density.items()},
        "curve": [one.as_dict() for one in found.curve],
        "curves": {name: [one.as_dict() for one in points] for name, points in found.curves.items()},
        "missed": [
            {
                "episode_id": one.id,
                "typology": one.typology,
                "start": iso_time(one.start),
                "end": iso_time(one.end),
                "accounts": sorted(one.accounts),
                "instruments": sorted(one.instruments),
                "nearest": _nearest(found.nearest.get(one.id)),
            }
            for one in found.missed
        ],
    }


def as_markdown(
    found: Evaluation,
    level: str,
    tuned_on: str | None = None,
    measured_on: str | None = None,
    plot: Path | None = None,
) -> str:
    """Return an evaluation as a Markdown document.

    Parameters
    ----------
    found : Evaluation
    level : str
        Level from which on alerts count.
    tuned_on, measured_on : str, optional
        On which days thresholds were tuned, and on which this was measured.
    plot : Path, optional
        Picture of the curves, in the same folder.
    """
    head = ["# Accuracy", "", f"Made by `surveil evaluate`. Only alerts at {level} or above count; intervals are 95 %."]
    head += [] if tuned_on is None else ["", f"Thresholds were tuned on {tuned_on}."]
    head += [] if measured_on is None else ["", f"Measured on {measured_on}."]
    tail = [] if plot is None else ["", f"![precision and recall]({plot.name})"]
    return "\n".join([*head, "", *_lines(found), *tail]) + "\n"


def _nearest(miss: Miss | None) -> dict[str, Any] | None:
    if miss is None:
        return None
    conditions = [one.as_dict() for one in miss.candidate.margins]
    return {"rule": miss.rule, "key": miss.candidate.key, "at": iso_time(miss.candidate.at), "conditions": conditions}


def in_words(miss: Miss) -> str:
    """Write what came nearest to an episode, and what it failed."""
    failed = [
        f"{one.measure} was {one.value}, the rule asks for {one.asked}" for one in miss.candidate.margins if not one.met
    ]
    why = "; ".join(failed) or "it met every condition, and the alert was elsewhere"
    return f"nearest: {miss.rule} at {iso_time(miss.candidate.at)[11:23]}: {why}"


def _lines(found: Evaluation) -> Iterator[str]:
    alerts = found.alerts
    yield f"- Scenario recall: {said(alerts.recall)} of the episodes of abuse have an alert"
    yield f"- Alert precision: {said(alerts.precision)} of the alerts are about one"
    yield f"- F1: {number(alerts.f1)}; alerts for each episode found: {number(alerts.per_episode)}"
    yield f"- Delay from the start of an episode to its first alert: {waited(alerts)}"
    yield "- Lawful behaviour that an alert is about: " + lookalikes(alerts)
    yield ""
    yield from table(
        ("rule", "recall", "precision", "F1", "findings per episode", "delay", "lawful behaviour"),
        [
            (
                rule,
                said(one.recall),
                said(one.precision),
                number(one.f1),
                number(one.per_episode),
                waited(one),
                lookalikes(one),
            )
            for rule, one in found.by_rule.items()
        ],
    )
    for what, groups in (
        ("typology", found.by_typology),
        ("severity", found.by_severity),
        ("density", found.by_density),
    ):
        if groups:
            yield ""
            yield from table((what, "scenario recall"), [(name, said(one)) for name, one in groups.items()])
    if found.missed and found.nearest:  # otherwise the tables above say all that is known
        yield ""
        rows = [
            (one.id, one.typology, in_words(found.nearest[one.id]) if one.id in found.nearest else "-")
            for one in found.missed
        ]
        yield from table(("missed", "typology", "what came nearest"), rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def said(one: Share) -> str:
    """Write a share with its interval and what it rests on."""
    if one.value is None or one.low is None or one.high is None:
        return "-"
    return f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%}; {one.hits:,} of {one.of:,})"


def number(value: float | None) -> str:
    """Write a figure with two decimals."""
    return "-" if value is None else f"{value:.2f}"


def waited(one: Figures) -> str:
    """Write a delay."""
    if one.delay is None:
        return "-"
    return f"{one.delay['median_s']:,.0f} s (9 of 10 within {one.delay['p90_s']:,.0f} s)"


def lookalikes(one: Figures) -> str:
    """Write which lawful behaviour was taken for abuse, and how often."""
    wrong = [
        f"{name.replace('_', ' ')} {found.hits:,} of {found.of:,}"
        for name, found in one.lookalikes.items()
        if found.hits
    ]
    return ", ".join(wrong) or "none"
