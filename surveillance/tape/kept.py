"""Values of windows that close before their rows are decided: written down until then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveillance.tape.memory import GrowingColumn
from surveillance.tape.tape import Tape

if TYPE_CHECKING:
    from surveillance.tape.windows import Anchors, Handle


class Meantime:
    """The rows whose window has closed and that are not decided yet, in the order of the tape.

    Parameters
    ----------
    tape : Tape
        The tape.
    early, late : Anchors
        The rows when the window closes, and when they are decided; what is decided closed before.
    """

    def __init__(self, tape: Tape, early: Anchors, late: Anchors) -> None:
        self._early, self._late = early, late
        self._rows: GrowingColumn = tape.new_column("int64")
        self.first = self.end = self.undecided = 0
        self.places: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def advance(self) -> None:
        """Take in the rows whose window closed in this step, and find those that are decided in it."""
        self.first, self.end = self.end, self.end + len(self._early.rows)
        self._rows.ensure(self.end)
        rows = self._rows.array
        rows[self.first : self.end] = self._early.rows
        waiting = rows[self.undecided : self.end]
        self.places = self.undecided + np.searchsorted(waiting, self._late.rows)
        self.undecided += int(np.searchsorted(waiting, self._late.decided))

    def give_back(self) -> None:
        """Let go of the rows that are decided."""
        self._rows.give_back(self.undecided)


@dataclass(frozen=True, slots=True)
class Kept:
    """Values that are found when windows close, and read when their rows are decided.

    Parameters
    ----------
    handle : Handle
        Where they are found.
    meantime : Meantime
        The rows.
    columns : tuple of GrowingColumn
        One value a row; two (limbs) for squares.
    """

    handle: Handle
    meantime: Meantime
    columns: tuple[GrowingColumn, ...]

    def advance(self) -> None:
        """Write down what was found in this step."""
        first, end, found = self.meantime.first, self.meantime.end, self.handle.values
        for place, column in enumerate(self.columns):
            column.ensure(end)
            column.array[first:end] = found if len(self.columns) == 1 else found[place]

    def give_back(self) -> None:
        """Let go of what is decided: it is asked about once."""
        for column in self.columns:
            column.give_back(self.meantime.undecided)

    @property
    def group(self) -> Any:
        """The group that finds the values."""
        return self.handle.group

    @property
    def values(self) -> NDArray[Any]:
        """One value for each anchor that is decided now, int64; two rows (limbs) for squares."""
        found = [column.array[self.meantime.places] for column in self.columns]
        return found[0] if len(found) == 1 else np.stack(found)
