"""The virtual clock of tests: every tape begins at the same moment of the same day."""

from __future__ import annotations

import re
from typing import Final

from surveillance.rules.units import DURATIONS

VIRTUAL_DAY: Final = 20_458
"""Days from 1970-01-01 to Monday, 5 January 2026: the day on which every tape begins."""

OPENING: Final = 9 * DURATIONS["h"] + 30 * DURATIONS["m"]
"""Time of that day at ``+0m``, ns: 09:30:00 UTC."""

START: Final = VIRTUAL_DAY * DURATIONS["d"] + OPENING
"""``+0m``, ns since 1970-01-01 UTC."""

MOMENT_HINT: Final = "write the time from the start, such as +5m or +1m30s, or on the clock, such as 09:35:00"

_UNIT: Final = "(?:d|h|ms|m|s|us|ns)"
_OFFSET = re.compile(rf"\+(?:[0-9]{{1,9}}{_UNIT})+", re.ASCII)
_PART = re.compile(rf"([0-9]+)({_UNIT})", re.ASCII)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?", re.ASCII)
_MOST: Final = 10_000 * DURATIONS["d"]


def read_moment(text: str) -> int | None:
    """Read a time of the virtual clock, ``+1m30s`` or ``09:31:30``.

    Returns
    -------
    int or None
        ns since 1970-01-01 UTC; None when it is neither.
    """
    if _OFFSET.fullmatch(text):
        offset = sum(int(number) * DURATIONS[unit] for number, unit in _PART.findall(text))
        return START + offset if offset <= _MOST else None
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    seconds = (int(clock[1]) * 60 + int(clock[2])) * 60 + int(clock[3] or 0)
    fraction = int((clock[4] or "").ljust(9, "0"))
    return VIRTUAL_DAY * DURATIONS["d"] + seconds * DURATIONS["s"] + fraction


def show_moment(time: int) -> str:
    """Write a time (ns since 1970 UTC) as an offset from the start of the virtual day: ``+1m30s``."""
    left, text = abs(time - START), ""
    for unit in ("d", "h", "m", "s", "ms", "us", "ns"):
        count, left = divmod(left, DURATIONS[unit])
        text += f"{count}{unit}" if count else ""
    return f"{'-' if time < START else '+'}{text or '0m'}"
