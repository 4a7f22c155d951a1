"""Numbers of a finding as a person reads them, without the tape they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

_NS: Final = 1_000_000_000
_DURATIONS: Final = ((3600 * _NS, "h"), (60 * _NS, "min"), (_NS, "s"), (1_000_000, "ms"), (1000, "µs"), (1, "ns"))


def number(value: Any, places: int = 9) -> str:
    """Write a number with thousands separated and at most so many decimals, none that say nothing."""
    text = f"{Decimal(str(value)):,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def aligned(values: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """Write numbers of groups, those of one group with the same number of decimals; ``-`` where there is none.

    Parameters
    ----------
    values : iterable of tuple
        Group, such as an instrument, and number or None.
    """
    numbers = [(group, None if value is None else Decimal(str(value))) for group, value in values]
    places: dict[Any, int] = {}
    for group, value in numbers:
        exponent = 0 if value is None else value.as_tuple().exponent
        places[group] = max(places.get(group, 0), -int(exponent))
    for group, value in numbers:
        yield "-" if value is None else f"{value:,.{places[group]}f}"


def percent(value: Any) -> str:
    """Write a part of one as a percentage."""
    return f"{number(Decimal(str(value)) * 100, 2)}%"


def amount(value: Any, unit: str) -> str:
    """Write a measure of a finding: parts of one for a share, ns for a duration, else as it is."""
    if value is None:
        return "not known"
    if unit == "share":
        return percent(value)
    if unit == "duration":
        whole = int(Decimal(str(value)))
        size, word = next(((size, word) for size, word in _DURATIONS if abs(whole) >= size), (1, "ns"))
        return f"{number(Decimal(whole) / size, 2)} {word}"
    return number(value, {"money": 2, "multiple": 2}.get(unit, 9))


def measured(condition: Mapping[str, Any], name: str = "value") -> str:
    """Write the value or margin of a finding's condition with the unit in which the rule gives its limit."""
    said = amount(condition[name], condition["unit"])
    word = condition["text"].rpartition(" ")[2]
    return f"{said} {word}" if condition["unit"] in ("quantity", "money") and word.isalpha() else said


def limit(condition: Mapping[str, Any]) -> str:
    """Write the limit of a finding's condition as a person would: ``at least 5,000,000 face``."""
    return str(condition["text"]).replace("_", ",")


def points(value: int) -> str:
    """Write a score of 1/10,000 in points, rounded down to one decimal so that none reads higher than it is."""
    return f"{value // 100}.{value % 100 // 10}"


def clock(iso: str) -> str:
    """Shorten a time of ISO 8601 to day and milliseconds."""
    return iso[:23].replace("T", " ")


def listed(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    """Write names as a sentence has them; of very many the first."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def counted(count: int, noun: str) -> str:
    """Write a number with its noun, in the plural where there is not exactly one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
