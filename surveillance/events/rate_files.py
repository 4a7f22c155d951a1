"""Files of exchange rates: the history that the European Central Bank publishes, and a plain CSV.

A quote is never anything but its text until it is used: rates are exact fractions, floats never enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from surveillance.errors import Location, Problem
from surveillance.events.small_csv import Row, read_csv

Quotes = dict[tuple[str, str], dict[int, str]]
"""(base, quote) to publication day (days since 1970-01-01) to how many units of quote one unit of base is worth."""

Places = dict[tuple[str, str], dict[int, tuple[str, int]]]
"""The same, to file and line."""

PLAIN: Final = ["date", "base", "quote", "rate"]
ECB_BASE: Final = "EUR"

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RATE = re.compile(r"(?=.*[1-9])\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z0-9]{2,12}", re.ASCII)
_GAPS: Final = frozenset({"", "N/A"})
_HINT: Final = "Either the ECB's history (Date,USD,JPY,…) or date,base,quote,rate."


def read_quotes(path: Path, quotes: Quotes, places: Places, problems: list[Problem]) -> None:
    """Add the quotes of one file to those of others.

    Parameters
    ----------
    path : Path
        The file; its header says which form it has.
    quotes : dict
        Takes the quotes.
    places : dict
        Takes where each of them stands.
    problems : list of Problem
        Takes what is wrong.
    """
    rows = read_csv(path, problems)
    header = next(rows, None)
    if header is None:
        if not any(problem.location.file == str(path) for problem in problems):
            problems.append(Problem("empty-file", "is empty", Location(str(path))))
        return
    if header.values == PLAIN:
        found = _plain(rows, problems)
    elif header.values[0] == "Date":
        found = _ecb(header, rows, problems)
    else:
        what = f"the header {','.join(header.values)[:60]!r} is of no known form"
        problems.append(Problem("unknown-rates", what, header.place(), _HINT))
        return
    for base, quote, day, text, row, field in found:
        by_day = quotes.setdefault((base, quote), {})
        if day in by_day:
            file, line = places[base, quote][day]
            what = f"{base}/{quote} of this day is given twice, first in line {line} of {file}"
            problems.append(Problem("duplicate-rate", what, row.place(field)))
        else:
            by_day[day] = text
            places.setdefault((base, quote), {})[day] = row.file, row.line


_Found = Iterator[tuple[str, str, int, str, Row, int]]


def _plain(rows: Iterator[Row], problems: list[Problem]) -> _Found:
    for row in rows:
        day = _day(row, problems)
        _, base, quote, text = row.values
        wrong = [field for field in (1, 2) if not _CURRENCY.fullmatch(row.values[field])]
        problems += [_bad_currency(row, field) for field in wrong]
        if not wrong and base == quote:
            problems.append(Problem("bad-rate", f"{base} is quoted in itself", row.place(2)))
        elif not _RATE.fullmatch(text):
            problems.append(_bad_rate(row, 3))
        elif day is not None and not wrong:
            yield base, quote, day, text, row, 3


def _ecb(header: Row, rows: Iterator[Row], problems: list[Problem]) -> _Found:
    named = [(field, name) for field, name in enumerate(header.values) if field and name]
    problems += [_bad_currency(header, field) for field, name in named if not _CURRENCY.fullmatch(name)]
    names = [name for _, name in named]
    for field, name in named:
        if name in names[: field - 1] or name == ECB_BASE:
            problems.append(Problem("duplicate-column", f"column {name!r} cannot be there", header.place(field)))
    for row in rows:
        day = _day(row, problems)
        for field, name in named:
            text = row.values[field]
            if text in _GAPS:
                continue
            if not _RATE.fullmatch(text):
                problems.append(_bad_rate(row, field))
            elif day is not None:
                yield ECB_BASE, name, day, text, row, field


def _day(row: Row, problems: list[Problem]) -> int | None:
    text = row.values[0]
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text).toordinal() - _EPOCH
        except ValueError:
            pass  # told below, like any other text that is no day
    problems.append(Problem("bad-date", f"{text!r} is not a day", row.place(0), "Write it as 2026-03-16."))
    return None


def _bad_currency(row: Row, field: int) -> Problem:
    hint = "Capital letters and digits, as in the events: EUR, BTC."
    return Problem("bad-currency", f"{row.values[field]!r} is not a currency", row.place(field), hint)


def _bad_rate(row: Row, field: int) -> Problem:
    return Problem(
        "bad-rate", f"{row.values[field]!r} is not a number above 0 with up to 18 decimals", row.place(field)
    )
