"""A detector under test: what the checks of the kit share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from surveillance.testing.comparing import difference
from surveillance.testing.flows import Flow, hard_flows, long_flow
from surveillance.testing.harness import Run, Subject


@dataclass(slots=True)
class Case:
    """A detector under one set of parameters, and what the checks share.

    Parameters
    ----------
    subject : Subject
        Detector and parameters.
    tapes : sequence of Flow
        Flows of the author's own, beside the kit's.
    slowest : int
        ns an event of CPU time that the detector may take.
    """

    subject: Subject
    tapes: Sequence[Flow] = ()
    slowest: int = 1_500
    _whole: WeakKeyDictionary[Flow, Run] = field(default_factory=WeakKeyDictionary)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The small flows, and the author's."""
        return (*hard_flows(self.subject.reach), *self.tapes)

    @property
    def long(self) -> Flow:
        """The long flow."""
        return long_flow(self.subject.reach)

    def whole(self, flow: Flow) -> Run:
        """Return the run over a flow in one batch, with which others are compared."""
        run = self._whole.get(flow)
        if run is None:
            run = self._whole[flow] = self.subject.run(flow)
        return run

    def compare(self, flow: Flow, run: Run, how: str) -> None:
        """Raise unless a run brought what the whole flow in one batch brings."""
        difference(self.whole(flow).table, run.table, f"with {how} over the flow {flow.name!r}", flow)
