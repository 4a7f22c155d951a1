"""Rows of the tape, copied as they join a finding.

The tape gives its pages back while a finding grows, so what it knew of the rows is copied before it does, or when the
finding is complete: column by column, never row by row. Of very many rows the first and the last are kept.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.late import join_texts
from surveillance.events.schema import COLUMN
from surveillance.tape.tape import Tape

MOST: Final = 500
"""Rows that a finding keeps: the first half and the last half of so many."""

IDS: Final = ("order", "parent_order", "trade")
"""Columns of ids, which stay Arrow arrays."""

_HALF: Final = MOST // 2

_NO_ROWS: Final = np.zeros(0, dtype=np.int64)

Block = dict[str, Any]
"""Columns by name: arrays of numpy, and of Arrow for `IDS`, which are left out where no row has one."""


class Copies:
    """The first and the last rows of one finding as the tape had them."""

    __slots__ = ("_head", "_head_size", "_pending", "_tail", "_whole")

    def __init__(self) -> None:
        self._head: list[Block] = []
        self._tail: list[Block] = []
        self._pending = [_NO_ROWS, _NO_ROWS]
        self._head_size = 0
        self._whole: Block | None = None

    def extend(self, rows: NDArray[np.int64]) -> None:
        """Add rows, ascending and all later than those before; they are copied when they have to be."""
        room = max(_HALF - self._head_size, 0)
        head, tail = self._pending
        self._pending = [np.concatenate((head, rows[:room])), np.concatenate((tail, rows[room:]))[-_HALF:]]
        self._head_size += len(rows[:room])
        self._whole = None

    def settle(self, tape: Tape, before: int | None = None) -> None:
        """Copy what was added; with `before`, only if one of the rows comes before it, as the tape forgets those."""
        waiting = [int(rows[0]) for rows in self._pending if len(rows)]
        if not waiting or (before is not None and min(waiting) >= before):
            return
        for blocks, rows in zip((self._head, self._tail), self._pending, strict=True):
            if len(rows):
                blocks.append(_copied(tape, rows))
        self._pending = [_NO_ROWS, _NO_ROWS]
        kept = sum(len(block["time"]) for block in self._tail)
        while self._tail and kept - len(self._tail[0]["time"]) >= _HALF:
            kept -= len(self._tail.pop(0)["time"])

    def whole(self) -> Block:
        """Return all rows that were copied, as one block."""
        if self._whole is None:
            skip = max(sum(len(block["time"]) for block in self._tail) - _HALF, 0)
            first = [_behind(block, skip) for block in self._tail[:1]]
            blocks = [*self._head, *first, *self._tail[1:]]
            names = dict.fromkeys(name for block in blocks for name in block if name not in IDS)
            self._whole = {name: np.concatenate([block[name] for block in blocks]) for name in names}
            ids = join_texts([(len(one["time"]), {name: one[name] for name in IDS if name in one}) for one in blocks])
            self._whole.update(ids)
        return self._whole


def _behind(block: Block, skip: int) -> Block:
    """Return a block without its first rows."""
    return {name: values[skip:] for name, values in block.items()} if skip else block


def _copied(tape: Tape, rows: NDArray[np.int64]) -> Block:
    block = {name: tape[name][rows] for name in tape.columns if name in COLUMN}
    ids = ((name, tape.ids(name, rows)) for name in IDS)
    return {**block, **{name: found for name, found in ids if found is not None}}
