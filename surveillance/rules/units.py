"""Numbers with units: exact, checked against what is measured, and never bare where a unit matters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.documents.document import describe
from surveillance.documents.scalars import ScalarError, read_plain
from surveillance.events.schema import AssetClass

DURATIONS: Final[dict[str, int]] = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
"""Nanoseconds in one of each."""

SHARES: Final[dict[str, Fraction]] = {"%": Fraction(1, 100), "bp": Fraction(1, 10_000)}
"""Parts of one in one of each."""

QUANTITIES: Final[dict[AssetClass, tuple[str, ...]]] = {
    AssetClass.EQUITY: ("shares", "share"),
    AssetClass.FIXED_INCOME: ("face",),
    AssetClass.DERIVATIVE: ("contracts", "contract"),
    AssetClass.FX: ("units", "unit"),
    AssetClass.CRYPTO: ("coins", "coin", "units", "unit"),
    AssetClass.COMMODITY: ("contracts", "contract"),
}
"""What the quantity of each asset class is counted in; the first word is the usual one."""

TICKS: Final = ("ticks", "tick")
"""Smallest steps of the instrument's price, from reference data."""

PRICES: Final = ("points", "point", *TICKS)
"""Units of the instrument's own price."""

_SUFFIXES: Final = (*DURATIONS, *SHARES)
_WORDS: Final = tuple(dict.fromkeys(word for words in QUANTITIES.values() for word in words)) + PRICES
_AMOUNT = re.compile(r"([-+]?[0-9._]*[0-9][0-9._]*)(\s*)(\S.*)", re.DOTALL | re.ASCII)
_CURRENCY = re.compile(r"[A-Z][A-Z0-9]{2,9}", re.ASCII)
_EXAMPLES: Final[dict[Unit, str]] = {
    Unit.COUNT: "a whole number, such as 3",
    Unit.SHARE: "a share, such as 60% or 25bp",
    Unit.MULTIPLE: "a number, such as 3 or 2.5",
    Unit.QUANTITY: "a quantity with its unit, such as 10_000 shares, 200 contracts or 5_000_000 face",
    Unit.PRICE: "a price with its unit, such as 0.25 points or 2 ticks",
    Unit.MONEY: "money with its currency, such as 1_000_000 USD",
    Unit.DURATION: "a duration, such as 500ms, 30m or 2h",
}


class UnitError(ValueError):
    """An amount that cannot be understood, or does not fit what is measured.

    Parameters
    ----------
    message, hint : str
        What is wrong and what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the unit that it was written with.

    Parameters
    ----------
    value : Fraction
        In natural units: ns of a duration, parts of one of a share, otherwise the number as written.
    word : str
        ``shares``, ``USD``, ``%`` …; empty for a bare number.
    """

    value: Fraction
    word: str = ""


def expected(unit: Unit) -> str:
    """Describe with an example how an amount of `unit` is written."""
    return _EXAMPLES[unit]


def read_amount(written: object, unit: Unit, currency: str) -> Amount:
    """Read an amount of a given unit.

    Parameters
    ----------
    written : object
        What stands in the file: `int`, `Decimal` or text.
    unit : Unit
        Unit of the measure or parameter.
    currency : str
        Base currency of the rulebook.

    Raises
    ------
    UnitError
        When it is not an amount, or one of another unit.
    """
    number, word = _split(written, unit)
    _check_word(number, word, unit, currency)
    value = Fraction(number)
    if unit is Unit.COUNT and value.denominator != 1:
        raise UnitError(f"{written} is not a whole number", f"write {_EXAMPLES[unit]}")
    if unit is Unit.DURATION:
        value *= DURATIONS[word]
        if value.denominator != 1:
            raise UnitError(f"{written} is not a whole number of nanoseconds", "write a rounder duration")
        if value < 0:
            raise UnitError(f"{written} is negative", "a duration is not below zero")
    if unit is Unit.SHARE:
        value *= SHARES[word]
    return Amount(value, word)


def in_whole(amount: Amount, scale: int, written: object) -> int:
    """Return an amount in whole numbers of `scale` per one.

    Raises
    ------
    UnitError
        When it is finer than that, or does not fit into 64 bits.
    """
    whole = amount.value * scale
    if whole.denominator != 1:
        raise UnitError(f"{written} is finer than can be measured", "write a rounder amount")
    if abs(whole) >= 2**63:
        raise UnitError(f"{written} is more than can ever be measured", "write a smaller amount")
    return int(whole)


