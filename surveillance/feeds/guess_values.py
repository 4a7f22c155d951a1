"""What the values of a column look like: times of some form, numbers of some writing, words for sides and kinds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from surveillance.events.text import Text, text_of_arrow
from surveillance.events.time_formats import read_format, read_times
from surveillance.events.times import parse_iso
from surveillance.feeds.guess_words import OPPOSITES, SIDES, answered_kind, kind_of

ENOUGH: Final = 0.95
"""Share of the values that have to agree where the name of the column does not say what it is."""
MOST: Final = 0.5
"""Share where it does: the others are dirt, and will be rejected."""
_FEW: Final = 40
_OK, _NO_ZONE = 0, 6
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_POINTS = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", re.ASCII)
_UNITS: Final = (("s", 8, 11, "seconds"), ("ms", 11, 14, "milliseconds"), ("us", 14, 17, "microseconds"))
_DATES: Final = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%Y-%m-%d",
)
_BETWEEN: Final = (" ", "-", "T", "")
_CLOCKS: Final = ("%H:%M:%S", "%H%M%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


@dataclass(slots=True)
class Guess:
    """One field of a profile: how its source is written, and how sure that is.

    Parameters
    ----------
    origin : tuple of (str, str)
        What the source says first, such as ``column`` and its name.
    options : dict
        Further keys of the source.
    sure : str
        ``sure``, ``likely`` or ``a guess``.
    why : str
        Why; a few words.
    """

    origin: tuple[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    sure: str = "sure"
    why: str = ""


def share_of_numbers(values: Sequence[str]) -> float:
    """Return which part of some texts are plain numbers."""
    return sum(_NUMBER.fullmatch(value.strip()) is not None for value in values) / max(1, len(values))


def number_signs(values: Sequence[str], enough: float = ENOUGH) -> dict[str, str] | None:
    """Return how numbers are written: {} plainly, or the signs that they have; None if too few are numbers."""
    plain = [_NUMBER.fullmatch(value) is not None for value in values]
    commas = [fits or _COMMAS.fullmatch(value) is not None for fits, value in zip(plain, values, strict=True)]
    points = [_POINTS.fullmatch(value) is not None for value in values]
    writings: list[tuple[int, dict[str, str]]] = [
        (sum(plain), {}),
        (sum(commas), {"thousands": ","}),
        (sum(points), {"decimal": ",", "thousands": "."}),
    ]
    most, signs = max(writings, key=lambda writing: writing[0])  # of equals the plainest
    return signs if most and most >= enough * len(values) else None


def decimals_of(values: Sequence[str]) -> int:
    """Return the most decimals that numbers have, up to 12."""
    most = 0
    for value in values:
        found = re.fullmatch(r"[+-]?\d*[.,]?(\d*)([eE]([+-]?\d+))?", value, re.ASCII)
        if found and ("." in value or "," in value or found[3]):
            most = max(most, len(found[1].rstrip("0")) - int(found[3] or 0))
    return min(max(most, 0), 12)


def time_of(values: Sequence[str], type_: Any = None, enough: float = ENOUGH) -> Guess | None:
    """Return how a column's times are written; None if they are no times."""
    import pyarrow as pa

    if type_ is not None and pa.types.is_timestamp(type_):
        zoned = Guess(("column", ""), {}, "sure", "timestamps with a zone")
        naive_ones = Guess(("column", ""), {"zone": "UTC"}, "a guess", "timestamps without a zone: whose clock is it?")
        return zoned if type_.tz is not None else naive_ones
    if not values:
        return None
    counted = _count(values) if share_of_numbers(values) >= enough else None
    if counted is not None:
        return counted
    text = text_of_arrow(pa.array(list(values), pa.string()))
    times, states = np.empty(len(text), np.int64), np.empty(len(text), np.uint8)
    parse_iso(text.data, text.starts, text.ends, times, states)
    naive = int(np.count_nonzero(states == _NO_ZONE))
    if naive + int(np.count_nonzero(states == _OK)) >= enough * len(values):
        if naive:
            return Guess(("column", ""), {"zone": "UTC"}, "a guess", "no offset in the text: whose clock is it?")
        return Guess(("column", ""), {}, "sure", "ISO 8601 with an offset")
    return _formatted(text, enough)


