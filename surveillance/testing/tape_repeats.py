"""One line of a tape for many events: ``+0s order A1 IBM buy 100 @ 10 order=B# times=50 every=20ms``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from surveillance.rules.clock import START, read_moment

NAMED: Final = ("times", "every")
"""How often, and how long from one to the next; the ``#`` in a value is the number of the event, from 1."""

MOST: Final = 10_000
"""Most events that one line stands for."""


def repeated(time: int, given: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield what a line stands for, each with its time: itself, or as many as it says.

    Parameters
    ----------
    time : int
        Of the line, ns since 1970-01-01 UTC.
    given : mapping of str to str
        What the line says.

    Raises
    ------
    ValueError
        With the name of the field that cannot be read, and what to write.
    """
    if "times" not in given:
        yield time, dict(given)
        return
    fields = {name: value for name, value in given.items() if name not in NAMED}
    times = int(given["times"]) if given["times"].isdecimal() else 0
    if not 0 < times <= MOST:
        raise ValueError("times", f"write a whole number from 1 to {MOST:,}, such as times=50")
    next_at = read_moment(f"+{given.get('every', '')}")
    if next_at is None:
        raise ValueError("every" if "every" in given else "times", "say how far apart, such as every=20ms")
    for number in range(times):
        numbered = {name: value.replace("#", str(number + 1)) for name, value in fields.items()}
        yield time + number * (next_at - START), numbered
