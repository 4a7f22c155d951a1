"""Exchange rates by day, as exact fractions: direct, inverse, or over currencies between.

A day's rate may be used from the next day's midnight UTC on. The European Central Bank publishes about 16:00 in
Frankfurt, now and then later; from midnight on, no clock, daylight saving time or late publication can make an event
use a rate that nobody knew yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import mul
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.rate_files import Places, Quotes, read_quotes

OLDEST: Final = 5
"""Most business days (Monday to Friday) between the day of a rate and the day of an event that uses it."""

_MOST_LEGS: Final = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """Quotes of currencies in each other.

    Parameters
    ----------
    quotes : dict
        (base, quote) to day (days since 1970-01-01) to the rate's text: units of quote for one of base.
    digest : str
        SHA-256 of the files.
    files : tuple of (str, str)
        Name and SHA-256 of each file.
    """

    quotes: Quotes
    digest: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def days(self) -> tuple[int, int]:
        """First and last day that has a quote."""
        days = {day for by_day in self.quotes.values() for day in by_day}
        return min(days), max(days)

    def series(self, currency: str, base: str) -> dict[int, Fraction]:
        """Return what one unit of `currency` is worth in `base` on each day on which that can be known.

        All legs of a rate are of the same day. Fewer legs come first: a direct quote, its inverse, then a rate over
        one or two other currencies, the first in the alphabet.

        Returns
        -------
        dict of int to Fraction
            By day, ascending; empty when there is no way from one to the other.
        """
        found: dict[int, Fraction] = {}
        for path in self._paths(currency, base):
            legs = [self._leg(*ends) for ends in pairwise(path)]
            for day in set.intersection(*map(set, legs)).difference(found):
                found[day] = reduce(mul, (leg[day] for leg in legs))
        return dict(sorted(found.items()))

    def _paths(self, start: str, end: str) -> Iterator[tuple[str, ...]]:
        """Yield the ways from one currency to another, the shortest first."""
        beside: dict[str, set[str]] = {}
        for base, quote in self.quotes:
            beside.setdefault(base, set()).add(quote)
            beside.setdefault(quote, set()).add(base)
        paths: list[tuple[str, ...]] = [(start,)]
        for _ in range(_MOST_LEGS):
            paths = [(*path, name) for path in paths for name in sorted(beside.get(path[-1], ())) if name not in path]
            yield from (path for path in paths if path[-1] == end)
            paths = [path for path in paths if path[-1] != end]

    def _leg(self, base: str, quote: str) -> dict[int, Fraction]:
        inverse = {day: _exact(text, inverse=True) for day, text in self.quotes.get((quote, base), {}).items()}
        return inverse | {day: _exact(text) for day, text in self.quotes.get((base, quote), {}).items()}


def _exact(text: str, *, inverse: bool = False) -> Fraction:
    """Return a decimal, or 1 by it, as a fraction; four times as fast as `Fraction` reads it."""
    whole, _, part = text.partition(".")
    digits, unit = int(whole + part), 10 ** len(part)
    return Fraction(unit, digits) if inverse else Fraction(digits, unit)


def read_rates(paths: Sequence[str | Path], base: str) -> Rates:
    """Read files of exchange rates.

    Parameters
    ----------
    paths : sequence of str or Path
        The ECB's ``eurofxref-hist.csv`` (units of each currency for one EUR, ``N/A`` where there is none) or a CSV
        with the columns date, base, quote, rate (units of quote for one of base).
    base : str
        Currency into which money will be converted; one of the files must know it.

    Raises
    ------
    InputError
        With all that is wrong with them.
    """
    quotes: Quotes = {}
    places: Places = {}
    problems: list[Problem] = []
    for path in paths:
        read_quotes(Path(path), quotes, places, problems)
    if not problems and not any(base in pair for pair in quotes):
        known = ", ".join(sorted({name for pair in quotes for name in pair})[:40]) or "no currency"
        where, what = Location(", ".join(map(str, paths))), f"there is no rate of the base currency {base}"
        problems.append(Problem("no-base-currency", what, where, f"There are rates of: {known}."))
    if problems:
        raise InputError(problems)
    digest = hashlib.sha256()
    contents = [(Path(path).name, Path(path).read_bytes()) for path in paths]
    for data in sorted(data for _, data in contents):
        digest.update(f"{len(data)}\n".encode() + data)
    files = tuple(sorted((name, hashlib.sha256(data).hexdigest()) for name, data in contents))
    return Rates(quotes, digest.hexdigest(), files)
