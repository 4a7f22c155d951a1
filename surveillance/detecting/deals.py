"""The helper for detectors that ask who deals with whom: pairs, groups and rings of accounts."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.decided import Decided
from surveillance.detecting.schedule import ScheduledDetector
from surveillance.events.schema import Kind
from surveillance.tape.deal_kernels import STANDING
from surveillance.tape.deals import COLUMNS, Deals

IntArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that belong together in one instrument, and the deals that show it.

    Parameters
    ----------
    deals : ndarray of int64
        Places of their deals among those of the window; at least one.
    measures : mapping of str to int
        Each measure in its own whole-number unit.
    """

    deals: IntArray
    measures: Mapping[str, int]


class DealDetector(ScheduledDetector):
    """A detector that is asked at ticks about all deals of a window, both sides of each brought together.

    `Params` has ``every`` or ``mark``, and ``window`` (ns). `groups` returns what belongs together; each group becomes
    a candidate in the name of the account (or what else the key begins with) that was in its earliest deal, with the
    rows of all its deals, both sides, as events: so a finding names every member. A group is a candidate at the ticks
    before which it has dealt anew. The key is (account, instrument), or begins with another column that all members
    share, such as their owner.
    """

    anchor = Kind.TRADE

    @property
    def reads(self) -> set[str]:
        """Columns by which sides are brought together, and those it declares."""
        return super().reads | set(COLUMNS)

    def look_back(self) -> int:
        """Return the window, and how long before a deal the entry of an order counts."""
        return int(self.p.window) + STANDING

    @abc.abstractmethod
    def groups(self, deals: Deals, at: Decided) -> Sequence[Group]:
        """Find what belongs together.

        Parameters
        ----------
        deals : Deals
            All deals of the window, of all instruments; ``deals.ties(3)`` are the pairs with three or more.
        at : Decided
            For columns of the tape at rows of the deals: ``at.values("beneficial_owner", deals.row)``.
        """

    def measure(self, at: Decided) -> Candidates:
        """Ask about each tick, and put each group into the name of one of its members."""
        ticks = np.flatnonzero(np.diff(at.time, prepend=-1))
        found: list[tuple[int, IntArray, Mapping[str, int]]] = []
        for begin, end in zip(ticks.tolist(), (*ticks[1:].tolist(), len(at)), strict=True):
            tick = int(at.time[begin])
            deals = at.deals(tick - self.p.window, tick)
            news = tick - self.schedule.every if self.schedule.every else -1
            named: list[tuple[int, IntArray, Mapping[str, int]]] = []
            for group in self.groups(deals, at):
                mine = deals.take(group.deals)
                if int(mine.time.max()) <= news:
                    continue
                rows = np.sort(np.concatenate((mine.row, mine.other)))
                row = self._anchor(at, begin, end, rows)
                if row is not None:
                    named.append((row, rows, group.measures))
            found += sorted(named, key=lambda one: one[0])
        names = self.measures_of(self.p)
        anchors = np.array([one for one, _, _ in found], dtype=np.int64)
        measures = {name: np.array([one[name] for _, _, one in found], dtype=np.int64) for name in names}
        return Candidates.of_rows(anchors, [rows for _, rows, _ in found], measures)

    def _anchor(self, at: Decided, begin: int, end: int, rows: IntArray) -> int | None:
        """Return the anchor, of those at a tick, of the key that came first among the rows of a group."""
        keys, active = at.keys_of(rows), at.key[begin:end]
        for key in dict.fromkeys(keys.tolist()):
            place = np.flatnonzero(active == key)
            if len(place):
                return int(at.row[begin + int(place[0])])
        return None
