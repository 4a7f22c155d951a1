"""Any window that can be declared in a rule file: aggregates and numbers made from them, without Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from surveillance.api import (
    Aggregate,
    Decided,
    Duration,
    Kind,
    Measure,
    Needs,
    Params,
    RowClass,
    Unit,
    Window,
    WindowDetector,
    column_enum,
    deviation,
    mean,
    ratio,
    share,
)

Operation = Literal["count", "sum", "mean", "deviation", "distinct", "flips", "first", "last", "min", "max"]
Pair = Annotated[tuple[str, ...], msgspec.Meta(min_length=2, max_length=2)]

_UNITS = {"quantity": Unit.QUANTITY, "price": Unit.PRICE, "base_notional": Unit.MONEY}
_COUNTS = ("count", "distinct", "flips")
_PARTS = {
    "mean": {".sum": "sum", ".known": "known"},
    "deviation": {".sum": "sum", ".known": "known", ".squares": "squares"},
}
_MAKERS: Mapping[str, Callable[..., Any]] = {"mean": mean, "deviation": deviation}


class DeclaredMeasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measure: either an aggregate (`of`, `field`, …) or a combination (`share: [part, whole]`)."""

    meaning: str
    of: Operation | None = None
    field: str = ""
    side: Literal["buy", "sell", ""] = ""
    rows: tuple[str, ...] = ()
    where: dict[str, str] = msgspec.field(default_factory=dict)
    key: tuple[str, ...] = ()
    share: Pair | None = None
    ratio: Pair | None = None
    difference: Pair | None = None
    total: Pair | None = None

    def __post_init__(self) -> None:
        combined = [name for name in ("share", "ratio", "difference", "total") if getattr(self, name) is not None]
        if len(combined) + (self.of is not None) != 1:
            raise ValueError("a measure is one of: of, share, ratio, difference, total")
        if combined and (self.field or self.side or self.rows or self.where or self.key):
            raise ValueError(f"{combined[0]} takes two measures and nothing else")
        if self.of in ("count", "flips") and self.field:
            raise ValueError(f"{self.of} takes no field")
        if self.of == "distinct" and not self.field:
            raise ValueError("distinct needs the field whose values are counted")
        if self.of not in (None, *_COUNTS) and self.field not in _UNITS:
            raise ValueError(f"{self.of} needs a field: {', '.join(_UNITS)}")

    @property
    def combination(self) -> tuple[str, tuple[str, ...]] | None:
        """The combination and the measures that it takes, if it is one."""
        for name in ("share", "ratio", "difference", "total"):
            pair = getattr(self, name)
            if pair is not None:
                return name, pair
        return None


class AggregateParams(Params, frozen=True):
    """Key, rows and window, and what is measured in it.

    Parameters
    ----------
    key : list of str
        Columns that a finding is about, such as account and instrument.
    window : duration
        How long the window is.
    measures : mapping
        What is measured, by name: aggregates, and combinations of two.
    rows : list of str
        Kinds of events that are judged; trades if not given.
    where : mapping
        Values that rows must have, such as ``aggressor: taker``.
    anchor : str
        Whether the window ends or starts at the row that is judged.
    within : str
        Whether the window crosses a close: ``continuous``, ``day`` or ``session``.
    """

    key: tuple[str, ...]
    window: Duration
    measures: dict[str, DeclaredMeasure]
    rows: tuple[str, ...] = ("trade",)
    where: dict[str, str] = msgspec.field(default_factory=dict)
    anchor: Literal["end", "start"] = "end"
    within: Literal["continuous", "day", "session"] = "continuous"

    def __post_init__(self) -> None:
        if not self.key:
            raise ValueError("key: name at least one column")
        for name, one in self.measures.items():
            for part in one.combination[1] if one.combination else ():
                if part not in self.measures:
                    raise ValueError(f"measures: {name} is made from {part!r}, which is not declared")
                if self.measures[part].combination:
                    raise ValueError(f"measures: {name} is made from {part}, which is itself a combination")
            unknown = set(one.key) - set(self.key)
            if unknown:
                raise ValueError(f"measures: {name} is keyed by {', '.join(sorted(unknown))}, which key does not have")
        for kind in {*self.rows, *(kind for one in self.measures.values() for kind in one.rows)}:
            if kind.upper() not in Kind.__members__:
                raise ValueError(f"rows: {kind!r} is not a kind of event")
        for where in (self.where, *(one.where for one in self.measures.values())):
            _filters(where)


