"""The helper for detectors that judge by what follows what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from surveillance.detecting.detector import Detector
from surveillance.detecting.window import Declared, made_of, parts_of
from surveillance.events.schema import Kind
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.rows import RowClass


class SequenceDetector(Detector):
    """A detector that asks for spans around each row of one kind, all anchors as one vector.

    Set `anchor`, and say in `horizon` how long after the anchor the pattern may go on. `needs` must name ``side``
    and ``quantity`` among its fields: spans are kept by side and sum quantities.
    """

    anchor: ClassVar[Kind]
    """Kind of the rows at which the pattern starts."""

    @property
    def anchors(self) -> RowClass:
        """Rows of the anchor's kind, by the detector's key."""
        return RowClass((self.anchor,), self.key)

    @property
    def reads(self) -> set[str]:
        """Columns that spans need, and those it declares."""
        columns = super().reads | {"side", "quantity"}
        return columns.union(*(declared.bound(self).columns for declared, _ in self.around().values()))

    def look_back(self) -> int:
        """Return 0: the pattern starts at its anchor."""
        return 0

    def around(self) -> Mapping[str, tuple[Declared, Window]]:
        """Return aggregates over windows that end or start at the anchor, by the name under which `measure` reads them.

        They may have other keys than the detector, such as the instrument alone, and lengths of their own: up to
        `look_back` for windows that end at the anchor, up to `horizon` for those that start there.
        """
        return {}

    def windows(self) -> Mapping[str, tuple[Aggregate, Window]]:
        """Return the aggregates around the anchor."""
        return parts_of({name: (declared.bound(self), window) for name, (declared, window) in self.around().items()})

    def derived(self) -> Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]:
        """Return means and deviations, which are made from sums."""
        return made_of({name: declared.aggregate for name, (declared, _) in self.around().items()})
