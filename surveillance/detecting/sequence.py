"""The helper for detectors that judge by what follows what."""

from __future__ import annotations

from typing import ClassVar

from surveillance.detecting.detector import Detector
from surveillance.events.schema import Kind
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
        return super().reads | {"side", "quantity"}

    def look_back(self) -> int:
        """Return 0: the pattern starts at its anchor."""
        return 0
