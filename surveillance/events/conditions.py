"""Which rows are meant: conditions on columns, and kinds told by cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.derived import Columns, choices
from surveillance.events.raw import as_text

NO_CASE: Final = "(no case fits)"
"""What a kind's column holds where none of its cases fits; it is no kind, so the row is rejected."""


@dataclass(frozen=True, slots=True)
class Test:
    """What a condition asks of one column.

    Parameters
    ----------
    column : str
        The column.
    values : frozenset of str
        It has one of these, or (`other`) none of them.
    other : bool
        See `values`.
    given : bool or None
        It has a value, or has none; None asks for `values`.
    """

    column: str
    values: frozenset[str] = frozenset()
    other: bool = False
    given: bool | None = None

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Tell for each row whether it holds; a column that is not there has no values."""
        if self.given is not None:
            column = columns.get(self.column)
            if column is None:
                return np.full(columns.rows, not self.given)
            text = as_text(column)
            found: NDArray[np.bool_] = (text.ends > text.starts) == self.given
            return found
        key = f"one of {sorted(self.values)}"
        numbers = columns.numbers(self.column, key, lambda text: int(text in self.values))
        if numbers is None:
            return np.full(columns.rows, self.other)
        is_one: NDArray[np.bool_] = (numbers == 1) != self.other
        return is_one


Condition = tuple[Test, ...]
"""Rows for which every test holds."""


def holds(condition: Condition, columns: Columns) -> NDArray[np.bool_]:
    """Tell for each row whether a condition holds."""
    found = np.ones(columns.rows, np.bool_)
    for test in condition:
        found &= test.holds(columns)
    return found


@dataclass(frozen=True, slots=True)
class Cases:
    """One text a case: the first case that fits a row gives it.

    Parameters
    ----------
    cases : tuple of (str, Condition)
        In the order in which they are tried.
    """

    cases: tuple[tuple[str, Condition], ...]
    otherwise: str = NO_CASE
    one_is_enough: ClassVar[bool] = True

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of all conditions."""
        return tuple(dict.fromkeys(test.column for _, condition in self.cases for test in condition))

    def make(self, columns: Columns) -> Any:
        """Return the texts."""
        numbers = np.zeros(columns.rows, np.int32)
        for number, (_, condition) in enumerate(self.cases, 1):
            numbers[(numbers == 0) & holds(condition, columns)] = number
        return choices(numbers, [self.otherwise, *(text for text, _ in self.cases)])
