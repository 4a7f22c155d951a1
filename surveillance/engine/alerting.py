"""The alerts of a run: what joins the engine's findings with the room that groups, scores and explains them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from surveillance import __version__
from surveillance.alerts.lineage import lineage
from surveillance.alerts.recording import Recorder
from surveillance.alerts.snapshots import Snapshots
from surveillance.detecting.plugins import Loaded
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode
from surveillance.engine.filing import Filing
from surveillance.events.profile import Profile
from surveillance.events.rates import Rates
from surveillance.events.reference import Reference
from surveillance.rules import Rulebook
from surveillance.rules.digest import hash_of


class Alerting:
    """Files findings, and records the alerts that they make.

    Parameters
    ----------
    out : Path
        Folder of the files.
    engine : Engine
        Whose findings they are.
    sources : list of str
        Names of the sources by ordinal.
    book : Rulebook
        The rules.
    reference : Reference or None
        Accounts, people and instruments.
    rates : Rates or None
        Exchange rates.
    lineage : dict
        Of the run, see `lineage_of`.
    detected_at : str
        When the run began, ISO 8601.
    """

    def __init__(
        self,
        out: Path,
        engine: Engine,
        sources: list[str],
        book: Rulebook,
        reference: Reference | None,
        rates: Rates | None,
        lineage: dict[str, Any],
        detected_at: str,
    ) -> None:
        self._engine = engine
        self._filing = Filing(engine, sources, book, reference)
        snapshots = Snapshots(book, reference, rates)
        self.recorder = Recorder(out, book.scoring, snapshots, lineage, self._filing.near_misses, detected_at)

    def add(self, episode: Episode, finding: dict[str, Any]) -> None:
        """Take in a finding that was written; those of rules in shadow alert nobody."""
        if finding["status"] == "active":
            self.recorder.add(self._filing.file(episode, finding))

    def close(self) -> None:
        """Write the alerts that nothing can join any more."""
        self.recorder.close(self._engine.nothing_begins_before())


def lineage_of(
    book: Rulebook,
    profile: Profile,
    reference: Reference | None,
    rates: Rates | None,
    plugins: Iterable[Loaded],
    baselines: str | None = None,
) -> dict[str, Any]:
    """Return the lineage of a run: digests of everything that went in beside the events."""
    inputs = {
        "rulebook": {"name": book.name, "version": book.version, "digest": book.digest},
        "suppressions": hash_of(sorted(one.digest for one in book.suppressions)) if book.suppressions else None,
        "feed": {"name": profile.name, "digest": profile.digest},
        "reference": None if reference is None else reference.digest,
        "rates": None if rates is None else rates.digest,
        "calendars": None if reference is None else reference.calendars_digest,
        "baselines": baselines,
        "engine": __version__,
    }
    return lineage(inputs, {one.distribution for one in plugins})
