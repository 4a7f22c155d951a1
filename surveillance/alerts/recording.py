"""Alerts of a run: findings go in as they close, alerts come out once nothing can join them any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.alerts.alert import alert
from surveillance.alerts.capsule import context, seal
from surveillance.alerts.filed import Filed
from surveillance.alerts.grouping import Draft, Grouping
from surveillance.alerts.snapshots import Snapshots
from surveillance.rules.rulebook import SEVERITIES, Scoring
from surveillance.sinks.ndjson import NdjsonFile

ALERTS: Final = "alerts.ndjson"
CAPSULES: Final = "capsules.ndjson"

NearMisses = Callable[[Sequence[Filed]], Sequence[Mapping[str, Any]]]


class Recorder:
    """Writes alerts.ndjson and capsules.ndjson.

    Parameters
    ----------
    out : Path
        Their folder.
    scoring : Scoring
        Weights and levels of the rulebook.
    snapshots : Snapshots
        What is known beside the events.
    lineage : Mapping
        Of the run, see `surveillance.alerts.lineage`.
    near_misses : callable
        Gives the near misses of an alert's people.
    detected_at : str
        When the run began, ISO 8601.
    """

    def __init__(
        self,
        out: Path,
        scoring: Scoring,
        snapshots: Snapshots,
        lineage: Mapping[str, Any],
        near_misses: NearMisses,
        detected_at: str,
    ) -> None:
        self._scoring, self._snapshots, self._lineage = scoring, snapshots, lineage
        self._near_misses, self._detected_at = near_misses, detected_at
        self._alerts = NdjsonFile(out / ALERTS, ordered=True)
        self._capsules = NdjsonFile(out / CAPSULES, ordered=True)
        self._grouping = Grouping()
        self._levels: Counter[str] = Counter()

    def add(self, filed: Filed) -> None:
        """Take in a finding; those of rules in shadow alert nobody."""
        if filed.finding["status"] == "active":
            self._grouping.add(filed)

    def close(self, since: int) -> None:
        """Write the alerts that nothing can join any more.

        Parameters
        ----------
        since : int
            No finding that is still to come begins before it, ns.
        """
        for draft in self._grouping.close(since):
            self._write(draft)

    def _write(self, draft: Draft) -> None:
        members = draft.members
        digest, sealed = seal(
            members,
            rules=self._snapshots.rules(members),
            reference=self._snapshots.reference(members),
            rates=self._snapshots.rates(members),
            scoring=self._scoring,
        )
        beside = context(members, self._near_misses(members))
        made = alert(draft, self._scoring, {**self._lineage, "capsule": digest}, self._detected_at)
        key = (made["start"], draft.alert_id)
        self._alerts.write(made, key)
        line = {"alert_id": draft.alert_id, "digest": digest, "capsule": msgspec.Raw(sealed)}
        self._capsules.write({**line, "context": msgspec.Raw(beside)}, key)
        self._levels[made["level"]] += 1

    def record(self) -> dict[str, Any]:
        """Count alerts by level."""
        by_level = {name: self._levels[name] for name in SEVERITIES}
        return {"total": sum(by_level.values()), "by_level": by_level}

    def commit(self) -> None:
        """Give the files their names."""
        self._alerts.commit()
        self._capsules.commit()

    def discard(self) -> None:
        """Remove what was written."""
        self._alerts.discard()
        self._capsules.discard()
