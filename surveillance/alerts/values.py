"""Whole numbers of the tape become exact decimals for files and plain words for people."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.events.schema import MONEY_SCALE, NULL, NULL_DAY, AssetClass

_NS: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DIGITS: Final = Decimal("0.000000001")
_DECIMALS: Final = {10**decimals: decimals for decimals in range(19)}
_QUANTITY_WORDS: Final = {
    AssetClass.EQUITY: "shares",
    AssetClass.FIXED_INCOME: "face",
    AssetClass.DERIVATIVE: "contracts",
    AssetClass.COMMODITY: "contracts",
    AssetClass.CRYPTO: "coins",
}


def iso_time(nanoseconds: int) -> str:
    """Return a time as ISO 8601 in UTC with nanoseconds and ``Z``."""
    seconds, rest = divmod(nanoseconds, _NS)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def iso_day(day: int) -> str | None:
    """Return a day as ISO 8601; None when it is not known."""
    return None if day == NULL_DAY else f"{_EPOCH + timedelta(days=day):%Y-%m-%d}"


def exact(value: int, scale: int) -> int | Decimal | None:
    """Return ``value / scale`` as a number that JSON can hold without loss, None for null.

    Scales that are not powers of ten have no finite decimal; those are rounded to nine places.
    """
    if value == NULL:
        return None
    whole, rest = divmod(value, scale)
    if not rest:
        return whole
    decimals = _DECIMALS.get(scale)
    if decimals is not None:
        return Decimal(value).scaleb(-decimals).normalize()
    fraction = Fraction(value, scale)
    result = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    if result * scale != value:
        result = result.quantize(_DIGITS)
    return result.normalize()


def money(value: int | None) -> int | Decimal | None:
    """Return money of the tape (10**-4) as a number."""
    return None if value is None else exact(value, 10**MONEY_SCALE)


def in_words(value: int, scale: int, unit: Unit, asset_class: int, currency: str) -> str:
    """Write a measure as a person would: ``60%``, ``12,000 shares``, ``4,250,000.00 USD``, ``1.8 s``.

    Parameters
    ----------
    value, scale : int
        The measure, and how many of its whole-number units make one.
    unit : Unit
        Its unit.
    asset_class : int
        Code of the asset class, for the word that counts its quantities; 0 is not known.
    currency : str
        The base currency.
    """
    number = exact(value, scale)
    if number is None:
        return "not known"
    if unit is Unit.SHARE:
        return f"{_short(number * 100, 2)}%"
    if unit is Unit.MONEY:
        return f"{Decimal(number):,.2f} {currency}"
    if unit is Unit.DURATION:
        return _duration(value)
    if unit is Unit.QUANTITY:
        word = _QUANTITY_WORDS.get(AssetClass(asset_class), "units") if asset_class else "units"
        return f"{_short(number, 9)} {word}"
    return _short(number, 2 if unit is Unit.MULTIPLE else 9)


def _short(number: int | Decimal, places: int) -> str:
    """Write a number with thousands separated and at most so many decimals."""
    if isinstance(number, int):
        return f"{number:,}"
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration(nanoseconds: int) -> str:
    """Write a duration in the unit in which a person would say it."""
    for size, word in ((3600 * _NS, "h"), (60 * _NS, "min"), (_NS, "s"), (1_000_000, "ms"), (1000, "µs")):
        if nanoseconds >= size:
            return f"{_short(Decimal(nanoseconds) / size, 2)} {word}"
    return f"{nanoseconds} ns"
