"""The session of each row: as its calendar says, else a number that changes with the day and at each marked close."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.calendar import SESSIONS_A_DAY
from surveillance.events.schema import Kind, Mark
from surveillance.kernel import kernel
from surveillance.tape.tape import Tape

PER_DAY: Final = SESSIONS_A_DAY

_DAYS: Final = 4  # that overlap: while one market closes, another lives in its next day

_MARK, _CLOSE = int(Kind.MARK), int(Mark.SESSION_CLOSE)
_I1, _I4 = nb.int8[::1], nb.int32[::1]


@kernel(allocates=False)
def _closes(place: int, today: int, day: NDArray[Any], closes: NDArray[Any]) -> int:
    """Return how often a venue has closed on a day."""
    slot = today % _DAYS
    if day[place, slot] != today:
        day[place, slot], closes[place, slot] = today, 0
    return int(closes[place, slot])


@kernel(nb.void(nb.int64, nb.int64, _I1, _I1, _I4, _I4, _I4, nb.int64[:, ::1], nb.int64[:, ::1]), allocates=False)
def _number(
    low: int, high: int, kind: NDArray[Any], mark: NDArray[Any], venue: NDArray[Any], today: NDArray[Any],
    session: NDArray[Any], day: NDArray[Any], closes: NDArray[Any],
) -> None:  # fmt: skip
    """Count sessions by venue where no calendar does; a close without a venue closes all. `closes`: by venue, `day`."""
    for row in range(low, high):
        if session[row] != 0:
            continue  # its calendar has said it
        place = venue[row]
        count = _closes(place, today[row], day, closes)
        if place != 0:
            count += _closes(0, today[row], day, closes)
        session[row] = today[row] * PER_DAY + min(count, PER_DAY - 1)
        if kind[row] == _MARK and mark[row] == _CLOSE:
            closes[place, today[row] % _DAYS] += 1


class Sessions:
    """Fills the tape's `session` column where a detector needs it.

    The row of a close mark still belongs to the session that it ends.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._day = np.zeros((64, _DAYS), dtype=np.int64)
        self._closes = np.zeros((64, _DAYS), dtype=np.int64)
        if "session" in tape.columns:
            tape.on_append(self._fill)

    def _fill(self, _batch: EventBatch, first: int, end: int) -> None:
        tape = self._tape
        venues = len(tape.dictionaries["venue"])
        if venues > len(self._day):
            more = ((0, 2 * venues - len(self._day)), (0, 0))
            self._day, self._closes = np.pad(self._day, more), np.pad(self._closes, more)
        _number(
            first, end, tape["kind"], tape["mark"], tape["venue"], tape["trading_day"], tape["session"], self._day,
            self._closes,
        )  # fmt: skip
