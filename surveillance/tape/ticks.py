"""Anchors on a schedule: at each tick, every key that was active since the last one is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import Kind, Mark
from surveillance.tape.order import END
from surveillance.tape.tape import Tape

AT_CLOSE: Final = "session_close"

SCOPES: Final = ("calendar", "venue", "instrument")
"""What a mark can be about: rows that have the same, or all rows where it names none. A mark with a calendar is about
all venues of that calendar."""

_FEW_ROWS: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a scheduled detector is asked.

    Parameters
    ----------
    every : int
        ns between ticks, counted from 1970-01-01 UTC; 0 when ticks come from marks.
    mark : str
        Kind of mark on the tape at which it is asked; empty when ticks come from the clock.
    """

    every: int = 0
    mark: str = ""


class Ticks:
    """Pairs of tick and key: the last row of each key that was active since the tick before.

    A tick at time T is decided once the watermark is past T, and sees rows with times up to T.

    Parameters
    ----------
    tape : Tape
        The tape.
    active : Anchors
        Rows whose keys count as active.
    schedule : Schedule
        When ticks come.
    """

    def __init__(self, tape: Tape, active: Any, schedule: Schedule) -> None:
        self._tape, self._active, self._schedule = tape, active, schedule
        self.key = active.key
        self.rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.times: NDArray[np.int64] = self.rows
        self.decided = tape.head
        self._waiting: NDArray[np.int64] = self.rows
        self._alive = 0

    def advance(self) -> None:
        """Find the ticks that the watermark has passed since the last step, and the keys active before each."""
        tape = self._tape
        self._waiting = np.concatenate((self._waiting, self._active.rows))
        times = tape["time"][self._waiting]
        if self._schedule.every:
            tick = -(-times // self._schedule.every) * self._schedule.every
        else:
            tick = next_mark(tape, self._waiting, times, self._schedule.mark)
        done = (tick >= 0) & (tick < tape.watermark)
        ready, at = self._waiting[done], tick[done]
        self._waiting = self._only_newest(self._waiting[~done], tick[~done])
        self.decided = int(self._waiting[0]) if len(self._waiting) else tape.end
        chosen = _last_of_each(at, self.key.array[ready])
        by_time = np.lexsort((ready[chosen], at[chosen]))
        self.rows, self.times = ready[chosen][by_time], at[chosen][by_time]

    def _only_newest(self, rows: NDArray[np.int64], tick: NDArray[np.int64]) -> NDArray[np.int64]:
        """Leave out rows that wait for the same tick as a later one of their key: only the last is asked about."""
        if len(rows) < 2 * self._alive + _FEW_ROWS:
            return rows
        scopes = () if self._schedule.every else [_scope(self._tape, name, rows) for name in SCOPES]
        newest: NDArray[np.int64] = np.sort(rows[_last_of_each(tick, self.key.array[rows], *scopes)])
        self._alive = len(newest)
        return newest

    @property
    def decided_time(self) -> int:
        """All rows with a time before this have had their tick, ns."""
        if len(self._waiting) and self._tape.watermark != END:  # at the end no mark can come any more
            return int(self._tape["time"][self._waiting[0]])
        return self._tape.watermark


def _last_of_each(*same: NDArray[Any]) -> NDArray[np.int64]:
    """Return the places of the last rows that agree in all columns."""
    order = np.lexsort(same)  # stable: of equal ones the last comes last
    last = np.ones(len(order), dtype=np.bool_)
    if len(order):
        last[:-1] = np.any([column[order][1:] != column[order][:-1] for column in same], axis=0)
    return order[last]


def next_mark(tape: Tape, rows: NDArray[np.int64], times: NDArray[np.int64], mark: str) -> NDArray[np.int64]:
    """Return the time of the first mark at or after each row that concerns it; -1 where none has come yet.

    Parameters
    ----------
    tape : Tape
        The tape.
    rows : ndarray of int64
        Rows, ascending.
    times : ndarray of int64
        Their times, ns.
    mark : str
        Kind of mark.
    """
    found = np.full_like(times, END)
    low = tape.first_row_at(int(times[0])) if len(times) else tape.end  # marks before a row of equal time count too
    kinds, marks = tape["kind"][low : tape.end], tape["mark"][low : tape.end]
    wanted = int(Mark[mark.upper()])
    chosen = low + np.flatnonzero((kinds == int(Kind.MARK)) & (marks == wanted))
    scopes = np.stack([_scope(tape, name, chosen) for name in SCOPES], axis=1)
    for scope in np.unique(scopes, axis=0):
        at = tape["time"][chosen[(scopes == scope).all(axis=1)]]
        place = np.searchsorted(at, times, side="left")
        concerned = place < len(at)
        for name, code in zip(SCOPES, scope.tolist(), strict=True):
            if code:
                concerned &= _scope(tape, name, rows) == code
        found[concerned] = np.minimum(found[concerned], at[place[concerned]])
    found[found == END] = -1
    return found


def _scope(tape: Tape, name: str, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return a column of what marks are about; 0 where the tape does not have it, or a calendar stands for it."""
    if name not in tape.columns:
        return np.zeros(len(rows), np.int32)
    codes: NDArray[np.int32] = tape[name][rows]
    if name != "calendar" and "calendar" in tape.columns:
        marks = tape["kind"][rows] == int(Kind.MARK)
        return np.where(marks & (tape["calendar"][rows] != 0), 0, codes)
    return codes
