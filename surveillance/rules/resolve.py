"""Which threshold holds for an asset class and a liquidity band: the most particular one that is written.

In this order, later over earlier, one measure at a time: the rule's ``when``, its ``asset_classes.CLASS.when``, its
``bands.BAND.when``, its ``asset_classes.CLASS.bands.BAND.when``. A quantity in ``bands`` speaks only to the asset
classes that count in its unit: 2_000 shares say nothing of bonds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveillance.detecting.measure import Measure, Unit
from surveillance.documents.document import Document, Path, show_path
from surveillance.errors import Problem
from surveillance.events.schema import AssetClass, Band
from surveillance.rules.conditions import Threshold
from surveillance.rules.thresholds import Placed, mapping_at, read_when
from surveillance.rules.units import QUANTITIES, fits

When = Mapping[str, Placed]
Table = dict[tuple[AssetClass | None, Band | None], tuple[Threshold, ...]]


@dataclass(frozen=True, slots=True)
class Applies:
    """Asset classes of a rule.

    Parameters
    ----------
    classes : tuple of AssetClass
        Those the rule applies to.
    listed : bool
        Whether the rule lists them. One that does not applies to instruments of unknown class as well.
    """

    classes: tuple[AssetClass, ...]
    listed: bool


def read_asset_classes(document: Document) -> Applies:
    """Return the asset classes that a rule applies to; unknown names are left to the schema."""
    if "asset_classes" not in document.value:
        return Applies(tuple(AssetClass), listed=False)
    listed = mapping_at(document, ("asset_classes",))
    return Applies(tuple(known for known in AssetClass if known.name.lower() in listed), listed=True)


def resolve(
    document: Document, measures: Mapping[AssetClass | None, Mapping[str, Measure]], currency: str, applies: Applies
) -> tuple[Table, list[Problem]]:
    """Return the thresholds of every asset class and band that a rule applies to, and what is wrong with them.

    Parameters
    ----------
    document : Document
        The rule file.
    measures : Mapping
        The detector's measures by asset class; None for those without differences.
    currency : str
        Base currency of the rulebook.
    applies : Applies
        From `read_asset_classes`.
    """
    problems: list[Problem] = []

    def read(path: Path, asset_class: AssetClass | None) -> When:
        when, faults = read_when(document, path, measures[asset_class], currency)
        problems.extend(faults)
        return when

    base = read(("when",), None)
    bands = {band: read(("bands", band.name.lower(), "when"), None) for band in Band}
    table: Table = {}
    used: dict[Path, set[AssetClass | None]] = {}
    members: Sequence[AssetClass | None] = applies.classes if applies.listed else (*applies.classes, None)
    for member in members:
        own: Path = ("asset_classes", member.name.lower()) if member else ("asset_classes", "")
        when = {**base, **read((*own, "when"), member)}
        for band in (None, *Band):
            effective = dict(when)
            if band is not None:
                effective |= {name: placed for name, placed in bands[band].items() if _speaks_to(placed, member)}
                effective |= read((*own, "bands", band.name.lower(), "when"), member)
            table[member, band] = tuple(placed.threshold for placed in effective.values())
            for placed in effective.values():
                used.setdefault(placed.path, set()).add(member)
                problems.extend(_misfit(document, placed, member, applies))
    for band in Band:
        problems.extend(_idle(document, bands[band], used, applies))
    return table, problems


def _speaks_to(placed: Placed, asset_class: AssetClass | None) -> bool:
    if placed.threshold.unit is not Unit.QUANTITY:
        return True
    word = placed.threshold.amounts[0].word
    return asset_class is not None and fits(word, asset_class)


def _misfit(document: Document, placed: Placed, asset_class: AssetClass | None, applies: Applies) -> Iterator[Problem]:
    """Say when an asset class is left with a quantity that it does not count in."""
    if _speaks_to(placed, asset_class):
        return
    measure, word = placed.threshold.measure, placed.threshold.amounts[0].word
    if not applies.listed:
        message = f"{measure} is given in {word}, but the rule applies to every asset class"
        hint = "list the asset classes under asset_classes, each with a threshold in its own unit"
    else:
        assert asset_class is not None
        name = asset_class.name.lower()
        message = f"{measure} is given in {word}, but {name} is counted in {QUANTITIES[asset_class][0]}"
        hint = f"give {name} its own threshold: {show_path(('asset_classes', name, 'when', measure))}"
    yield document.problem("unit-of-other-class", message, placed.path, hint)


def _idle(
    document: Document, when: When, used: Mapping[Path, set[AssetClass | None]], applies: Applies
) -> Iterator[Problem]:
    """Say when a band's threshold holds for none of the rule's asset classes."""
    for placed in when.values():
        if placed.path in used or not applies.classes:
            continue
        words = ", ".join(dict.fromkeys(QUANTITIES[member][0] for member in applies.classes))
        message = f"{placed.threshold.measure} changes nothing here: no asset class of the rule uses this threshold"
        hint = f"quantities of the rule's asset classes are in {words}"
        yield document.problem("idle-threshold", message, placed.path, hint)
