"""A rule as the engine uses it: every difference of asset class and band is resolved before the first event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from surveillance.detecting.measure import Unit
from surveillance.errors import Location
from surveillance.events.dictionary import Terms
from surveillance.events.schema import AssetClass, Band
from surveillance.rules.cases import RuleTest
from surveillance.rules.conditions import Condition, Threshold, tick_of
from surveillance.rules.contract import MeasuringDetector

"""Asset class, band, price scale and quantity scale of an instrument, as codes; 0 is an unknown class or band."""


@dataclass(frozen=True, slots=True)
class Rationale:
    """Why the thresholds are what they are.

    Parameters
    ----------
    why, evidence : str
        The reason, and what it was checked against.
    reviewed, review_by : str
        Days as ``2026-11-20``; empty when not given.
    """

    why: str
    evidence: str = ""
    reviewed: str = ""
    review_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One valid rule of a rulebook.

    Parameters
    ----------
    id, version, title, status, severity, family, owner, detector, explain
        As in the rule file.
    gap : int or None
        Hits of one key no further apart than this many ns are one finding; None: the detector's window.
    consume : bool
        Whether a hit uses up its events.
    subject : str or None
        Field that an alert is about; None: the first known one.
    key : tuple of str
        Fields that a finding is about, from the detector.
    asset_classes : tuple of AssetClass
        Those the rule applies to.
    references, false_positives, blind_spots : tuple of str
        Texts for people.
    rationale : Rationale or None
        Why the thresholds are what they are.
    tests : tuple of RuleTest
        Small tapes and the findings expected of them.
    retired : str
        Why it was retired; empty when it was not, or when nobody said why.
    file : str
        Where the rule was read from.
    digest : str
        SHA-256 of the effective content in hexadecimal: changes when the rule finds or says something else, not
        when it is written differently. The version is not part of it.
    """

    id: str
    version: int
    title: str
    status: str
    severity: str
    family: str
    owner: str
    detector: str
    explain: str
    file: str
    digest: str
    key: tuple[str, ...]
    asset_classes: tuple[AssetClass, ...]
    parameters: Mapping[AssetClass | None, msgspec.Struct] = field(repr=False)
    thresholds: Mapping[tuple[AssetClass | None, Band | None], tuple[Threshold, ...]] = field(repr=False)
    parameter_origins: Mapping[AssetClass | None, Mapping[str, Location]] = field(default_factory=dict, repr=False)
    gap: int | None = None
    consume: bool = False
    subject: str | None = None
    references: tuple[str, ...] = ()
    rationale: Rationale | None = None
    false_positives: tuple[str, ...] = ()
    blind_spots: tuple[str, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    retired: str = ""

    def params(self, asset_class: AssetClass | None) -> msgspec.Struct:
        """Return the detector's parameters for an asset class; None: without differences."""
        return self.parameters.get(asset_class, self.parameters[None])

    def params_from(self, asset_class: AssetClass | None) -> Mapping[str, Location]:
        """Return where each parameter of an asset class is written; the others have the detector's defaults."""
        return self.parameter_origins.get(asset_class, self.parameter_origins.get(None, {}))

    def effective(self, asset_class: AssetClass | None, band: Band | None) -> tuple[Threshold, ...] | None:
        """Return the thresholds that hold for an asset class and band; None when the rule does not apply."""
        return self.thresholds.get((asset_class, band))

    def in_ticks(self, terms: Terms) -> bool:
        """Tell whether a threshold for instruments of these terms is in ticks."""
        return any(one.in_ticks for one in self._thresholds(terms) or ())

    def _thresholds(self, terms: Terms) -> tuple[Threshold, ...] | None:
        return self.effective(
            AssetClass(terms.asset_class) if terms.asset_class else None,
            Band(terms.band) if terms.band else None,
        )

    def conditions(self, detector: MeasuringDetector, terms: Terms) -> tuple[Condition, ...] | None:
        """Return the conditions in whole numbers for instruments of the same terms.

        Parameters
        ----------
        detector : MeasuringDetector
            The rule's detector, bound to its parameters; knows the scales of its measures.
        terms : Terms
            Asset class and band, decimals of price and quantity, tick size.

        Returns
        -------
        tuple of Condition or None
            None when the rule does not apply to the asset class.
        """
        thresholds = self._thresholds(terms)
        if thresholds is None:
            return None
        conditions = []
        for threshold in thresholds:
            scale = detector.scale(threshold.measure)
            if scale is None:
                scale = 10 ** (terms.price_scale if threshold.unit is Unit.PRICE else terms.quantity_scale)
            conditions.append(threshold.condition(scale, tick_of(terms)))
        return tuple(conditions)
