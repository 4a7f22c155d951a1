"""Sides that are told in other ways than by a word: by a sign, by who took liquidity, by the half of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.conditions import Condition
from surveillance.events.derived import Columns, choices, texts
from surveillance.events.raw import as_text

BUY: Final = "\x01buy"
SELL: Final = "\x01sell"
"""Sides of the two halves of a record; no feed has such a text."""
SECOND_HALF: Final = 2
"""What `RawBlock.part` says of the selling half; the buying half stands before it."""


def whole_records(rows: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows and the other halves of their records: a record is used whole or not at all."""
    found: NDArray[np.bool_] = rows.copy()
    places = np.flatnonzero(second)
    found[places] |= rows[places - 1]
    found[places - 1] |= rows[places]
    return found


def first_flaws(rows: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows without those whose record is among them already by its other half."""
    found: NDArray[np.bool_] = rows.copy()
    places = np.flatnonzero(second)
    found[places] &= ~rows[places - 1]
    return found


@dataclass(frozen=True, slots=True)
class Sides:
    """Records that are both sides of a trade: each becomes a buy and a sell.

    Parameters
    ----------
    where : Condition
        Which records.
    """

    where: Condition


@dataclass(frozen=True, slots=True)
class SignOf:
    """The side told by the sign of a number: above zero is bought."""

    column: str
    one_is_enough: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The column of the number."""
        return (self.column,)

    def make(self, columns: Columns) -> Any:
        """Return the sides."""
        text = as_text(columns.get(self.column))
        given = text.ends > text.starts
        minus = np.zeros(len(text), np.bool_)
        minus[given] = text.data[text.starts[given]] == ord("-")
        return choices(minus, ["buy", "sell"], ~given)


@dataclass(frozen=True, slots=True)
class SideOf:
    """Whether the row's side took or made the liquidity, told by the side that did.

    Parameters
    ----------
    column : str
        Tells a side.
    values : Mapping
        Its texts: ``buy`` or ``sell``.
    side : str
        Column of the row's own side.
    sides : Mapping
        Texts of `side`: ``buy`` or ``sell``.
    taker : bool
        The column tells the taker's side; otherwise the maker's.
    """

    column: str
    values: Mapping[str, str]
    side: str
    sides: Mapping[str, str]
    taker: bool
    one_is_enough: ClassVar[bool] = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The two columns of sides."""
        return (self.column, self.side)

    def make(self, columns: Columns) -> Any:
        """Return ``taker`` or ``maker``; a text that is no side stays, and is no word for an aggressor."""
        import pyarrow as pa

        told = columns.numbers(self.column, "told side", _side_numbers(self.values))
        own = columns.numbers(self.side, "own side", _side_numbers(self.sides))
        assert told is not None
        assert own is not None
        made = choices(np.where((told == own) == self.taker, 0, 1), ["taker", "maker"], (told == 0) | (own <= 0))
        if (told < 0).any():
            shown = texts(columns.get(self.column))
            found = made.cast(pa.string())
            return pa.compute.if_else(pa.array(told < 0), shown, found)
        return made


def _side_numbers(values: Mapping[str, str]) -> Callable[[str], int]:
    numbers = {text: 1 if side == "buy" else 2 for text, side in values.items()}
    return lambda text: numbers.get(text, -1)


@dataclass(frozen=True, slots=True)
class OfHalf:
    """A field of two-sided records: one column for the buying half, one for the selling half.

    Parameters
    ----------
    single : str
        Column of rows that are no halves; empty: none.
    buy, sell : str
        Columns of the halves; empty: none.
    """

    single: str
    buy: str
    sell: str
    one_is_enough: ClassVar[bool] = True

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(name for name in (self.single, self.buy, self.sell) if name)

    def make(self, columns: Columns) -> Any:
        """Return the values of each half."""
        import pyarrow as pa
        import pyarrow.compute as pc

        assert columns.part is not None
        parts = []
        for name in (self.single, self.buy, self.sell):
            column = columns.get(name) if name else None
            parts.append(pa.nulls(columns.rows, pa.string()) if column is None else texts(column))
        return pc.choose(pa.array(columns.part), *parts)


@dataclass(frozen=True, slots=True)
class HalfSide:
    """The side of each half of two-sided records, and of other rows that of their own column."""

    single: str
    one_is_enough: ClassVar[bool] = True

    @property
    def needs(self) -> tuple[str, ...]:
        """The column of other rows."""
        return (self.single,) if self.single else ()

    def make(self, columns: Columns) -> Any:
        """Return the sides."""
        import pyarrow as pa
        import pyarrow.compute as pc

        part = columns.part
        assert part is not None
        halves = choices(np.maximum(part, 1) - 1, [BUY, SELL], part == 0)
        column = columns.get(self.single) if self.single else None
        if column is None:
            return halves
        return pc.if_else(pa.array(part == 0), texts(column), halves.cast(pa.string()))
