"""Settings of a rule judged over labelled days, and the figures that each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.evaluation.measures import Share, f1, share
from surveillance.evaluation.tuning_judge import Judged, judge
from surveillance.evaluation.tuning_labels import Cell, MeasuredDay
from surveillance.evaluation.tuning_limits import Limit, Setting, class_name, tells_bands_apart
from surveillance.events.schema import NULL, AssetClass, Band
from surveillance.rules import Rule
from surveillance.rules.conditions import HIGHEST, LOWEST, Threshold


@dataclass(frozen=True, slots=True)
class Figures:
    """How a setting does on some days.

    Parameters
    ----------
    recall : Share
        Episodes of the rule's typologies that a finding is about.
    precision : Share
        Findings that are about an episode of abuse.
    lookalikes : int
        Episodes of lawful behaviour that a finding is about.
    by_class : dict of str to (Share, Share)
        Recall and precision by class of instruments.
    """

    recall: Share
    precision: Share
    lookalikes: int
    by_class: Mapping[str, tuple[Share, Share]]

    @property
    def f1(self) -> float | None:
        """Harmonic mean of recall and precision."""
        return f1(self.precision, self.recall)

    def as_dict(self) -> dict[str, Any]:
        """Return them as plain values for JSON."""
        return {
            "recall": self.recall.as_dict(),
            "precision": self.precision.as_dict(),
            "f1": self.f1,
            "lookalikes": self.lookalikes,
            "by_class": {
                name: {"recall": recall.as_dict(), "precision": precision.as_dict(), "f1": f1(precision, recall)}
                for name, (recall, precision) in self.by_class.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Points:
    """Recall, precision and F1 of each of some settings; 0 where there is no finding."""

    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    f1: NDArray[np.float64]
    findings: NDArray[np.int64]


class Bench:
    """Judges settings over some days.

    Parameters
    ----------
    rule : Rule
        The rule as it is.
    limits : sequence of Limit
        What can be turned.
    days : sequence of MeasuredDay
        Its candidates.
    typologies : set of str
        Those that it is for.
    tolerance : int
        How far a finding may be from an episode in time, ns.
    """

    def __init__(
        self,
        rule: Rule,
        limits: Sequence[Limit],
        days: Sequence[MeasuredDay],
        typologies: AbstractSet[str],
        tolerance: int = 0,
    ) -> None:
        self.rule, self.limits, self.days, self._tolerance = rule, limits, days, tolerance
        self._bands = tells_bands_apart(rule)
        names = {self._name(cell[1].asset_class, cell[1].band) for day in days for cell in day.cells}
        of_episodes = [self._name(*pair) for day in days for pair in day.classes]
        self.classes = sorted({*names, *of_episodes})
        episodes = [one for day in days for one in day.episodes]
        self._wanted = np.array([one.is_abuse and one.typology in typologies for one in episodes], dtype=np.bool_)
        self._lawful = np.array([not one.is_abuse for one in episodes], dtype=np.bool_)
        self._class_of = np.array([self.classes.index(name) for name in of_episodes], dtype=np.int32)
        self._known: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.judged = 0

    @property
    def candidates(self) -> int:
        """How many there are."""
        return sum(len(day.labelled.group) + sum(map(len, day.groups)) for day in self.days)

    def _name(self, asset_class: int, band: int) -> str:
        return class_name(asset_class, band, bands=self._bands)

    def judge(self, settings: Sequence[Setting]) -> Judged:
        """Judge settings over all days."""
        found: Judged | None = None
        for day in self.days:
            low, high = self._bounds(settings, day)
            names = [self._name(terms.asset_class, terms.band) for _, terms in day.cells]
            class_of = np.array([self.classes.index(name) for name in names], dtype=np.int32)
            one = judge(day.labelled, low, high, class_of, len(self.classes), self._tolerance)
            for groups in day.groups:
                more = groups.judge(low, high, class_of, len(self.classes), day.episodes, self._tolerance)
                one = one.and_also(more)
            found = one if found is None else found.beside(one)
        self.judged += len(settings)
        assert found is not None
        return found

    def points(self, settings: Sequence[Setting]) -> Points:
        """Return the figures of many settings."""
        judged = self.judge(settings)
        findings = judged.findings.sum(axis=1)
        precision = judged.right.sum(axis=1) / np.maximum(findings, 1)
        recall = judged.found[:, self._wanted].sum(axis=1) / max(int(self._wanted.sum()), 1)
        total = precision + recall
        both = np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1), 0.0)
        return Points(recall, precision, both, findings)

    def figures(self, setting: Setting) -> Figures:
        """Return the figures of one setting, with intervals."""
        judged = self.judge([setting])
        findings, right = judged.findings[0], judged.right[0]
        found = judged.found[0].astype(np.bool_)
        by_class = {
            name: (
                share(found[self._wanted & (self._class_of == place)].tolist()),
                share([number < right[place] for number in range(int(findings[place]))]),
            )
            for place, name in enumerate(self.classes)
        }
        return Figures(
            share(found[self._wanted].tolist()),
            share([number < right.sum() for number in range(int(findings.sum()))]),
            int(found[self._lawful].sum()),
            {name: pair for name, pair in by_class.items() if pair[0].of or pair[1].of},
        )

    def _bounds(self, settings: Sequence[Setting], day: MeasuredDay) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the bounds of each setting by cell and measure."""
        shape = (len(settings), len(day.cells), len(day.measures))
        low, high = np.full(shape, NULL), np.full(shape, HIGHEST)
        places = {limit.path: place for place, limit in enumerate(self.limits)}
        for number, cell in enumerate(day.cells):
            thresholds = self.rule.effective(*_class_and_band(cell))
            if thresholds is None:
                low[:, number], high[:, number] = HIGHEST, LOWEST
            for one in thresholds or ():
                measure = day.measures.index(one.measure)
                mine = [places[limit.path] for limit in self.limits if limit.threshold.origin.path == one.origin.path]
                for place, setting in enumerate(settings):
                    values = tuple(setting[at] for at in mine)
                    low[place, number, measure], high[place, number, measure] = self._condition(day, cell, one, values)
        return low, high

    def _condition(
        self, day: MeasuredDay, cell: Cell, threshold: Threshold, values: tuple[Any, ...]
    ) -> tuple[int, int]:
        key = (cell, threshold.origin.path, values)
        found = self._known.get(key)
        if found is None:
            amounts = tuple(
                replace(amount, value=value) for amount, value in zip(threshold.amounts, values, strict=True)
            )
            turned = replace(self.rule, thresholds={_class_and_band(cell): (replace(threshold, amounts=amounts),)})
            (condition,) = turned.conditions(day.detectors[cell[0]], cell[1]) or ()
            found = self._known[key] = (condition.low, condition.high)
        return found


def _class_and_band(cell: Cell) -> tuple[AssetClass | None, Band | None]:
    terms = cell[1]
    return (AssetClass(terms.asset_class) if terms.asset_class else None, Band(terms.band) if terms.band else None)
