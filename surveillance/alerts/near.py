"""Near misses of an alert's subject: what its people almost did as well, nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from surveillance.alerts.filed import Filed
from surveillance.alerts.grouping import GAP

MOST: Final = 5
"""Near misses that an alert shows."""

NearMiss = Mapping[str, Any]

_PEOPLE: Final = ("account", "trader", "beneficial_owner", "desk")


def people_of(members: Sequence[Filed]) -> set[tuple[str, str]]:
    """Return the subject, accounts and traders of an alert, each as column and id."""
    subject = members[0].subject
    people = {(subject.kind, subject.id)} if subject.kind in _PEOPLE else set()
    people |= {("account", one) for filed in members for one in filed.accounts}
    return people | {("trader", one) for filed in members for one in filed.traders}


def span_of(members: Sequence[Filed]) -> tuple[int, int]:
    """Return the time within which near misses belong to an alert: its own and a gap on either side, ns."""
    return min(one.start for one in members) - GAP, max(one.end for one in members) + GAP


def nearest(misses: Iterable[NearMiss], members: Sequence[Filed]) -> list[NearMiss]:
    """Return the nearest of them, without what findings of the same rule and key say already."""
    left = [one for one in misses if not _covered(one, members)]
    return sorted(left, key=lambda one: (one["shortfall"], one["rule"], one["time"], sorted(one["key"].items())))[:MOST]


def _covered(one: NearMiss, members: Sequence[Filed]) -> bool:
    return any(
        filed.finding["rule"] == one["rule"]
        and filed.finding["key"] == one["key"]
        and filed.finding["start"] <= one["time"] <= filed.finding["end"]
        for filed in members
    )
