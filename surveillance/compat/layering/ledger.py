"""What of a file is kept beside the tape: of each row who, in what, when and in which zone.

The files list groups by their first appearance in the file, print the zone of each time again and name every order of a
pattern. So once the hits are known, the rows of their groups are looked up here; of no others is anything made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.compat.layering.records import NAIVE
from surveillance.compat.layering.transactions import Block
from surveillance.events.schema import Kind

IntArray = NDArray[Any]
_TRADE = int(Kind.TRADE)


@dataclass(frozen=True, slots=True)
class _Page:
    """Rows of one block; prices of trades only."""

    time: IntArray
    zone: int | IntArray
    kind: IntArray
    side: IntArray
    account: IntArray
    instrument: IntArray
    trade_price: IntArray

    def pairs(self, rows: IntArray | slice = slice(None)) -> IntArray:
        """Return account and instrument as one number."""
        pairs: IntArray = (self.account[rows].astype(np.int64) << 32) | self.instrument[rows]
        return pairs

    def zones(self) -> IntArray:
        """Return the zone of each row."""
        return np.full(len(self.time), self.zone, np.int32) if isinstance(self.zone, int) else self.zone


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of chosen groups in the order of the file; a group is `pair`, its account and instrument as one number."""

    position: IntArray
    pair: IntArray
    time: IntArray
    zone: IntArray
    kind: IntArray
    side: IntArray
    price: IntArray

    def take(self, places: IntArray) -> Rows:
        """Return some of the rows."""
        return Rows(*(getattr(self, name)[places] for name in self.__slots__))

    def first_appearance(self) -> dict[int, int]:
        """Return by group the place of its first row among these."""
        pairs, places = np.unique(self.pair, return_index=True)
        return dict(zip(pairs.tolist(), places.tolist(), strict=True))

    def of_kind(self, kind: Kind) -> Rows:
        """Return the rows of one kind."""
        return self.take(np.flatnonzero(self.kind == int(kind)))

    def in_order(self, *, by_side: bool = False) -> Rows:
        """Return the rows by group (and side), then time, then place in the file."""
        keys = (self.time, self.side, self.pair) if by_side else (self.time, self.pair)
        return self.take(np.lexsort(keys))


class Ledger:
    """Rows of a file by position: the number of the row among the accepted ones."""

    def __init__(self) -> None:
        self._pages: list[_Page] = []
        self._zones: set[int] = set()
        self.rows = 0

    def add(self, block: Block) -> None:
        """Take the next rows of the file."""
        trades = block.kind == _TRADE
        zone = block.zone
        if isinstance(zone, int):
            self._zones.add(zone)
        else:
            self._zones.update(np.unique(zone).tolist())
        self._pages.append(
            _Page(block.time, zone, block.kind, block.side, block.account, block.instrument, block.price[trades])
        )
        self.rows += len(block)

    def mixes_clocks(self) -> bool:
        """Tell whether some group has times with an offset as well as times without one."""
        if NAIVE not in self._zones or len(self._zones) == 1:
            return False
        local: list[IntArray] = []
        aware: list[IntArray] = []
        for page in self._pages:
            naive, pairs = page.zones() == NAIVE, page.pairs()
            local.append(np.unique(pairs[naive]))
            aware.append(np.unique(pairs[~naive]))
        return bool(len(np.intersect1d(np.concatenate(local), np.concatenate(aware))))

    def rows_of(self, groups: Iterable[int]) -> Rows:
        """Return all rows of some groups."""
        wanted = np.array(sorted(groups), np.int64)
        most = max((int(page.account.max(initial=0)) for page in self._pages), default=0)
        chosen = np.zeros(most + 1, np.bool_)
        chosen[(wanted >> 32).astype(np.int64)] = True
        found: list[Rows] = []
        before = 0
        for page in self._pages:
            rows = np.flatnonzero(chosen[page.account])
            pairs = page.pairs(rows)
            places = np.minimum(np.searchsorted(wanted, pairs), len(wanted) - 1) if len(wanted) else rows
            if len(wanted):
                same = wanted[places] == pairs
                rows, pairs = rows[same], pairs[same]
            trades = page.kind == _TRADE
            prices = np.zeros(len(page.time), np.int64)
            prices[trades] = page.trade_price
            found.append(
                Rows(
                    rows + before, pairs, page.time[rows], page.zones()[rows], page.kind[rows], page.side[rows],
                    prices[rows],
                )
            )  # fmt: skip
            before += len(page.time)
        empty = np.zeros(0, np.int64)
        return Rows(
            *(np.concatenate([getattr(one, name) for one in found]) if found else empty for name in Rows.__slots__)
        )
