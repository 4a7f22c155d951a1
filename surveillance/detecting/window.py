"""The helper for detectors that judge by what one sliding window holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from surveillance.detecting.detector import Detector
from surveillance.events.schema import Kind, Side
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.rows import RowClass, column_enum
from surveillance.tape.statistics import deviation, mean

_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "mean": {".sum": "sum", ".known": "known"},
    "deviation": {".sum": "sum", ".known": "known", ".squares": "squares"},
}
"""Aggregates from which others are made, by what they add to the name."""

_MAKERS: Final[Mapping[str, Callable[..., Any]]] = {"mean": mean, "deviation": deviation}


@dataclass(frozen=True, slots=True)
class Declared:
    """An aggregate in the body of a detector class.

    Parameters
    ----------
    aggregate : Aggregate
        What runs.
    weights : str
        Name of a method of the detector that returns a factor for each asset class; empty for none.
    """

    aggregate: Aggregate
    weights: str = ""

    def bound(self, detector: Any) -> Aggregate:
        """Return the aggregate under the parameters of `detector`."""
        if not self.weights:
            return self.aggregate
        one = self.aggregate
        return Aggregate(one.rows, one.operation, one.field, one.side, tuple(getattr(detector, self.weights)()))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows by kind, to be keyed and aggregated: ``rows(TRADE).by("account", "instrument")``."""

    row_class: RowClass

    def by(self, *key: str) -> Rows:
        """Key the rows by these columns."""
        return Rows(RowClass(self.row_class.kinds, key, self.row_class.where))

    def mean(self, field: str, *, side: str | None = None) -> Declared:
        """Take the mean of a column's known values, rounded half even; null where the window holds none."""
        return self._aggregate("mean", field, side)

    def deviation(self, field: str) -> Declared:
        """Take the population's standard deviation of a column's known values, rounded; null where none is known."""
        return self._aggregate("deviation", field)

    def _aggregate(self, operation: str, field: str = "", side: str | None = None, weights: str = "") -> Declared:
        wanted = 0 if side is None else int(Side[side.upper()])
        return Declared(Aggregate(self.row_class, operation, field, wanted), weights)

    def count(self, *, side: str | None = None) -> Declared:
        """Count the rows in the window, of one side if given."""
        return self._aggregate("count", side=side)

    def sum(self, field: str, *, side: str | None = None, weights: str = "") -> Declared:
        """Sum a column, of one side if given, each row times its asset class's weight if given."""
        return self._aggregate("sum", field, side, weights)

    def squares(self, field: str) -> Declared:
        """Sum the squares of a column, as two limbs of 62 bits."""
        return self._aggregate("squares", field)

    def flips(self) -> Declared:
        """Count changes of side between neighbours."""
        return self._aggregate("flips")

    def first(self, field: str) -> Declared:
        """Value of a column in the oldest row of the window."""
        return self._aggregate("first", field)

    def last(self, field: str) -> Declared:
        """Value of a column in the newest row of the window."""
        return self._aggregate("last", field)

    def min(self, field: str) -> Declared:
        """Smallest value of a column in the window."""
        return self._aggregate("min", field)

    def max(self, field: str) -> Declared:
        """Greatest value of a column in the window."""
        return self._aggregate("max", field)

    def distinct(self, field: str) -> Declared:
        """How many different values of a code column the window holds."""
        return self._aggregate("distinct", field)


def rows(*kinds: Kind, **where: str) -> Rows:
    """Choose rows by kind and, if given, by the value of enumeration columns (``aggressor="taker"``)."""
    chosen = tuple(sorted((name, column_enum(name, value)) for name, value in where.items()))
    return Rows(RowClass(kinds, (), chosen))


class WindowDetector(Detector):
    """A detector whose measures follow from aggregates over one sliding window.

    Declare aggregates in the class body and derive measures from them in `measure`, which finds each under its
    name. `Params` has a field ``window`` (ns), and may have ``anchor`` (``end`` or ``start``) and ``within``
    (``continuous``, ``day`` or ``session``).
    """

    _declared: ClassVar[Mapping[str, Declared]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Declared)}
        cls._declared = {**cls._declared, **own}

    @property
    def window(self) -> Window:
        """The window under these parameters."""
        return Window(self.p.window, getattr(self.p, "anchor", "end"), getattr(self.p, "within", "continuous"))

    @property
    def anchors(self) -> RowClass:
        """Rows of the first aggregate that has the detector's key."""
        for declared in self._declared.values():
            if declared.aggregate.rows.key == self.key:
                return declared.aggregate.rows
        raise TypeError(f"{type(self).__name__} declares no aggregate with its key {self.key}")

    @property
    def reads(self) -> set[str]:
        """Columns that its aggregates read, and those it declares."""
        columns = super().reads | {name for name in self.window.partition if name}
        for declared in self._declared.values():
            columns |= declared.bound(self).columns
        return columns

    def horizon(self) -> int:
        """Return the window's length where it starts at its row, else 0."""
        return self.window.length if self.window.anchor == "start" else 0

    def look_back(self) -> int:
        """Return the window's length where it ends at its row, else 0."""
        return 0 if self.window.anchor == "start" else self.window.length

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return the declared aggregates over the one window."""
        asked: dict[str, tuple[Aggregate, Window]] = {}
        for name, declared in self._declared.items():
            one = declared.bound(self)
            for part, operation in _PARTS.get(one.operation, {"": one.operation}).items():
                asked[name + part] = (replace(one, operation=operation), self.window)
        return asked

    def derived(self) -> Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]:
        """Return means and deviations, which are made from sums."""
        made: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {}
        for name, declared in self._declared.items():
            operation = declared.aggregate.operation
            if operation in _PARTS:
                made[name] = (_MAKERS[operation], tuple(name + part for part in _PARTS[operation]))
        return made