def show_duration(nanoseconds: int) -> str:
    """Write a duration in the largest unit that holds it exactly."""
    for suffix in ("d", "h", "m", "s", "ms", "us"):
        if nanoseconds and nanoseconds % DURATIONS[suffix] == 0:
            return f"{nanoseconds // DURATIONS[suffix]}{suffix}"
    return f"{nanoseconds}ns" if nanoseconds else "0s"


def fits(word: str, asset_class: AssetClass) -> bool:
    """Tell whether an asset class counts its quantities in `word`."""
    return word in QUANTITIES[asset_class]


def same_unit(one: str, other: str) -> bool:
    """Tell whether amounts with these words can be compared: minutes with hours, but not ticks with points."""
    families = [{*DURATIONS}, {*SHARES}, {*TICKS}, {"point", "points"}, {"units", "unit"}]
    families += [set(words) for words in QUANTITIES.values()]
    return one == other or any({one, other} <= family for family in families)


def _split(written: object, unit: Unit) -> tuple[int | Decimal, str]:
    if isinstance(written, int | Decimal) and not isinstance(written, bool):
        return written, ""
    if not isinstance(written, str):
        raise UnitError(f"{describe(written)} is not {_EXAMPLES[unit].split(',')[0]}", f"write {_EXAMPLES[unit]}")
    match = _AMOUNT.fullmatch(written.strip())
    if match is None:
        raise UnitError(f"{describe(written)} is not {_EXAMPLES[unit].split(',')[0]}", f"write {_EXAMPLES[unit]}")
    digits, space, word = match.groups()
    try:
        number = read_plain(digits)
    except ScalarError as error:
        raise UnitError(error.message, error.hint.removesuffix(", or quote it if it is text")) from error
    if not isinstance(number, int | Decimal):
        raise UnitError(f"{describe(digits)} is not a plain decimal number", f"write {_EXAMPLES[unit]}")
    wanted = "" if word in _SUFFIXES else " "
    if space != wanted and (word in _SUFFIXES or word in _WORDS or _CURRENCY.fullmatch(word)):
        raise UnitError(f"{describe(written)} is not written in the usual form", f"write {digits}{wanted}{word}")
    return number, word


def _check_word(number: int | Decimal, word: str, unit: Unit, currency: str) -> None:
    hint = f"write {_EXAMPLES[unit]}"
    if unit in {Unit.COUNT, Unit.MULTIPLE}:
        if word:
            raise UnitError(f"{describe(word)} is not a unit of a {unit.value}", hint)
        return
    if not word:
        noun = "an amount of money" if unit is Unit.MONEY else f"a {unit.value}"
        raise UnitError(f"{number} has no unit, and {noun} needs one", _bare_hint(number, unit, currency))
    if unit is Unit.DURATION and word not in DURATIONS:
        raise UnitError(f"{describe(word)} is not a unit of time", f"{hint}; units are {', '.join(DURATIONS)}")
    if unit is Unit.SHARE and word not in SHARES:
        raise UnitError(f"{describe(word)} is not a unit of a share", hint)
    if unit is Unit.PRICE and word not in PRICES:
        raise UnitError(f"{describe(word)} is not a unit of price", hint)
    if unit is Unit.MONEY and word != currency:
        if not _CURRENCY.fullmatch(word):
            raise UnitError(
                f"{describe(word)} is not a currency", f"write the amount in {currency}, such as 1_000 {currency}"
            )
        hint = f"write the amount in {currency}, in which notionals are compared"
        raise UnitError(f"{word} is not the base currency of the rulebook", hint)
    if unit is Unit.QUANTITY and not any(word in words for words in QUANTITIES.values()):
        raise UnitError(f"{describe(word)} is not a unit of quantity", hint)


def _bare_hint(number: int | Decimal, unit: Unit, currency: str) -> str:
    written = f"{number:_}" if isinstance(number, int) else f"{number:f}"
    if unit is Unit.SHARE:
        percent = Fraction(number) * 100
        if 0 <= percent <= 100 and percent.denominator == 1:
            return f"write {percent}% or {written}%, whichever is meant"
        return f"write {written}%"
    if unit is Unit.MONEY:
        return f"write {written} {currency}"
    if unit is Unit.DURATION:
        return f"write {written}s or {written}m, whichever is meant"
    if unit is Unit.PRICE:
        return f"write {written} points or {written} ticks, whichever is meant"
    return f"write {written} and shares, face, contracts, coins or units"
