"""Percentages, durations and money in English sentences, such as ``half an hour``, ``60 %`` and ``1 million USD``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from surveillance.detecting.measure import Unit
from surveillance.rules.units import DURATIONS


@dataclass(frozen=True, slots=True)
class Named:
    """An amount that a sentence names.

    Parameters
    ----------
    unit : Unit
        SHARE, DURATION or MONEY.
    value : Fraction
        In natural units: parts of one, ns, or money.
    text : str
        As it is written.
    """

    unit: Unit
    value: Fraction
    text: str


_WORDS: Final = {
    "half an": Fraction(1, 2), "half a": Fraction(1, 2), "half": Fraction(1, 2), "a": Fraction(1), "an": Fraction(1),
    **{word: Fraction(number) for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1)},
    "fifteen": Fraction(15), "twenty": Fraction(20), "thirty": Fraction(30), "forty-five": Fraction(45),
    "sixty": Fraction(60), "ninety": Fraction(90),
}  # fmt: skip
_LONG: Final = {
    "nanosecond": "ns", "microsecond": "us", "millisecond": "ms", "second": "s", "minute": "m", "hour": "h", "day": "d",
}  # fmt: skip
_SYMBOLS: Final = {"ns": "ns", "us": "us", "µs": "us", "ms": "ms", "s": "s", "sec": "s", "min": "m", "h": "h"}
_SIZES: Final = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9,
}  # fmt: skip
_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£"}

_NUMBER: Final = r"\d+(?:[_,]\d{3})*(?:\.\d+)?"
_MANY: Final = "|".join(sorted((word for word in _WORDS if word not in {"a", "an"}), key=len, reverse=True))
_WRITTEN = re.compile(
    rf"(?<![\w.-])(?P<number>{_NUMBER}|{_MANY})[\s-]+(?P<unit>{'|'.join(_LONG)})s?\b(?!\s+and\s+a\s+half)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(rf"\b(?:within|than|over|under)\s+(?P<number>an?)\s+(?P<unit>{'|'.join(_LONG)})\b", re.IGNORECASE)
_SYMBOL = re.compile(
    rf"(?<![\w.-])(?P<number>{_NUMBER})(?:\s?(?P<unit>{'|'.join(_SYMBOLS)})|(?P<tight>[md]))\b(?!\s?%)"
)
_PERCENT = re.compile(rf"(?<![\w.-])(?P<number>{_NUMBER})\s?(?P<unit>%|percent\b|per cent\b|bps?\b|basis points?\b)")
_WITHIN = re.compile(r"\b(?:within|over|last|than|for)\s+(?:the\s+last\s+)?$", re.IGNORECASE)


def amounts_in(sentence: str, currency: str) -> Iterator[Named]:
    """Yield the amounts that a sentence names.

    Parameters
    ----------
    sentence : str
        English.
    currency : str
        Money in other currencies is left out.

    Notes
    -----
    Left out is what is no amount of a rule: rates (``orders a second``), ``an hour and a half``, and days without a
    word such as ``within``, of which texts tell for other reasons.
    """
    for found in _money(currency).finditer(sentence):
        size = _SIZES[(found["size"] or found["size_after"]).lower()] if found["size"] or found["size_after"] else 1
        yield Named(Unit.MONEY, _number(found["number"] or found["after"]) * size, found[0])
    sentence = _money(currency).sub("…", sentence)
    for found in _PERCENT.finditer(sentence):
        parts = 10_000 if found["unit"].startswith("b") else 100
        yield Named(Unit.SHARE, _number(found["number"]) / parts, found[0])
    for found in (*_WRITTEN.finditer(sentence), *_ARTICLE.finditer(sentence)):
        unit = found["unit"].lower()
        if unit == "day" and not _WITHIN.search(sentence[: found.start("number")]):
            continue
        yield _duration(_number(found["number"]), _LONG[unit], sentence[found.start("number") : found.end()])
    for found in _SYMBOL.finditer(sentence):
        yield _duration(_number(found["number"]), _SYMBOLS.get(found["unit"] or "", found["tight"]), found[0])


def _duration(number: Fraction, unit: str, text: str) -> Named:
    return Named(Unit.DURATION, number * DURATIONS[unit], text)


def _number(text: str) -> Fraction:
    word = _WORDS.get(" ".join(text.lower().split()))
    return Fraction(text.replace("_", "").replace(",", "")) if word is None else word


def _money(currency: str) -> re.Pattern[str]:
    sign = re.escape(_SIGNS.get(currency, currency))
    size = "|".join(sorted(_SIZES, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w.-])(?P<number>{_NUMBER})\s?(?P<size>{size})?\s?(?:{currency}\b|{sign})"
        rf"|(?:\b{currency}|{sign})\s?(?P<after>{_NUMBER})(?:\s?(?P<size_after>{size})\b)?",
        re.IGNORECASE,
    )
