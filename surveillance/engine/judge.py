"""Rules judge: conditions on measures decide which candidates are hits, and how strongly.

The bounds of a rule's conditions stand in small tables by the row's terms (asset class, band and scales), so one
comparison serves every asset class and band.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Unit
from surveillance.events.dictionary import TermsTable
from surveillance.events.schema import NULL
from surveillance.kernel import kernel
from surveillance.rules import Condition, Rule

STRENGTH_SCALE: Final = 10_000
"""Strengths are whole parts of 1/10,000, so that no order of adding can matter."""

_NEVER_LOW: Final = int(np.iinfo(np.int64).max)
_NEVER_HIGH: Final = int(np.iinfo(np.int64).min)
_ANYTHING: Final = NULL
"""Lower bound where there is no condition: even null will do. The bounds of a condition leave null out."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Candidates that met every condition of one rule.

    Parameters
    ----------
    index : ndarray of int64
        Their places among the candidates.
    strength : ndarray of int64
        1/10,000; 0 at the thresholds.
    """

    index: NDArray[np.int64]
    strength: NDArray[np.int64]


class Judge:
    """One rule over the candidates of one detector.

    Parameters
    ----------
    rule : Rule
        The rule.
    detector : Detector
        Bound to the parameters under which the rule judges these asset classes.
    asset_classes : frozenset of int
        Codes of the asset classes that are measured under these parameters; 0 is not known.
    terms : TermsTable
        Terms that rows of the tape have.
    """

    def __init__(self, rule: Rule, detector: Detector, asset_classes: frozenset[int], terms: TermsTable) -> None:
        self.rule, self.detector = rule, detector
        self._asset_classes, self._terms = asset_classes, terms
        self._known: list[tuple[Condition, ...] | None] = []
        self.measures: tuple[str, ...] = ()
        self.without_tick = 0
        """Candidates in instruments of unknown tick size, of which a limit in ticks can say nothing."""
        self._low = self._high = np.zeros((0, 0), dtype=np.int64)
        self._no_tick = np.zeros(0, dtype=np.bool_)

    @property
    def known(self) -> int:
        """How many terms have been resolved so far."""
        return len(self._known)

    def applies(self, terms: int) -> bool:
        """Tell whether the rule is for rows of these terms."""
        return self._known[terms] is not None

    def conditions(self, terms: int) -> tuple[Condition, ...]:
        """Return the conditions that hold for rows of these terms."""
        found = self._known[terms]
        if found is None:
            raise LookupError(f"rule {self.rule.id} does not apply to {self._terms.rows[terms]}")
        return found

    def _refresh(self) -> None:
        """Resolve the conditions of terms that have appeared since the last time."""
        while len(self._known) < len(self._terms):
            terms = self._terms.rows[len(self._known)]
            applies = terms[0] in self._asset_classes
            self._known.append(self.rule.conditions(self.detector, terms) if applies else None)
        self._no_tick = np.array(
            [
                known is not None and not terms.tick and self.rule.in_ticks(terms)
                for known, terms in zip(self._known, self._terms.rows, strict=True)
            ]
        )
        self.measures = tuple({one.measure: None for known in self._known if known for one in known})
        self._low = np.full((len(self.measures), len(self._known)), _ANYTHING, dtype=np.int64)
        self._high = np.full((len(self.measures), len(self._known)), _NEVER_LOW, dtype=np.int64)
        for code, known in enumerate(self._known):
            if known is None:
                self._low[:, code], self._high[:, code] = _NEVER_LOW, _NEVER_HIGH
            for one in known or ():
                self._low[self.measures.index(one.measure), code] = one.low
                self._high[self.measures.index(one.measure), code] = one.high

    def hits(self, candidates: Candidates, terms: NDArray[Any]) -> Hits | None:
        """Return the candidates that meet every condition, or None when there are none.

        Parameters
        ----------
        candidates : Candidates
            What the detector measured.
        terms : ndarray of int32
            Terms of each candidate's anchor row.
        """
        if len(self._known) < len(self._terms):
            self._refresh()
        if not self.measures:
            return None
        if self._no_tick.any():
            self.without_tick += int(np.count_nonzero(self._no_tick[terms]))
        codes, index = np.ascontiguousarray(terms, dtype=np.int32), np.arange(len(terms))
        for place, name in enumerate(self.measures):
            values = np.ascontiguousarray(candidates.measures[name], dtype=np.int64)
            index = index[: keep_within(values, codes, self._low[place], self._high[place], index)]
            if not len(index):
                return None
        return Hits(index, self._strength(candidates, terms, index))

    def _strength(self, candidates: Candidates, terms: NDArray[Any], index: NDArray[Any]) -> NDArray[np.int64]:
        strength = np.zeros(len(index), dtype=np.int64)
        codes = terms[index]
        for code in np.unique(codes):
            same = np.flatnonzero(codes == code)
            rows, conditions = index[same], self.conditions(int(code))
            values = {one.measure: candidates.measures[one.measure][rows] for one in conditions if one.graded}
            strength[same] = mean_excess(conditions, self.detector, values)
        return strength


@kernel("int64(int64[::1], int32[::1], int64[::1], int64[::1], int64[::1])", allocates=False)
def keep_within(
    values: NDArray[Any], terms: NDArray[Any], low: NDArray[Any], high: NDArray[Any], index: NDArray[Any]
) -> int:
    """Move those places of `index` to its front whose value lies in the bounds of its terms; return how many."""
    kept = 0
    for place in range(index.shape[0]):
        at = index[place]
        if low[terms[at]] <= values[at] <= high[terms[at]]:
            index[kept] = at
            kept += 1
    return kept


def mean_excess(
    conditions: Iterable[Condition], detector: Detector, values: Mapping[str, NDArray[Any]]
) -> NDArray[np.int64] | int:
    """Return the strength of hits, 1/10,000: the mean over their graded conditions, 0 where there is none.

    Parameters
    ----------
    conditions : iterable of Condition
        All that hold for the instrument.
    detector : Detector
        Knows the scales of its measures.
    values : Mapping
        Measure to its values, one a hit.
    """
    parts = [excess(values[one.measure], one, detector.scale(one.measure)) for one in conditions if one.graded]
    return sum(parts) // len(parts) if parts else 0


def excess(values: NDArray[Any], condition: Condition, scale: int | None) -> NDArray[np.int64]:
    """Return by how much values exceed a lower limit, in 1/10,000: 0 at the limit, at most 10,000.

    For shares it is the part of the way from the limit to 100%, for all else the decimal logarithm of the multiple
    of the limit (ten times the limit is 10,000). A limit of less than one unit counts as one.
    """
    limit = float(max(condition.threshold, 1))
    if condition.unit is Unit.SHARE:
        part = (values - limit) / max(float(scale or 1) - limit, 1.0)
    else:
        part = np.log10(np.maximum(values, 1) / limit)
    return np.rint(np.clip(part, 0.0, 1.0) * STRENGTH_SCALE).astype(np.int64)
