"""Busts and corrections: appended rows that name the trade they revise; nothing on the tape is ever edited.

A revision finds its trade by trade id among the rows that the tape still holds. One that names no side revises
every side of the trade, and stands on the tape once for each. One that names a venue, an instrument or an account means
the trade that has the id there: no correction moves a trade to another key. What it leaves out keeps its value, and
what was busted stays busted.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.conversion import Exchange
from surveillance.events.schema import COLUMN, Kind
from surveillance.tape.corrected_money import CorrectedMoney
from surveillance.tape.order import END
from surveillance.tape.tape import Tape
from surveillance.tape.trade_index import BUCKETS, TradeIndex, buckets_of

_REVISING: Final = (int(Kind.BUST), int(Kind.CORRECT))
_NOTHING: Final = np.zeros(1, dtype=np.int32)
_NAMED: Final = ("side", "venue", "instrument", "account")
_OWN: Final = frozenset({"time", "source", "position", "kind", "trading_day", "session"})


class Revisions:
    """Which rows were revised, and by which.

    ``revised[r]`` is the distance from row `r` to the row that revises it next, ``refers[r]`` the distance back
    from a revision to the version that it replaces; 0 is none.

    Parameters
    ----------
    tape : Tape
        The tape.
    exchange : Exchange or None
        Converts money that a correction changes; without it money in the base currency is left alone.
    """

    def __init__(self, tape: Tape, exchange: Exchange | None = None) -> None:
        self._tape, self._money = tape, CorrectedMoney(tape, exchange)
        self._revised, self._refers = tape.derive("int32"), tape.derive("int32")
        self.any = False
        self.unmatched = 0
        self._targets: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._waves: list[dict[int, int]] = []
        self._buckets: NDArray[np.int64] | None = None
        self._index: TradeIndex | None = None
        tape.on_append(self._note, first=True)

    @property
    def revised(self) -> NDArray[np.int32]:
        """Distance to the revision of each row; one zero while there are none."""
        return self._revised.array if self.any else _NOTHING

    @property
    def refers(self) -> NDArray[np.int32]:
        """Distance back to the version that each row replaces; one zero while there are none."""
        return self._refers.array if self.any else _NOTHING

    def standing(self, rows: NDArray[np.int64], horizon: int) -> NDArray[np.int64]:
        """Return those of `rows` that were not busted within `horizon` ns of their time."""
        if not self.any or not len(rows):
            return rows
        latest = self.latest(rows, self._tape["time"][rows] + horizon)
        stand: NDArray[np.int64] = rows[self._tape["kind"][latest] != int(Kind.BUST)]
        return stand

    def latest(self, rows: NDArray[np.int64], until: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Return the version of each row that holds at a time (ns) at or after its own, that time included."""
        time, revised = self._tape["time"], self._revised.array
        latest: NDArray[np.int64] = rows.copy()
        moving = np.flatnonzero(revised[rows])
        times = np.broadcast_to(until, rows.shape)
        while len(moving):
            before = latest[moving]
            after = before + revised[before]
            moves = (after != before) & (time[after] <= times[moving])
            moving = moving[moves]
            latest[moving] = after[moves]
        return latest

    def _newest(self, row: int) -> int:
        """Return the version of a trade row that holds now."""
        return int(self.latest(np.array([row]), END)[0])

    def prepare(self, batch: EventBatch) -> EventBatch:
        """Match the revisions of a batch to their trades, before it is appended.

        Returns
        -------
        EventBatch
            The batch, with a revision of several sides standing once for each. Revisions whose trade is not on the
            tape, or was busted before, stay, revise nothing and are counted.
        """
        kinds = batch.column("kind")
        revising = np.flatnonzero((kinds == _REVISING[0]) | (kinds == _REVISING[1]))
        self._targets, self._waves, self._buckets = np.full(len(batch), -1, dtype=np.int64), [], None
        if not len(revising):
            return batch
        self._switch_on()
        matches = self._matches(batch, revising)
        repeat = np.ones(len(batch), dtype=np.int64)
        repeat[revising] = [max(1, len(found)) for found in matches]
        new_row = np.cumsum(repeat) - repeat
        if repeat.max() > 1:
            source_row = np.repeat(np.arange(len(batch)), repeat)
            batch = batch.take(source_row)
            self._buckets = None if self._buckets is None else self._buckets[source_row]
        self._targets = np.full(len(batch), -1, dtype=np.int64)
        newest: dict[int, int] = {}
        for row, found in zip(revising.tolist(), matches, strict=True):
            standing = 0
            for copy, (in_batch, root) in enumerate(found):
                place = int(new_row[row]) + copy
                root_row = self._tape.end + int(new_row[root]) if in_batch else root
                before = newest.get(root_row, root_row if in_batch else self._newest(root))
                self._plan(self._tape.end + place, before)
                if self._kind(batch, before) == int(Kind.BUST):
                    continue
                standing += 1
                self._targets[place] = before
                newest[root_row] = self._tape.end + place
            self.unmatched += not standing
        return batch

    def _plan(self, row: int, before: int) -> None:
        """Note what a revision inherits from; a revision of a revision comes in a later wave."""
        wave = next((number + 1 for number, wave in enumerate(self._waves) if before in wave), 0)
        if wave == len(self._waves):
            self._waves.append({})
        self._waves[wave][row] = before

    def _kind(self, batch: EventBatch, row: int) -> int:
        """Return the kind of a row of the tape, or of the batch that comes next."""
        return int(self._tape["kind"][row] if row < self._tape.end else batch.columns["kind"][row - self._tape.end])

    def _switch_on(self) -> None:
        if not self.any:
            self.any = True
            self._revised.ensure(self._tape.end)
            self._refers.ensure(self._tape.end)
            self._index = TradeIndex(self._tape)

    def _matches(self, batch: EventBatch, revising: NDArray[np.int64]) -> list[list[tuple[bool, int]]]:
        """Return for each revision the trade rows that it names, as (in this batch, row)."""
        trades = batch.texts.get("trade")
        if trades is None or self._index is None:
            return [[] for _ in revising]
        buckets = self._buckets = buckets_of(trades)
        named = np.zeros(BUCKETS + 1, dtype=np.bool_)
        named[buckets[revising]] = True
        named[0] = False
        alike: dict[int, list[int]] = {}
        for row in np.flatnonzero(named[buckets]).tolist():
            alike.setdefault(int(buckets[row]), []).append(row)
        said = {column: batch.columns[column][revising].tolist() for column in _NAMED if column in batch.columns}
        found = []
        for number, row in enumerate(revising.tolist()):
            name, bucket = trades[row].as_py(), int(buckets[row])
            wanted = {str(column): codes[number] for column, codes in said.items() if codes[number]}
            old = self._index.rows(name, bucket) if name else []
            new = [one for one in alike[bucket] if one < row and trades[one].as_py() == name] if name else []
            found.append(
                [(False, one) for one in old if _means(wanted, self._tape.columns, self._tape, one)]
                + [(True, one) for one in new if _means(wanted, batch.columns, batch.columns, one)]
            )
        return found

    def _note(self, batch: EventBatch, first: int, end: int) -> None:
        if self._index is None:
            return
        if "trade" in batch.texts:
            self._index.add(buckets_of(batch.texts["trade"]) if self._buckets is None else self._buckets, first)
        self._revised.ensure(end)
        self._refers.ensure(end)
        places = np.flatnonzero(self._targets >= 0)
        rows, before = first + places, self._targets[places]
        self._refers.array[rows] = self._revised.array[before] = rows - before
        for wave in self._waves:
            self._inherit(np.array(list(wave)), np.array(list(wave.values())))

    def _inherit(self, rows: NDArray[np.int64], before: NDArray[np.int64]) -> None:
        """Fill what revisions leave out from the versions that they replace."""
        said = self._money.said(rows)
        for name, column in self._tape.columns.items():
            if name in _OWN or name not in COLUMN:
                continue
            array = column.array
            left_out = array[rows] == COLUMN[name].null_value
            array[rows] = array[before] if name == "terms" else np.where(left_out, array[before], array[rows])
        self._money.settle(rows, before, said)


def _means(wanted: Mapping[str, int], known: Container[str], values: Any, row: int) -> bool:
    """Tell whether a row is a trade that contradicts nothing of what a revision names; 0 is not known."""
    if values["kind"][row] != int(Kind.TRADE):
        return False
    return all(name not in known or int(values[name][row]) in (0, code) for name, code in wanted.items())
