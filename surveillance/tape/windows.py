"""All sliding windows over a tape: aggregates that are the same are computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.extremes import DistinctGroup, ExtremeGroup
from surveillance.tape.groups import Pass, SumGroup
from surveillance.tape.kept import Kept, Meantime
from surveillance.tape.key_columns import KeyColumn, Keys
from surveillance.tape.quantiles import QuantileGroup
from surveillance.tape.revisions import Revisions
from surveillance.tape.rows import Entering, Members, RowClass
from surveillance.tape.tape import Tape

_NO_ROWS = np.zeros(0, dtype=np.int64)


Group: TypeAlias = "SumGroup | ExtremeGroup | DistinctGroup | QuantileGroup"
"""What moves aggregates of the same rows, key, window and anchors."""


class Anchors:
    """The rows about which windows are asked: those of a class that have a key.

    For windows that end at a row these are the rows that have just entered; for windows that start at a row, those
    whose window has now closed.
    """

    def __init__(
        self, of: RowClass, tape: Tape, key: KeyColumn, revisions: Revisions, entering: Entering, horizon: int
    ) -> None:
        self._tape, self._revisions, self._entering, self.horizon = tape, revisions, entering, horizon
        self.of, self.key = of, key
        self.decided = tape.head
        self.rows: NDArray[np.int64] = _NO_ROWS

    def advance(self, end: int) -> None:
        """Find the rows that can be decided now."""
        if not self.horizon:
            self.rows, self.decided = self._entering.rows, end
            return
        limit = max(self._tape.watermark - self.horizon, NULL)
        end = self._tape.first_row_at(limit, self.decided)
        rows = self._entering.members.chosen(self.key, self.decided, end)
        self.rows = self._revisions.standing(rows, self.horizon)
        self.decided = end


@dataclass(frozen=True, slots=True)
class Handle:
    """Where an aggregate's values are to be found after each step."""

    group: Group
    index: int

    @property
    def values(self) -> NDArray[Any]:
        """One value for each anchor, int64; two rows (limbs) for squares."""
        return self.group.values(self.index)


