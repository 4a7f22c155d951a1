"""Anchors on a schedule: at each tick, every key that was active since the last one is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL, Kind, Mark
from surveillance.kernel import kernel
from surveillance.tape.order import END
from surveillance.tape.tape import Tape

AT_CLOSE: Final = "session_close"

SCOPES: Final = ("calendar", "venue", "instrument")
"""What a mark can be about: rows that have the same, or all rows where it names none. A mark with a calendar is about
all venues of that calendar."""

_FEW_ROWS: Final = 1 << 14
"""So many rows more than are needed may lie before the older ones of each key go."""

_NONE: Final = np.zeros(0, dtype=np.int64)


IntArray = NDArray[np.int64]


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
        self.rows = self.times = _NONE
        self.decided = tape.head
        self._waiting = self._tick = _NONE
        self._fresh: list[IntArray] = []  # none is empty
        self._lying = 0
        self._newest_mark, self._mark_time = -1, NULL
        self._any_found = False
        self._alive = 0
        self._seen = tape.new_column("int64")

    def advance(self) -> None:
        """Find the ticks that the watermark has passed since the last step, and the keys active before each."""
        tape = self._tape
        if len(self._active.rows):
            self._fresh.append(self._active.rows)
            self._lying += len(self._active.rows)
        if self._nothing_comes():
            self.rows = self.times = _NONE
            self._note_first()
            return
        fresh = np.concatenate(self._fresh) if self._fresh else _NONE
        self._fresh, self._lying = [], 0
        self._waiting = np.concatenate((self._waiting, fresh))
        self._tick = np.concatenate((self._tick, self._tick_of(fresh)))
        done = (self._tick >= 0) & (self._tick < tape.watermark)
        ready, at = self._waiting[done], self._tick[done]
        self._waiting, self._tick = self._waiting[~done], self._tick[~done]
        self._any_found = bool((self._tick >= 0).any())
        self._let_older_go()
        self._note_first()
        ready, at = self._newest(ready, [at])
        # the last row of each (tick, key): rows ascend, so it is the last of equal ones in a stable sort
        keys = self.key.array[ready]
        order = np.lexsort((keys, at))
        newest = np.ones(len(order), dtype=np.bool_)
        newest[:-1] = (keys[order][1:] != keys[order][:-1]) | (at[order][1:] != at[order][:-1])
        chosen = order[newest]
        by_time = np.lexsort((ready[chosen], at[chosen]))
        self.rows, self.times = ready[chosen][by_time], at[chosen][by_time]

    def _tick_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the tick of each row; -1 where no mark has come yet."""
        times = self._tape["time"][rows]
        if self._schedule.every:
            return -(-times // self._schedule.every) * self._schedule.every
        return next_mark(self._tape, rows, times, self._schedule.mark)

    def _look_again(self) -> bool:
        """Find the ticks of the rows that wait for a mark, if one has come; tell whether one has."""
        newest = int(self._tape.marks[-1]) if len(self._tape.marks) else -1
        if self._schedule.every or newest <= self._newest_mark:
            return False
        self._newest_mark, self._mark_time = newest, int(self._tape["time"][newest])
        self._tick = self._tick_of(self._waiting)
        return True

    def _nothing_comes(self) -> bool:
        """Tell whether no row can have its tick in this step, and there are not too many to let them lie."""
        if self._look_again() or self._lying >= self._alive + _FEW_ROWS:
            return False
        time, every = self._tape["time"], self._schedule.every
        if every:
            first = self._first()
            return first is None or -(-int(time[first]) // every) * every >= self._tape.watermark
        # a mark counts for rows of its own time that come after it as well
        at_mark = bool(self._fresh) and int(time[self._fresh[0][0]]) <= self._mark_time
        return not at_mark and not self._any_found

    def _first(self) -> int | None:
        """Return the first row that has had no tick."""
        if len(self._waiting):
            return int(self._waiting[0])
        return int(self._fresh[0][0]) if self._fresh else None

    def _note_first(self) -> None:
        """Note how far rows have had their ticks."""
        first = self._first()
        self.decided = self._tape.end if first is None else first

    def _let_older_go(self) -> None:
        """Let go of rows that wait for the same tick as a later one of their key: only the last is asked about."""
        rows = self._waiting
        if len(rows) < 2 * self._alive + _FEW_ROWS:
            return
        scopes = [] if self._schedule.every else [_scope(self._tape, name, rows) for name in SCOPES]
        self._waiting, self._tick = self._newest(rows, [self._tick, *scopes])
        self._alive = len(self._waiting)

    def _newest(self, rows: IntArray, same: list[NDArray[Any]]) -> tuple[IntArray, IntArray]:
        """Leave out most rows that a later one of their key agrees with; return the others, and the first of `same`."""
        self._seen.ensure(self.key.size)
        stays = np.empty(len(rows), dtype=np.bool_)
        newest_of_each(self.key.array[rows], np.array(same, dtype=np.int64), self._seen.array, stays)
        return rows[stays], same[0][stays]

    @property
    def decided_time(self) -> int:
        """All rows with a time before this have had their tick, ns."""
        if self.decided < self._tape.end and self._tape.watermark != END:  # at the end no mark can come any more
            return int(self._tape["time"][self.decided])
        return self._tape.watermark


@kernel(nb.void(nb.int32[::1], nb.int64[:, ::1], nb.int64[::1], nb.boolean[::1]), allocates=False)
def newest_of_each(keys: NDArray[Any], same: NDArray[Any], seen: NDArray[Any], stays: NDArray[Any]) -> None:
    """Tell which rows are followed by none of their key that agrees in all of `same`; a few others may stay as well.

    Parameters
    ----------
    keys : ndarray of int32
        Key of each row.
    same : ndarray of int64, shape (n, rows)
        What else must agree.
    seen : ndarray of int64
        By key; zeros, and zeros again afterwards.
    stays : ndarray of bool
        Receives the answer.
    """
    for place in range(keys.shape[0] - 1, -1, -1):
        later = seen[keys[place]] - 1
        stays[place] = later < 0
        for one in range(same.shape[0]):
            stays[place] |= later >= 0 and same[one, place] != same[one, later]
        if stays[place]:
            seen[keys[place]] = place + 1
    for place in range(keys.shape[0]):
        seen[keys[place]] = 0


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
    chosen = tape.marks[np.searchsorted(tape.marks, low) :]
    chosen = chosen[tape["mark"][chosen] == int(Mark[mark.upper()])]
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
