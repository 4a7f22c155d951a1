"""The numbers of a rule that can be turned: each threshold where it is written, and what else could stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.documents.document import Path, show_path
from surveillance.events.schema import AssetClass, Band
from surveillance.rules import Rule
from surveillance.rules.conditions import Threshold
from surveillance.rules.units import DURATIONS, SHARES, Amount

FEW: Final = 20
"""Counts up to this are tried one by one; larger ones by the ladder."""

_LADDER: Final = "0.1 0.125 0.15 0.2 0.25 0.3 0.4 0.5 0.6 0.75 0.85 1.15 1.25 1.5 1.75 2 2.5 3 4 5 6 8 10 15 20"
LADDER: Final = tuple(Fraction(step) for step in _LADDER.split())
"""Multiples of a limit that are tried."""

_PERCENT: Final = (*range(5, 100, 5), 97, 98, 99)
_SINGULAR: Final = frozenset({"share", "contract", "coin", "unit", "point", "tick"})

Setting = tuple[Fraction, ...]
"""A value for each limit of a rule, in natural units, see `Amount`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of a rule file that decides.

    Parameters
    ----------
    path : tuple
        Where it stands in the file.
    threshold : Threshold
        The condition that it is part of.
    end : int
        1 for the upper end of ``between``, otherwise 0.
    """

    path: Path
    threshold: Threshold
    end: int = 0

    @property
    def name(self) -> str:
        """Where it stands, in words."""
        return show_path(self.path)

    @property
    def amount(self) -> Amount:
        """What the file says."""
        return self.threshold.amounts[self.end]

    @property
    def is_lower(self) -> bool:
        """Whether more of the measure meets it."""
        return self.threshold.op in {"at_least", "above"} or (self.threshold.op == "between" and self.end == 0)

    def written(self, value: Fraction) -> str:
        """Write a value as it would stand in the file."""
        word, unit = self.amount.word, self.threshold.unit
        if unit is Unit.DURATION:
            word, number = _in_duration(value, word)
            return f"{_number(number)}{word}"
        if unit is Unit.SHARE:
            return f"{_number(value / SHARES[word])}{word}"
        if word in _SINGULAR and value != 1:
            word += "s"
        number_text = _number(value, 1_000 if "_" in self.threshold.text else 10_000)
        return f"{number_text} {word}" if word else number_text

    def loosest(self, part: Fraction) -> Fraction:
        """Return the limit loosened to a part of it: below it for a lower one, above it for an upper one."""
        value = self.amount.value
        if value <= 0:
            return value
        loose = value * part if self.is_lower else value / part
        if self.threshold.unit is Unit.COUNT:
            return Fraction(max(1, int(loose))) if self.is_lower else Fraction(-int(-loose // 1))
        if self.threshold.unit is Unit.SHARE and value <= 1:
            loose = min(loose, Fraction(1))
        return self._plain(loose)

    def values(self, part: Fraction) -> list[Fraction]:
        """Return the values that are tried, ascending, the one of the file among them, none looser than `loosest`."""
        now, loose = self.amount.value, self.loosest(part)
        found = {now, loose}
        if self.threshold.unit is Unit.COUNT and now <= FEW:
            found.update(Fraction(count) for count in range(1, int(max(3 * now, now + 10)) + 1))
        elif self.threshold.unit is Unit.SHARE and Fraction(1, 20) <= now <= 1:
            found.update(Fraction(percent, 100) for percent in _PERCENT)
        else:
            found.update(self._plain(now * step) for step in LADDER)
        return sorted(value for value in found if (value >= loose if self.is_lower else value <= loose))

    def _plain(self, value: Fraction) -> Fraction:
        """Round to two digits in the unit in which it is written."""
        unit, word = self.threshold.unit, self.amount.word
        one = Fraction(DURATIONS[word]) if unit is Unit.DURATION else SHARES.get(word, Fraction(1))
        rounded = _two_digits(value / one)
        if unit is Unit.COUNT:
            rounded = Fraction(round(rounded))
        return rounded * one


def limits_of(rule: Rule) -> list[Limit]:
    """Return the limits of a rule in the order of its file, those of classes and bands among them."""
    found: dict[Path, Limit] = {}
    for thresholds in rule.thresholds.values():
        for one in thresholds:
            path: Path = (*one.origin.path.split("."), one.op)
            if one.op == "between":
                found.update({(*path, end): Limit((*path, end), one, end) for end in (0, 1)})
            else:
                found[path] = Limit(path, one)
    return sorted(found.values(), key=lambda one: (one.threshold.origin.line, one.threshold.origin.column, one.end))


def tells_bands_apart(rule: Rule) -> bool:
    """Tell whether a rule has other thresholds for some liquidity band."""
    return any(
        thresholds != rule.thresholds.get((asset_class, None))
        for (asset_class, band), thresholds in rule.thresholds.items()
        if band is not None
    )


def class_name(asset_class: int, band: int, *, bands: bool) -> str:
    """Return the name of a class of instruments, and of its band where `bands` are told apart."""
    name = AssetClass(asset_class).name.lower() if asset_class else "unknown class"
    return f"{name}, {Band(band).name.lower()}" if bands and band else name


def in_order(limits: Sequence[Limit], setting: Setting) -> bool:
    """Tell whether no range of a setting ends below its start."""
    ends = {limit.path: value for limit, value in zip(limits, setting, strict=True)}
    starts = {path: (*path[:-1], 0) for path in ends if path[-1] == 1}
    return all(ends[start] <= ends[path] for path, start in starts.items())


def changed(limits: Sequence[Limit], setting: Setting) -> Iterator[tuple[Limit, Fraction]]:
    """Yield the limits that a setting changes, with their new values."""
    for limit, value in zip(limits, setting, strict=True):
        if value != limit.amount.value:
            yield limit, value


def _two_digits(value: Fraction) -> Fraction:
    if not value:
        return value
    step = Fraction(1)
    while abs(value) >= 100 * step:
        step *= 10
    while abs(value) < 10 * step:
        step /= 10
    return round(value / step) * step


def _in_duration(value: Fraction, word: str) -> tuple[str, Fraction]:
    """Return a duration in its unit, or in the next smaller one in which it is whole."""
    order = list(DURATIONS)
    for unit in reversed(order[: order.index(word) + 1]):
        if (value / DURATIONS[unit]).denominator == 1:
            return unit, value / DURATIONS[unit]
    return "ns", Fraction(round(value))


def _number(value: Fraction, grouped_from: int = 10_000) -> str:
    """Write a number that has few digits without an exponent, large ones with _ between thousands."""
    decimals = 0
    while (value * 10**decimals).denominator != 1 and decimals < 12:
        decimals += 1
    whole, rest = divmod(abs(round(value * 10**decimals)), 10**decimals)
    text = f"{whole:_}" if whole >= grouped_from else str(whole)
    text += f".{rest:0{decimals}d}" if decimals else ""
    return f"-{text}" if value < 0 else text
