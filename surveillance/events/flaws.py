"""What is wrong with the rows of a block: the first flaw of each row, and how to tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.decimals import ABSENT, BAD, OK, RANGE, TOO_MANY
from surveillance.events.raw import as_text
from surveillance.events.times import NO_ZONE, SKIPPED_TIME, TWICE

OnReject = Callable[[dict[str, Any]], None]
"""Takes a reject: source, position, line, field, code, reason, raw."""

RAW_CHARACTERS = 4096
"""Longest raw record that a reject shows; position and line lead to the rest."""


@dataclass(slots=True)
class Counts:
    """What became of the records of a source.

    Always ``rows_read + added == events + rejected + filtered + duplicates``.

    Parameters
    ----------
    rows_read, events, filtered : int
        Records found, those that became events, and those that the profile says are none.
    added : int
        Events beyond the first of a record: the other sides of two-sided trades.
    duplicates : int
        Events that had come before.
    reasons : dict of str to int
        Rejected records by reason code.
    """

    rows_read: int = 0
    events: int = 0
    filtered: int = 0
    added: int = 0
    duplicates: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """All records that could not be used."""
        return sum(self.reasons.values())

    def reject(self, code: str, rows: int = 1) -> None:
        """Count rejected records."""
        self.reasons[code] = self.reasons.get(code, 0) + rows

    def repeat(self, rows: int) -> None:
        """Count events as duplicates that were counted as events."""
        self.events -= rows
        self.duplicates += rows

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as plain values for JSON."""
        return {
            "rows_read": self.rows_read,
            "events": self.events,
            "rejected": self.rejected,
            "filtered": self.filtered,
            "added": self.added,
            "duplicates": self.duplicates,
            "reasons": dict(sorted(self.reasons.items())),
        }


@dataclass(frozen=True, slots=True)
class _Flaw:
    field: str
    code: str
    reason: str
    column: Any


class Flaws:
    """The first flaw of each row of a block.

    Parameters
    ----------
    rows : int
        Rows of the block.
    """

    __slots__ = ("_found", "_number")

    def __init__(self, rows: int) -> None:
        self._number: NDArray[np.int16] | None = None
        self._found: list[_Flaw] = [_Flaw("", "", "", rows)]

    def add(self, rows: NDArray[np.bool_], name: str, code: str, reason: str, column: Any = None) -> None:
        """Note a flaw of some rows; `column` holds the values to show."""
        if not rows.any():
            return
        if self._number is None:
            self._number = np.zeros(self._found[0].column, np.int16)
        self._number[rows & (self._number == 0)] = len(self._found)
        self._found.append(_Flaw(name, code, reason, column))

    def add_states(self, states: NDArray[np.uint8], name: str, column: Any) -> None:
        """Note what reading numbers or times found."""
        if len(states) and states.max() > ABSENT:
            what = "time" if name == "time" else "number"
            for state, (code, reason) in _STATES.items():
                self.add(states == state, name, code.format(what), reason.format(what), column)

    def rows(self) -> NDArray[np.bool_] | None:
        """Return the mask of rows with a flaw; None when there is none."""
        return None if self._number is None else self._number > 0

    def describe(self, row: int) -> tuple[str, str, str]:
        """Return field, code and reason of a row's flaw."""
        assert self._number is not None
        flaw = self._found[int(self._number[row])]
        if flaw.column is None:
            return flaw.field, flaw.code, flaw.reason
        shown = as_text(flaw.column[row : row + 1] if not hasattr(flaw.column, "starts") else flaw.column)
        text = shown.at(row if hasattr(flaw.column, "starts") else 0)
        return flaw.field, flaw.code, f"{text[:200]!r} {flaw.reason}"


_STATES = {
    BAD: ("bad-{}", "is not a {}"),
    TOO_MANY: ("too-many-decimals", "has more decimals than the instrument's scale"),
    RANGE: ("out-of-range", "is out of range"),
    NO_ZONE: ("time-without-zone", "has no offset, and the feed profile names no zone"),
    SKIPPED_TIME: ("skipped-local-time", "is a time that the zone's clock skipped"),
    TWICE: ("ambiguous-local-time", "is a time that the zone's clock showed twice"),
}
assert OK not in _STATES
