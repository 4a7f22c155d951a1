"""What can be asked of a window, as plain declarations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from surveillance.tape.rows import RowClass

VALUE_COLUMNS: Final = ("price", "quantity", "notional", "base_notional")
"""Columns whose values can be summed and compared."""

OPERATIONS: Final = (
    "count", "known", "sum", "squares", "flips", "first", "last", "min", "max", "distinct", "quantile",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One running number over the rows of a class, by key.

    Parameters
    ----------
    rows : RowClass
        What it runs over.
    operation : str
        One of `OPERATIONS`: ``known`` counts rows whose value is not null, ``squares`` is the sum of squares, as
        two limbs of 62 bits.
    field : str
        Column whose values are used; empty for counts and flips.
    side : int
        Only rows of this side, 0 for both.
    weights : tuple of int
        Factor for each asset class (index: code of the class), empty for none.
    rank : int
        Of a quantile: how many parts per million of the values it is not below.
    """

    rows: RowClass
    operation: str
    field: str = ""
    side: int = 0
    weights: tuple[int, ...] = ()
    rank: int = 0

    @property
    def columns(self) -> set[str]:
        """Columns of the tape that it reads."""
        read = set(self.rows.columns)
        if self.field:
            read.add(self.field)
        if self.side or self.operation == "flips":
            read.add("side")
        if self.weights:
            read.add("asset_class")
        return read


@dataclass(frozen=True, slots=True)
class Window:
    """A closed span of time that ends or starts at the rows asked about.

    Parameters
    ----------
    length : int
        ns; an event exactly this old is inside.
    anchor : str
        ``end``: the window ends at the row and holds its earlier peers; ``start``: it starts at the row and holds
        later ones, up to equal times at its end.
    within : str
        ``continuous``, ``day`` or ``session``: whether it crosses a close.
    """

    length: int
    anchor: str = "end"
    within: str = "continuous"

    @property
    def partition(self) -> tuple[str, ...]:
        """Columns that are added to a key so that windows stay inside a day or session."""
        return {"continuous": (), "day": ("trading_day",), "session": ("session",)}[self.within]
