"""Findings that suppressions hold back: left out, and counted with the strongest that each one hid."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from surveillance.alerts.values import exact
from surveillance.engine.episodes import Episode
from surveillance.engine.judge import STRENGTH_SCALE
from surveillance.events.dictionary import TermsTable
from surveillance.events.schema import AssetClass
from surveillance.rules import Suppression

OnHidden = Callable[[Suppression, Episode], None]

_EPOCH: Final = date(1970, 1, 1)
_NS_OF_DAY: Final = 86_400_000_000_000


@dataclass(slots=True)
class _Hidden:
    """What one suppression has done."""

    findings: int = 0
    strength: int = -1
    after_expiry: int = 0


class Suppressing:
    """Suppressions at work, after judging.

    Whether one holds depends on when a finding ends and not on today's date, so that a run that is repeated later
    finds the same.

    Parameters
    ----------
    suppressions : iterable of Suppression
        Those of the rulebook.
    terms : TermsTable
        Terms that rows of the tape have.
    """

    def __init__(self, suppressions: Iterable[Suppression], terms: TermsTable) -> None:
        self._hidden = [(one, _Hidden()) for one in suppressions]
        self._terms = terms
        self.on_hidden: OnHidden | None = None
        """Called with each finding that is held back."""

    def hides(self, episode: Episode) -> bool:
        """Tell whether a finding is held back; count it under every suppression that does."""
        hidden = False
        for suppression, counted in self._hidden:
            trail = episode.trail
            start, end = _day(trail.first_time), _day(trail.last_time)
            rule = episode.judge.rule.id
            if not suppression.covers(rule, start, end, lambda name: self._values(episode, name)):
                continue
            if end >= suppression.expires:
                counted.after_expiry += 1
                continue
            counted.findings += 1
            counted.strength = max(counted.strength, episode.strength)
            hidden = True
            if self.on_hidden is not None:
                self.on_hidden(suppression, episode)
        return hidden

    def _values(self, episode: Episode, name: str) -> frozenset[str] | None:
        """Return the values of a field in the events of a finding; None when not all of them are known."""
        if name in episode.names:
            return frozenset((episode.names[name],))
        if name == "asset_class" and "instrument" in episode.names:
            values: set[str | None] = {self._asset_class(episode.terms)}
        else:
            events = episode.evidence.facts()
            if episode.trail.count > len(events):
                return None
            values = {self._asset_class(one["terms"]) if name == "asset_class" else one.get(name) for one in events}
        return None if None in values else frozenset(value for value in values if value)

    def _asset_class(self, terms: int) -> str | None:
        asset_class = self._terms.rows[terms][0]
        return AssetClass(asset_class).name.lower() if asset_class else None

    def record(self, last_time: int) -> list[dict[str, Any]]:
        """Say what each suppression hid, and which has expired.

        Parameters
        ----------
        last_time : int
            Time of the last event, ns.
        """
        return [
            {
                "id": one.id,
                "reason": one.reason,
                "owner": one.owner,
                "expires": one.expires.isoformat(),
                "expired": _day(last_time) >= one.expires,
                "digest": one.digest,
                "findings": counted.findings,
                "highest_strength": exact(counted.strength, STRENGTH_SCALE) if counted.findings else None,
                "found_after_expiry": counted.after_expiry,
            }
            for one, counted in self._hidden
        ]


def _day(time: int) -> date:
    return _EPOCH + timedelta(days=time // _NS_OF_DAY)
