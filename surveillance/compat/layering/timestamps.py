"""Times as Layering Analytics reads and writes them: all that Python 3.11 takes for ISO 8601, on any Python.

What the newest Python takes differs from what 3.11 took, and 3.10 takes much less. So the text is read here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - offsets are kept beside local times
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400
_MILLION: Final = 1_000_000


class Stamp(NamedTuple):
    """A time and how it was written.

    Parameters
    ----------
    instant : int
        Microseconds since 1970 in UTC; on the clock of the text where it names no offset.
    offset : int or None
        Microseconds that the clock of the text is ahead of UTC; None where the text names none.
    """

    instant: int
    offset: int | None

    def isoformat(self) -> str:
        """Return the text that Python's `datetime.isoformat` gives."""
        local = _EPOCH + timedelta(microseconds=self.instant + (self.offset or 0))
        return local.isoformat() + offset_text(self.offset)


def offset_text(offset: int | None) -> str:
    """Return ``+HH:MM``, with seconds where there are any; nothing for None."""
    if offset is None:
        return ""
    sign, rest = "+" if offset >= 0 else "-", abs(offset)
    seconds, micros = divmod(rest, _MILLION)
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60 or micros:
        text += f":{seconds % 60:02}"
    return f"{text}.{micros:06}" if micros else text


def read_stamp(text: str) -> Stamp:
    """Read a time.

    Parameters
    ----------
    text : str
        Without spaces around it.

    Raises
    ------
    ValueError
        It is none.
    """
    if text.endswith("Z"):
        text = text[:-1] + "+00:00"
    data = text.encode()
    if len(data) < 7:
        raise ValueError("too short")
    split = _date_length(data)
    ordinal = _date(data, split)
    clock, offset = (0, 0, 0, 0), None
    if len(data) > split:
        # The separator may be any character; of several bytes all but the first have the form 10xxxxxx.
        first = split + 1
        while first < len(data) and data[split] >= 0x80 and data[first] & 0xC0 == 0x80:
            first += 1
        clock, offset = _time(data[first:])
    hour, minute, second, micro = clock
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no such time of day")
    seconds = (ordinal - _EPOCH_DAY) * _DAY + hour * 3600 + minute * 60 + second
    return Stamp(seconds * _MILLION + micro - (offset or 0), offset)


def _date_length(data: bytes) -> int:  # noqa: PLR0911 - a way out for each form
    """Return how many bytes the date takes; where the text is ambiguous, the likelier reading."""
    size = len(data)
    if size == 7:
        return 7
    if data[4] == ord("-"):
        if data[5] != ord("W"):
            return 10
        if size > 8 and data[8] == ord("-"):
            if size == 9:
                raise ValueError("a week that ends in a hyphen")
            return 8 if size > 10 and _is_digit(data[10]) else 10
        return 8
    if data[4] != ord("W"):
        return 8
    digits = 7
    while digits < size and _is_digit(data[digits]):
        digits += 1
    if digits < 9:
        return digits
    return 7 if digits % 2 == 0 else 8


def _date(data: bytes, size: int) -> int:
    """Return the ordinal of the date in the first `size` bytes."""
    year = _digits(data, 0, 4)
    hyphen = data[4:5] == b"-"
    place = 5 if hyphen else 4
    if data[place : place + 1] == b"W":
        week = _digits(data, place + 1, 2)
        place += 3
        day = 1
        if place < size:
            if hyphen:
                _expect(data, place, b"-")
                place += 1
            day = _digits(data, place, 1)
        return date.fromisocalendar(year, week, day).toordinal()
    month = _digits(data, place, 2)
    place += 2
    if hyphen:
        _expect(data, place, b"-")
        place += 1
    day = _digits(data, place, 2)
    if place + 2 != size:
        raise ValueError("no date")
    return date(year, month, day).toordinal()


def _time(data: bytes) -> tuple[tuple[int, int, int, int], int | None]:
    """Read the time of day and the offset in microseconds."""
    mark = next((place for place, byte in enumerate(data) if byte in b"+-Z"), len(data))
    clock, ended = _clock(data, 0, mark)
    if mark == len(data):
        if not ended:
            raise ValueError("something follows the time")
        return clock, None
    if data[mark] == ord("Z"):
        if data[mark + 1 : mark + 2] not in (b"", b"\0"):
            raise ValueError("something follows the Z")
        return clock, 0
    (hours, minutes, seconds, micros), ended = _clock(data, mark + 1, len(data))
    if not ended:
        raise ValueError("something follows the offset")
    whole = hours * 3600 + minutes * 60 + seconds
    if whole == 0:  # an offset of less than a second is taken for none
        return clock, 0
    offset = whole * _MILLION + micros
    if offset >= _DAY * _MILLION:
        raise ValueError("an offset of a day or more")
    return clock, -offset if data[mark] == ord("-") else offset


def _clock(data: bytes, place: int, end: int) -> tuple[tuple[int, int, int, int], bool]:
    """Read ``HH[:MM[:SS[.fraction]]]`` with or without colons, and tell whether the text ends behind it."""
    values = [0, 0, 0]
    colons = True
    for part in range(3):
        values[part] = _digits(data, place, 2)
        place += 2
        mark = data[place : place + 1]
        place += 1
        if part == 0:
            colons = mark == b":"
        if place >= end:
            return (values[0], values[1], values[2], 0), mark in (b"", b"\0")
        if colons and mark == b":":
            continue
        if mark in (b".", b","):
            break
        if colons:
            raise ValueError("a wrong separator")
        place -= 1
    size = min(end - place, 6)
    micros = _digits(data, place, size) * 10 ** (6 - size)
    place += size
    while data[place : place + 1].isdigit():
        place += 1
    return (values[0], values[1], values[2], micros), data[place : place + 1] in (b"", b"\0")


def _digits(data: bytes, place: int, size: int) -> int:
    found = data[place : place + size]
    if len(found) != size or not found.isdigit():
        raise ValueError("not a number")
    return int(found)


def _is_digit(byte: int) -> bool:
    return 48 <= byte <= 57


def _expect(data: bytes, place: int, wanted: bytes) -> None:
    if data[place : place + 1] != wanted:
        raise ValueError(f"{wanted.decode()} is missing")
