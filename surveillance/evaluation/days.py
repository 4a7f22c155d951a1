"""Several days as one: what happened on one of them cannot be claimed on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from surveillance.evaluation.claims import Claim, read_alerts, read_findings, read_rules
from surveillance.evaluation.truth import Episode, read_truth


@dataclass(frozen=True, slots=True)
class Days:
    """What some runs claim and what happened.

    Parameters
    ----------
    alerts, findings : list of Claim
    episodes : list of Episode
    rules : dict of str to frozenset of str
        Rules that were armed in some run, and the typologies that each is for.
    """

    alerts: list[Claim]
    findings: list[Claim]
    episodes: list[Episode]
    rules: dict[str, frozenset[str]]


def read_days(runs: Sequence[Path], truths: Sequence[Path]) -> Days:
    """Read runs with their labels.

    Parameters
    ----------
    runs, truths : sequence of Path
        As many folders of runs as files of labels, in the same order.

    Raises
    ------
    InputError
        One of them cannot be read.
    """
    if len(runs) == 1:
        return Days(read_alerts(runs[0]), read_findings(runs[0]), read_truth(truths[0]), read_rules(runs[0]))
    days = Days([], [], [], {})
    for number, (run, truth) in enumerate(zip(runs, truths, strict=True), 1):
        days.alerts.extend(replace(one, run=number, id=f"{number}/{one.id}") for one in read_alerts(run))
        days.findings.extend(replace(one, run=number, id=f"{number}/{one.id}") for one in read_findings(run))
        days.episodes.extend(replace(one, run=number, id=f"{number}/{one.id}") for one in read_truth(truth))
        days.rules.update(read_rules(run))
    return days