def _filters(where: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Return filters as codes; the error names what is not known."""
    return tuple(sorted((name, column_enum(name, value)) for name, value in where.items()))


class DeclaredAggregate(WindowDetector):
    """Measure what the rule declares: counts, sums, means, extremes and shares over one sliding window.

    Each measure is an aggregate over rows of some kinds, for the rule's key or for a part of it, or a combination
    of two others. Rows of `rows` (with the values in `where`) are what is judged; a measure may run over others.
    """

    id = "aggregate"
    version = "1"
    key = ()
    shard = ()
    needs = Needs(kinds=())
    measures = {}
    Params = AggregateParams

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        chosen = [self._rows(one) for one in params.measures.values() if one.of]
        kinds = {kind: None for rows in (self.anchors, *chosen) for kind in rows.kinds}
        self.key = params.key  # type: ignore[misc] # what is a constant of other detectors is this one's parameter
        self.shard = tuple(  # type: ignore[misc]
            name for name in params.key if all(name in rows.key for rows in chosen)
        )
        self.needs = Needs(kinds=tuple(kinds))  # type: ignore[misc]

    @classmethod
    def measures_of(cls, params: Any) -> Mapping[str, Measure]:
        """Return the declared measures with their units."""
        return {name: Measure(_unit(one, params.measures), one.meaning) for name, one in params.measures.items()}

    def _rows(self, one: DeclaredMeasure) -> RowClass:
        where = {**self.p.where, **one.where} if not one.rows else one.where
        kinds = tuple(Kind[name.upper()] for name in one.rows or self.p.rows)
        return RowClass(kinds, one.key or self.p.key, _filters(where))

    @property
    def anchors(self) -> RowClass:
        """The rows that are judged."""
        return RowClass(tuple(Kind[name.upper()] for name in self.p.rows), self.p.key, _filters(self.p.where))

    @property
    def reads(self) -> set[str]:
        """Columns that the declared aggregates read."""
        asked = {column for aggregate, _ in self.windows().values() for column in aggregate.columns}
        return {*self.anchors.columns, *self.window.partition, *asked}

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return the declared aggregates, by measure."""
        asked: dict[str, tuple[Aggregate, Window]] = {}
        for name, one in self.p.measures.items():
            if one.of is None:
                continue
            side = {"buy": 1, "sell": 2}.get(one.side, 0)
            aggregate = Aggregate(self._rows(one), one.of, one.field, side)
            for part, operation in _PARTS.get(one.of, {"": one.of}).items():
                asked[name + part] = (replace(aggregate, operation=operation), self.window)
        return asked

    def derived(self) -> Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]:
        """Return means and deviations, which are made from sums."""
        return {
            name: (_MAKERS[one.of], tuple(name + part for part in _PARTS[one.of]))
            for name, one in self.p.measures.items()
            if one.of in _PARTS
        }

    def measure(self, at: Decided) -> Mapping[str, Any]:
        """Read the aggregates and combine them."""
        values = {name: getattr(at, name) for name, one in self.p.measures.items() if one.of}
        for name, one in self.p.measures.items():
            if one.combination:
                how, (left, right) = one.combination
                values[name] = _combine(how, values[left], values[right])
        return values


def _combine(how: str, left: Any, right: Any) -> Any:
    if how == "share":
        return share(left, right)
    if how == "ratio":
        return ratio(left, right)
    return np.abs(left - right) if how == "difference" else left + right


def _unit(one: DeclaredMeasure, measures: Mapping[str, DeclaredMeasure]) -> Unit:
    if one.combination:
        how, (left, _) = one.combination
        return {"share": Unit.SHARE, "ratio": Unit.MULTIPLE}.get(how) or _unit(measures[left], measures)
    return Unit.COUNT if one.of in _COUNTS else _UNITS[one.field]
