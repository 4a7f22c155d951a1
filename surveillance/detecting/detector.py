"""The one seam where plugins plug in: what every detector is."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import msgspec

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.decided import Decided
from surveillance.detecting.measure import UNIT_SCALE, Measure, Needs
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.large import Large
from surveillance.tape.rows import RowClass


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of a detector's structural parameters: typed, immutable, no unknown field accepted."""


class Detector(abc.ABC):
    """Measures one pattern of behaviour on the tape.

    A detector knows no threshold and keeps nothing between calls: what it measures depends on the tape alone.

    Parameters
    ----------
    params : Params
        Windows and other structural parameters, from the rule.
    """

    id: ClassVar[str]
    """What a rule names, such as ``wash.churn``."""

    version: ClassVar[str]
    """Bumped when measures change; stamped on every finding."""

    key: ClassVar[tuple[str, ...]]
    """Columns that a candidate is about."""

    shard: ClassVar[tuple[str, ...]]
    """The part of the key that every aggregate contains; () when it needs the whole tape."""

    needs: ClassVar[Needs]
    """Event kinds and columns that it reads; a feed without them makes its rules blind."""

    measures: ClassVar[Mapping[str, Measure]]
    """What it measures, with unit and meaning."""

    Params: ClassVar[type[msgspec.Struct]] = Params
    """Its structural parameters."""

    def __init__(self, params: Any) -> None:
        self.p = params

    @classmethod
    def measures_of(cls, _params: Any) -> Mapping[str, Measure]:
        """Return the measures under these parameters; the same for all, unless a detector says otherwise."""
        return cls.measures

    def scale(self, measure: str) -> int | None:
        """Return how many whole-number units make one of a measure; None: the instrument's own scale."""
        return UNIT_SCALE[self.measures_of(self.p)[measure].unit]

    @property
    @abc.abstractmethod
    def anchors(self) -> RowClass:
        """The rows about which it is asked."""

    @property
    def reads(self) -> set[str]:
        """Columns of the tape that it reads."""
        return {*self.needs.fields, *self.anchors.columns}

    def horizon(self) -> int:
        """Return how long after a row it can be decided, ns; 0: when it enters."""
        return 0

    @abc.abstractmethod
    def look_back(self) -> int:
        """Return how much tape before a decided row it reads, ns: what must be kept, and re-read after a restart."""

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return the aggregates that it asks for, by the name under which `measure` reads them."""
        return {}

    def derived(self) -> Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]:
        """Return numbers made from aggregates: a name, the function, and the aggregates that it takes."""
        return {}

    def large_from(self) -> Large | None:
        """Return from which size on orders are large where spans over large rows are asked, else None."""
        return None

    @abc.abstractmethod
    def measure(self, at: Decided) -> Candidates | Mapping[str, Any]:
        """Measure the rows that can now be decided.

        Parameters
        ----------
        at : Decided
            The anchors, as vectors, and what can be asked about them.

        Returns
        -------
        Candidates or mapping of str to ndarray
            A mapping gives each measure for every anchor; `Candidates` choose among the anchors and say which
            rows each candidate is made of.
        """
