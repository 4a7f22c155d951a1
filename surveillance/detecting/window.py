"""The helper for detectors that judge by what one sliding window holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from surveillance.detecting.detector import Detector
from surveillance.events.schema import PPM, Kind, Side
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.rows import RowClass, RowTest, column_enum
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
    length : str
        Name of the parameter that says how long its window is; empty for ``window``.
    """

    aggregate: Aggregate
    weights: str = ""
    length: str = ""

    def over(self, length: str) -> Declared:
        """Run over a window as long as another parameter says, such as ``.over("usual")``."""
        return replace(self, length=length)

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
        return Rows(replace(self.row_class, key=key))

    def that(self, *tests: RowTest) -> Rows:
        """Keep the rows for which all these tests hold."""
        return Rows(replace(self.row_class, tests=(*self.row_class.tests, *tests)))

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

    def quantile(self, field: str, rank: str, *, side: str | None = None) -> Declared:
        """Take the value that a share of a column's known values, such as ``"90%"``, does not exceed.

        It is one of the values in the window, of the exact quantile's bucket: less than 6.25 % off it, and equal to it
        where all values of the bucket are, as with round lots. Values of 0 or less are alike. Null where the window
        holds none.
        """
        one = self._aggregate("quantile", field, side).aggregate
        return Declared(replace(one, rank=_parts_per_million(rank)))

    def median(self, field: str, *, side: str | None = None) -> Declared:
        """Take the median of a column's known values, the lower one of two, as exactly as `quantile`."""
        return self.quantile(field, "50%", side=side)

    def distinct(self, field: str) -> Declared:
        """How many different values of a code column the window holds."""
        return self._aggregate("distinct", field)


def _parts_per_million(rank: str) -> int:
    """Return a share such as ``"99.9%"`` in parts per million.

    Raises
    ------
    ValueError
        It is no share above 0% and up to 100%, or has more than four decimal places.
    """
    found = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?%", rank)
    ppm = int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0")) if found else 0
    if not 0 < ppm <= PPM:
        raise ValueError(f"{rank!r} is not a share of the values, such as '90%' or '99.9%'")
    return ppm


def rows(*kinds: Kind, **where: str) -> Rows:
    """Choose rows by kind and, if given, by the value of enumeration columns (``aggressor="taker"``)."""
    chosen = tuple(sorted((name, column_enum(name, value)) for name, value in where.items()))
    return Rows(RowClass(kinds, (), chosen))


class WindowDetector(Detector):
    """A detector whose measures follow from aggregates over a sliding window, or over several of different lengths.

    Declare aggregates in the class body and derive measures from them in `measure`, which finds each under its
    name. Those that are to run over another length name its parameter: ``.over("usual")``. `Params` has a field
    ``window`` (ns), and may have ``anchor`` (``end`` or ``start``) and ``within``
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

    def _longest(self) -> int:
        return max([self.window.length, *(self._window_of(one).length for one in self._declared.values())])

    def _window_of(self, declared: Declared) -> Window:
        return replace(self.window, length=getattr(self.p, declared.length)) if declared.length else self.window

    def horizon(self) -> int:
        """Return the length of the longest window where windows start at their row, else 0."""
        return self._longest() if self.window.anchor == "start" else 0

    def look_back(self) -> int:
        """Return the length of the longest window where windows end at their row, else 0."""
        return 0 if self.window.anchor == "start" else self._longest()

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return the declared aggregates, each over its window."""
        return parts_of(
            {name: (declared.bound(self), self._window_of(declared)) for name, declared in self._declared.items()}
        )

    def derived(self) -> Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]:
        """Return means and deviations, which are made from sums."""
        return made_of({name: declared.aggregate for name, declared in self._declared.items()})


def parts_of(asked: Mapping[str, tuple[Aggregate, Window]]) -> dict[str, tuple[Aggregate, Window]]:
    """Return aggregates with those from which others are made in their place."""
    return {
        name + part: (replace(one, operation=operation), window)
        for name, (one, window) in asked.items()
        for part, operation in _PARTS.get(one.operation, {"": one.operation}).items()
    }


def made_of(asked: Mapping[str, Aggregate]) -> dict[str, tuple[Callable[..., Any], tuple[str, ...]]]:
    """Return how aggregates are made that are made from others, and from which."""
    return {
        name: (_MAKERS[one.operation], tuple(name + part for part in _PARTS[one.operation]))
        for name, one in asked.items()
        if one.operation in _PARTS
    }
