"""The helper for detectors that are asked at certain times rather than at every row."""

from __future__ import annotations

from typing import ClassVar

from surveillance.detecting.detector import Detector
from surveillance.events.schema import Kind
from surveillance.tape.rows import RowClass
from surveillance.tape.ticks import Schedule


class ScheduledDetector(Detector):
    """A detector that is asked on a schedule about every key that was active since the last tick.

    Each anchor is the last row of a key before the tick; ``at.time`` is the tick. Spans that start at
    ``at.time - window`` and go on until ``at.time`` see what happened up to it. `Params` has either ``every`` (ns
    between ticks) or ``mark`` (kind of mark on the tape, such as ``session_close``).
    """

    anchor: ClassVar[Kind]
    """Kind of the rows by which a key is active."""

    @property
    def anchors(self) -> RowClass:
        """Rows of the anchor's kind, by the detector's key."""
        return RowClass((self.anchor,), self.key)

    @property
    def schedule(self) -> Schedule:
        """When it is asked under these parameters."""
        return Schedule(getattr(self.p, "every", 0), getattr(self.p, "mark", ""))

    @property
    def reads(self) -> set[str]:
        """Columns that spans and marks need, and those it declares."""
        return super().reads | {"side", "quantity"} | ({"mark"} if self.schedule.mark else set())
