"""The session of each row: a number that changes with the trading day and at each close that the feed marks."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.schema import Kind, Mark
from surveillance.kernel import kernel
from surveillance.tape.tape import Tape

PER_DAY: Final = 8
"""Sessions that a trading day can have at one venue."""

_MARK, _CLOSE = int(Kind.MARK), int(Mark.SESSION_CLOSE)
_I1, _I4 = nb.int8[::1], nb.int32[::1]


@kernel(nb.void(nb.int64, nb.int64, _I1, _I1, _I4, _I4, _I4, nb.int64[:, ::1]), allocates=False)
def _number(
    low: int, high: int, kind: NDArray[Any], mark: NDArray[Any], venue: NDArray[Any], day: NDArray[Any],
    session: NDArray[Any], state: NDArray[Any],
) -> None:  # fmt: skip
    """Count sessions by venue; a close without a venue closes all. `state` holds (day, closes) by venue."""
    for row in range(low, high):
        place = venue[row]
        if state[place, 0] != day[row]:
            state[place, 0], state[place, 1] = day[row], 0
        if state[0, 0] != day[row]:
            state[0, 0], state[0, 1] = day[row], 0
        closes = state[place, 1] + (state[0, 1] if place != 0 else 0)
        session[row] = day[row] * PER_DAY + min(closes, PER_DAY - 1)
        if kind[row] == _MARK and mark[row] == _CLOSE:
            state[place, 1] += 1


class Sessions:
    """Fills the tape's `session` column where a detector needs it.

    The row of a close mark still belongs to the session that it ends.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._state = np.zeros((64, 2), dtype=np.int64)
        if "session" in tape.columns:
            tape.on_append(self._fill)

    def _fill(self, _batch: EventBatch, first: int, end: int) -> None:
        tape = self._tape
        venues = len(tape.dictionaries["venue"])
        if venues > len(self._state):
            state = np.zeros((2 * venues, 2), dtype=np.int64)
            state[: len(self._state)] = self._state
            self._state = state
        _number(
            first, end, tape["kind"], tape["mark"], tape["venue"], tape["trading_day"], tape["session"], self._state
        )