class Windows:
    """Makes windows on request and moves them all.

    Parameters
    ----------
    tape : Tape
        The tape.
    keys : Keys
        Its key columns.
    revisions : Revisions
        Busts and corrections on it.
    """

    def __init__(self, tape: Tape, keys: Keys, revisions: Revisions) -> None:
        self._tape, self._keys, self._revisions = tape, keys, revisions
        self._members: dict[Any, Members] = {}
        self._entering: dict[Any, Entering] = {}
        self._anchors: dict[Any, Anchors] = {}
        self._groups: dict[Any, Group] = {}
        self._meantimes: dict[Any, Meantime] = {}
        self._kept: dict[Any, Kept] = {}
        self.longest = 0

    def members(self, rows: RowClass) -> Members:
        """Return the membership column of a row class."""
        identity = rows.identity
        if identity not in self._members:
            self._members[identity] = Members(self._tape, rows)
        return self._members[identity]

    def _entries(self, rows: RowClass, key: KeyColumn) -> Entering:
        identity = (rows.identity, key.fields)
        if identity not in self._entering:
            self._entering[identity] = Entering(self._tape, self.members(rows), key)
        return self._entering[identity]

    def anchors(self, rows: RowClass, horizon: int) -> Anchors:
        """Return the anchors of a row class, decided `horizon` ns after they entered (0: at once)."""
        identity = (rows.identity, rows.key, horizon)
        if identity not in self._anchors:
            key = self._keys.column(rows.key)
            entering = self._entries(rows, key)
            self._anchors[identity] = Anchors(rows, self._tape, key, self._revisions, entering, horizon)
        return self._anchors[identity]

    def request(self, aggregate: Aggregate, window: Window, anchors: Anchors) -> Handle | Kept:
        """Ask for an aggregate over a window at some anchors; the same request twice is computed once.

        Raises
        ------
        ValueError
            The anchors are decided before the window closes.
        """
        closes = window.length if window.anchor == "start" else 0
        if window.length < 0 or (window.anchor == "start" and not window.length) or closes > anchors.horizon:
            raise ValueError(
                f"a window of {window.length} ns that has its anchor at its {window.anchor} cannot be asked about rows "
                f"that are decided {anchors.horizon} ns after they enter"
            )
        if closes < anchors.horizon:
            return self._keep(aggregate, window, anchors, closes)
        return self._ask(aggregate, window, anchors)

    def _ask(self, aggregate: Aggregate, window: Window, anchors: Anchors) -> Handle:
        """Ask for an aggregate at anchors that are decided when the window closes."""
        rows = aggregate.rows
        key = self._keys.column((*rows.key, *window.partition))
        self.longest = max(self.longest, window.length)
        shared = Pass(self._tape, self._revisions, self._entries(rows, key), key, window, anchors)
        identity: tuple[Any, ...] = (rows.identity, key.fields, window, id(anchors))
        if aggregate.operation in ("min", "max"):
            identity += (aggregate.operation, aggregate.field)
            if identity not in self._groups:
                self._groups[identity] = ExtremeGroup(shared, aggregate)
        elif aggregate.operation == "distinct":
            identity += ("distinct", aggregate.field)
            if identity not in self._groups:
                pairs = self._keys.column((*key.fields, aggregate.field))
                self._groups[identity] = DistinctGroup(shared, pairs)
        elif aggregate.operation == "quantile":
            identity += ("quantile", aggregate.field, aggregate.side)
            if identity not in self._groups:
                self._groups[identity] = QuantileGroup(shared, aggregate.field, aggregate.side)
        elif identity not in self._groups:
            self._groups[identity] = SumGroup(shared)
        group = self._groups[identity]
        if isinstance(group, QuantileGroup):
            return Handle(group, group.add(aggregate.rank))
        return Handle(group, group.add(aggregate) if isinstance(group, SumGroup) else 0)

    def _keep(self, aggregate: Aggregate, window: Window, anchors: Anchors, closes: int) -> Kept:
        """Ask about the rows when the window closes, and keep what is found until they are decided."""
        early = self.anchors(anchors.of, closes)
        handle = self._ask(aggregate, window, early)
        identity = (id(handle.group), handle.index, id(anchors))
        if identity not in self._kept:
            both = (id(early), id(anchors))
            if both not in self._meantimes:
                self._meantimes[both] = Meantime(self._tape, early, anchors)
            columns = tuple(self._tape.new_column("int64") for _ in range(2 if aggregate.operation == "squares" else 1))
            self._kept[identity] = Kept(handle, self._meantimes[both], columns)
        return self._kept[identity]

    def advance(self, low: int, high: int) -> None:
        """Take rows `low` to `high` into all windows and let out what the watermark has passed."""
        revising = low + np.flatnonzero(self._revisions.refers[low:high]) if self._revisions.any else _NO_ROWS
        for entering in self._entering.values():
            entering.advance(high)
        for anchors in self._anchors.values():
            anchors.advance(high)
        for group in self._groups.values():
            group.advance(revising)
        for meantime in self._meantimes.values():
            meantime.advance()
        for kept in self._kept.values():
            kept.advance()

    def forget(self, freed: dict[tuple[str, ...], NDArray[Any]]) -> None:
        """Clear what is kept for keys whose codes were freed."""
        for group in self._groups.values():
            group.forget(freed)

    def give_back(self) -> None:
        """Let go of what no window and no anchor needs any more of columns that are theirs alone."""
        for meantime in self._meantimes.values():
            meantime.give_back()
        for kept in self._kept.values():
            kept.give_back()
        for group in self._groups.values():
            group.give_back()

    @property
    def tails(self) -> int:
        """First row that any window still holds."""
        return min((group.tail for group in self._groups.values()), default=self._tape.end)

    @property
    def overflows(self) -> int:
        """Sums that did not fit 64 bits: values since then cannot be trusted."""
        return sum(int(group.overflows) for group in self._groups.values())

    @property
    def decided(self) -> int:
        """First row that some anchor has not decided yet."""
        return min((anchors.decided for anchors in self._anchors.values()), default=self._tape.end)
