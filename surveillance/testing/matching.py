"""Which of the expected findings were found: one for one, and as many as can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from surveillance.detecting.measure import Unit
from surveillance.engine.judge import STRENGTH_SCALE
from surveillance.events.schema import AssetClass
from surveillance.rules import Expected, Threshold
from surveillance.rules.clock import show_moment
from surveillance.rules.units import QUANTITIES, fits
from surveillance.testing.playing import Found


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of the expected and of the found.

    Parameters
    ----------
    different : list of (Expected, Found, list of str)
        Pairs of one key that differ otherwise, with what differs.
    missing : list of Expected
        Those for which nothing of their key was found.
    surplus : list of Found
        Those that nobody expected.
    """

    different: list[tuple[Expected, Found, list[str]]]
    missing: list[Expected]
    surplus: list[Found]

    def __bool__(self) -> bool:
        return not (self.different or self.missing or self.surplus)


def match(expected: Sequence[Expected], found: Sequence[Found]) -> Matched:
    """Set expected findings against those found."""
    differences = [[differ(one, other) for other in found] for one in expected]
    partner = _pair(len(expected), len(found), lambda row, column: differences[row][column] == [])
    left = [row for row in range(len(expected)) if row not in partner.values()]
    over = [column for column in range(len(found)) if column not in partner]
    different: list[tuple[Expected, Found, list[str]]] = []
    for row in list(left):
        near = [(len(what), column) for column in over if (what := differences[row][column]) is not None]
        if near:
            column = min(near)[1]
            different.append((expected[row], found[column], differences[row][column] or []))
            left.remove(row)
            over.remove(column)
    return Matched(different, [expected[row] for row in left], [found[column] for column in over])


def _pair(rows: int, columns: int, fit: Callable[[int, int], bool]) -> dict[int, int]:
    """Return the row of each paired column, as many as possible: Kuhn's augmenting paths."""
    partner: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for column in range(columns):
            if column in tried or not fit(row, column):
                continue
            tried.add(column)
            if column not in partner or place(partner[column], tried):
                partner[column] = row
                return True
        return False

    for row in range(rows):
        place(row, set())
    return partner


def differ(expected: Expected, found: Found) -> list[str] | None:
    """Say in what a finding differs from the expected one; None when their keys differ."""
    names = {**found.key, "asset_class": found.asset_class}
    if any(names.get(name) != text for name, text in expected.key.items()):
        return None
    wrong: list[str] = []
    if expected.at is not None and found.at != expected.at:
        wrong.append(f"at is {show_moment(found.at)}, not {expected.at_text}")
    for threshold in expected.measures:
        value = found.measures[threshold.measure]
        if _other_unit(threshold, found.asset_class):
            word = QUANTITIES[AssetClass[found.asset_class.upper()]][0]
            wrong.append(f"{threshold.measure} is counted in {word}, not {threshold.amounts[0].word}")
        elif not _meets(threshold, value.number, value.scale, value.tick):
            wrong.append(f"{threshold.measure} is {value.words}, not {threshold.text}")
    if expected.strength is not None and not _meets(expected.strength, found.strength, STRENGTH_SCALE):
        wrong.append(f"strength is {show_strength(found.strength)}, not {expected.strength.text}")
    for name, wanted, have in (("hits", expected.hits, found.hits), ("events", expected.events, found.events)):
        if wanted is not None and wanted != have:
            wrong.append(f"{name} are {have}, not {wanted}")
    return wrong


def _meets(threshold: Threshold, value: int, scale: int, tick: Fraction | None = None) -> bool:
    condition = threshold.condition(scale, tick)
    return condition.low <= value <= condition.high


def _other_unit(threshold: Threshold, asset_class: str) -> bool:
    if threshold.unit is not Unit.QUANTITY or not asset_class:
        return False
    return not fits(threshold.amounts[0].word, AssetClass[asset_class.upper()])


def show_strength(strength: int) -> str:
    """Write a strength (1/10,000) as a percentage."""
    return f"{strength / 100:.2f}".rstrip("0").rstrip(".") + "%"
