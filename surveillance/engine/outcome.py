"""What one rulebook makes of the episodes of a pass: findings, what suppressions hold back, and alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surveillance.alerts.recording import Recorder
from surveillance.engine.alerting import Alerting, lineage_of
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode
from surveillance.engine.findings import Writer
from surveillance.engine.setup import Setup
from surveillance.engine.suppressing import Suppressing
from surveillance.rules import Rulebook
from surveillance.sinks.ndjson import NdjsonFile


class Outcome:
    """Writes findings.ndjson and what the alerts need into a folder.

    Parameters
    ----------
    out : Path
        The folder.
    book : Rulebook
        Whose rules count; the engine may judge by others too.
    setup : Setup
        What the run is made from.
    engine : Engine
        Whose episodes they are.
    names : list of str
        Names of the sources by ordinal.
    detected_at : str
        When the run began, ISO 8601.
    """

    def __init__(
        self, out: Path, book: Rulebook, setup: Setup, engine: Engine, names: list[str], detected_at: str
    ) -> None:
        terms = engine.tape.dictionaries.terms
        self.book = book
        self._mine = frozenset(map(id, book.rules))
        self._findings = NdjsonFile(out / "findings.ndjson", ordered=True)
        self._writer = Writer(terms, names, book.base_currency)
        self.suppressing = Suppressing(book.suppressions, terms)
        self._setup = setup
        self._lineage = lineage_of(book, setup.profile, setup.reference, setup.rates, setup.plugins.values())
        self.alerting = Alerting(out, engine, names, book, setup.reference, setup.rates, self._lineage, detected_at)
        self.found: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()

    @property
    def files(self) -> Sequence[NdjsonFile | Recorder]:
        """What has to be committed, or discarded, when the pass is over."""
        return (self._findings, self.alerting.recorder)

    def rests_on(self, baseline: str | None) -> None:
        """Say in the lineage of alerts to come, and so of all, on which baseline they rest."""
        setup = self._setup
        self._lineage.update(
            lineage_of(
                self.book, setup.profile, setup.reference, setup.rates, setup.plugins.values(), baselines=baseline
            )
        )

    def take(self, closed: Sequence[Episode]) -> None:
        """Take complete episodes, and close the alerts that nothing can join any more."""
        for episode in closed:
            if id(episode.judge.rule) in self._mine and not self.suppressing.hides(episode):
                self._write(episode)
        self.alerting.close()

    def _write(self, episode: Episode) -> None:
        finding: dict[str, Any] = self._writer.finding(episode)
        self._findings.write(finding, (finding["start"], finding["rule"], finding["finding_id"]))
        self.alerting.add(episode, finding)
        self.found[finding["rule"]] += 1
        if finding["status"] == "active":
            self.severities[finding["severity"]] += 1