def _count(values: Sequence[str]) -> Guess | None:
    numbers = sorted(abs(float(value)) for value in values if _NUMBER.fullmatch(value.strip()))
    digits = len(str(int(numbers[len(numbers) // 2])))
    for unit, low, high, word in _UNITS:
        if low < digits <= high and digits != 8:
            return _since_1970(unit, word, digits)
    if 17 < digits <= 19:
        return _since_1970("ns", "nanoseconds", digits)
    return None


def _since_1970(unit: str, word: str, digits: int) -> Guess:
    why = (
        f"numbers of {digits} digits are {word} since 1970; of a wall clock, not of UTC? then epoch: local and its zone"
    )
    return Guess(("column", ""), {"unit": unit}, "likely", why)


def _formatted(text: Text, enough: float) -> Guess | None:
    """Return the format that reads the most of the texts."""
    found: list[tuple[float, list[str]]] = []
    for date in _DATES:
        for between in _BETWEEN:
            for clock in _CLOCKS:
                formats = [f"{date}{between}{clock}"]
                if "%S" in clock:
                    formats.append(formats[0].replace("%S", "%S.%f"))
                if "".join(formats) in {"".join(known) for _, known in found}:
                    continue
                _, states = read_times(text, tuple(map(read_format, formats)))
                share = float(np.mean((states == _NO_ZONE) | (states == _OK)))
                if share >= enough:
                    found.append((share, formats))
    if not found:
        return None
    found.sort(key=lambda one: -one[0])
    best, formats = found[0]
    why = "no offset in the text: whose clock is it?"
    if any(share == best and known[0][:8] != formats[0][:8] for share, known in found[1:]):
        why = f"{found[1][1][0]} reads all of it as well; " + why
    return Guess(("column", ""), {"formats": formats, "zone": "UTC"}, "a guess", why)


def is_day(values: Sequence[str]) -> str | None:
    """Return the format of a column of dates; None if it holds none."""
    if values and all(re.fullmatch(r"\d{4}-\d\d-\d\d", value) for value in values):
        return "%Y-%m-%d"
    if values and all(re.fullmatch(r"(19|20)\d{6}", value) for value in values):
        return "%Y%m%d"
    for date in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"):
        import pyarrow as pa

        text = text_of_arrow(pa.array([f"{value} 00" for value in values], pa.string()))
        if values and bool((read_times(text, (read_format(f"{date} %H"),))[1] == _NO_ZONE).all()):
            return date
    return None


def clock_of(values: Sequence[str]) -> str | None:
    """Return the format of a column of times of a day, ``seconds`` if it counts them; None if it holds none."""
    for pattern, format_ in (
        (r"\d{1,2}:\d\d:\d\d(\.\d+)?", "%H:%M:%S"),
        (r"\d{6}(\.\d+)?", "%H%M%S"),
        (r"\d{1,2}:\d\d", "%H:%M"),
    ):
        if values and all(re.fullmatch(pattern, value) for value in values):
            return format_
    if values and share_of_numbers(values) == 1 and all(0 <= float(value) < 86_400 for value in values):
        return "seconds"
    return None


def side_of(values: Sequence[str], name: str, enough: float = ENOUGH) -> Guess | None:
    """Return how a column's sides are written; None if it has none."""
    counts = Counter(values)
    if not counts or len(counts) > _FEW:
        return None
    words = {value: value.strip().lower() for value in counts}
    if set(words.values()) <= {"true", "false", "1", "0"} and {"maker", "buy"} & set(name.split("_")):
        true, false = ("sell", "buy") if "maker" in name else ("buy", "sell")
        found = {"1": true, "0": false} if set(words.values()) <= {"1", "0"} else {"true": true, "false": false}
        options: dict[str, Any] = {"values": found}
        if any(not value.islower() for value in words if value.isalpha()):
            options["ignore_case"] = True
        why = "a flag; was the buyer the maker, the seller took" if "maker" in name else "a flag: whether it was bought"
        return Guess(("column", ""), options, "likely", why)
    known = {value: SIDES[word] for value, word in words.items() if word in SIDES}
    if not known or sum(counts[value] for value in known) < enough * len(values):
        return None
    unknown = [value for value in counts if value not in known]
    other = _other_side(known)
    numbers = all(word.lstrip("+-").isdigit() for word in words.values())
    why = "1 and 2 as in FIX, or 1 and -1" if numbers else ""
    if unknown:
        why = f"not understood, and rejected: {', '.join(sorted(unknown)[:5])}"
    elif other:
        why = f"{', '.join(other)} was not seen"
    return Guess(("column", ""), {"values": {**known, **other}}, "likely" if why else "sure", why)


def _other_side(known: dict[str, str]) -> dict[str, str]:
    """Return the word for the side that a file does not have, where the one for the side that it has tells it."""
    if len(known) != 1:
        return {}
    ((word, side),) = known.items()
    pairs = OPPOSITES if side == "buy" else {sell: buy for buy, sell in OPPOSITES.items()}
    opposite = pairs.get(word.strip().lower())
    if opposite is None:
        return {}
    styled = opposite.upper() if word.isupper() else opposite.title() if word.istitle() else opposite
    return {styled: "sell" if side == "buy" else "buy"}


def kinds_of(values: Sequence[str]) -> tuple[dict[str, str], list[str], list[str], float]:
    """Return what kinds a column's values say, values that are no events, values not understood, and the share read."""
    counts = Counter(values)
    if not counts or len(counts) > _FEW:
        return {}, [], [], 0.0
    told = {value: kind_of(value) for value in counts}
    for value in list(told):
        answered = answered_kind(value)
        if answered is not None and answered not in told.values():
            told[value] = answered  # where nothing else says that it happened
    kinds = {value: kind for value, kind in told.items() if kind}
    skipped = [value for value, kind in told.items() if kind == ""]
    unknown = [value for value, kind in told.items() if kind is None]
    share = sum(counts[value] for value in (*kinds, *skipped)) / len(values)
    return kinds, skipped, unknown, share if kinds else 0.0
