"""Findings of one subject that are close in time and share an instrument's group become one alert.

Two findings belong together when they are of one subject and trading day, share a group of instruments, and lie no
further apart than the gap; an alert is all that hangs together so. Which alerts come out depends on the findings
alone and not on the order in which they came: only revisions and aliases tell that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from surveillance.alerts.filed import Filed, Subject

GAP: Final = 30 * 60 * 1_000_000_000
"""Findings no further apart than this can be one alert, ns."""

NO_GROUP: Final = frozenset(("",))

Bucket = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert as its findings make it, without its score.

    Parameters
    ----------
    alert_id : str
        See `alert_id`.
    members : tuple of Filed
        By start and id; empty when nothing is left of a published alert.
    aliases : tuple of str
        Ids under which its findings were published before.
    revision : int
        Counts the changes since it was first published, from 1.
    """

    alert_id: str
    members: tuple[Filed, ...]
    aliases: tuple[str, ...] = ()
    revision: int = 1


@dataclass(slots=True, eq=False)
class Group:
    """Findings that hang together.

    Parameters
    ----------
    members : dict of str to Filed
        By finding id.
    spans : dict of str to list of (int, int)
        Group of instruments to the times that its findings cover, joined where they are no further apart than the gap.
    published : dict of str to str
        Alert ids that have been published for these findings, each with the finding it was made from.
    """

    members: dict[str, Filed] = field(default_factory=dict)
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    revision: int = 0

    def touches(self, filed: Filed, gap: int) -> bool:
        """Tell whether a finding hangs together with one of the members."""
        return any(
            start - gap <= filed.end and filed.start <= end + gap
            for name in filed.groups or NO_GROUP
            for start, end in self.spans.get(name, ())
        )

    def add(self, filed: Filed, gap: int) -> None:
        """Take in a finding."""
        self.members[filed.id] = filed
        for name in filed.groups or NO_GROUP:
            self._cover(name, filed.start, filed.end, gap)

    def absorb(self, other: Group, gap: int) -> None:
        """Take in another group."""
        self.members.update(other.members)
        self.published.update(other.published)
        self.revision = max(self.revision, other.revision)
        for name, spans in other.spans.items():
            for start, end in spans:
                self._cover(name, start, end, gap)

    def _cover(self, name: str, start: int, end: int, gap: int) -> None:
        apart = []
        for low, high in self.spans.get(name, ()):
            if low - gap <= end and start <= high + gap:
                start, end = min(start, low), max(end, high)
            else:
                apart.append((low, high))
        self.spans[name] = [*apart, (start, end)]

    @property
    def ordered(self) -> tuple[Filed, ...]:
        """Members by start and id."""
        return tuple(sorted(self.members.values(), key=lambda one: (one.start, one.id)))

    @property
    def last(self) -> int:
        """Time of its last event, ns."""
        return max(one.end for one in self.members.values())


def alert_id(subject: Subject, groups: Iterable[str], day: str, finding_id: str) -> str:
    """Return the identity of an alert: its subject, and its earliest finding's group, trading day and id."""
    content = msgspec.json.encode([subject.kind, subject.id, sorted(groups), day, finding_id])
    return hashlib.sha256(content).hexdigest()[:32]


class Grouping:
    """Alerts that may still grow.

    Parameters
    ----------
    gap : int
        Findings no further apart than this can be one alert, ns.
    """

    def __init__(self, gap: int = GAP) -> None:
        self._gap = gap
        self._buckets: dict[Bucket, list[Group]] = {}
        self._where: dict[str, Bucket] = {}
        self._touched: dict[int, tuple[Bucket, Group]] = {}

    def add(self, filed: Filed) -> None:
        """Take in a finding, or a newer version of one."""
        before = self._where.get(filed.id)
        if before is not None:
            old = self._take_out(filed.id)
            self._settle(filed, old)
            return
        self._settle(filed, None)

    def remove(self, finding_id: str) -> None:
        """Take out a finding that holds no more, because its events were busted or corrected."""
        if finding_id in self._where:
            self._take_out(finding_id)

    def revise(self) -> list[Draft]:
        """Return the alerts that have changed since they were last asked for, each with its next revision."""
        touched, self._touched = self._touched, {}
        for _, group in touched.values():
            if not group.members and not group.published:
                self._forget(group)
        drafts = [self._publish(group) for _, group in touched.values() if group.members or group.published]
        return sorted(drafts, key=_by_start)

    def close(self, since: int) -> list[Draft]:
        """Return, and let go of, the alerts that nothing can join any more.

        Parameters
        ----------
        since : int
            No finding that is still to come begins before it, ns.
        """
        closed = []
        for bucket, groups in list(self._buckets.items()):
            done = [group for group in groups if group.members and group.last + self._gap < since]
            if not done:
                continue
            left = [group for group in groups if group not in done]
            if left:
                self._buckets[bucket] = left
            else:
                del self._buckets[bucket]
            for group in done:
                changed = self._touched.pop(id(group), None) is not None
                for name in group.members:
                    del self._where[name]
                closed.append(self._publish(group, changed=changed))
        return sorted(closed, key=_by_start)

    def _settle(self, filed: Filed, old: Group | None) -> None:
        groups = self._buckets.setdefault(filed.bucket, [])
        near = [group for group in groups if group.touches(filed, self._gap)]
        home = max(near, key=lambda group: len(group.members), default=None)
        if home is None:
            home = Group()
            groups.append(home)
        for group in near:
            if group is not home:
                home.absorb(group, self._gap)
                groups.remove(group)
                self._touched.pop(id(group), None)
        home.add(filed, self._gap)
        self._where[filed.id] = filed.bucket
        self._touch(filed.bucket, home)
        if old is not None and not old.members and old is not home:  # the finding was all there was of it
            home.published.update(old.published)
            home.revision = max(home.revision, old.revision)
            self._forget(old)

    def _take_out(self, finding_id: str) -> Group:
        """Remove a finding; what hung together through it alone falls apart. Return what it was in."""
        bucket = self._where.pop(finding_id)
        groups = self._buckets[bucket]
        group = next(one for one in groups if finding_id in one.members)
        groups.remove(group)
        self._touched.pop(id(group), None)
        rest = [one for one in group.ordered if one.id != finding_id]
        group.members, group.spans = {}, {}
        if not rest:
            groups.append(group)
            self._touch(bucket, group)
            return group
        for one in rest:
            self._settle(one, None)
        self._inherit(group, rest, bucket)
        return group

    def _inherit(self, group: Group, rest: list[Filed], bucket: Bucket) -> None:
        """Give each published id to the part that holds the finding it was made from, or else to the earliest part."""
        holds = {one: part for part in self._buckets[bucket] for one in part.members}
        for known, finding in group.published.items():
            heir = holds.get(finding, holds[rest[0].id])
            heir.published[known] = finding
        for part in {id(holds[one.id]): holds[one.id] for one in rest}.values():
            part.revision = max(part.revision, group.revision if part.published else 0)
        group.published = {}

    def _touch(self, bucket: Bucket, group: Group) -> None:
        self._touched[id(group)] = (bucket, group)

    def _forget(self, group: Group) -> None:
        self._touched.pop(id(group), None)
        for bucket, groups in list(self._buckets.items()):
            if group in groups:
                groups.remove(group)
                if not groups:
                    del self._buckets[bucket]

    def _publish(self, group: Group, *, changed: bool = True) -> Draft:
        group.revision += changed
        members = group.ordered
        if not members:
            self._forget(group)
            known = list(group.published)
            return Draft(known[0], (), tuple(known[1:]), group.revision)
        first = members[0]
        mine = alert_id(first.subject, first.groups, first.day, first.id)
        group.published.setdefault(mine, first.id)
        aliases = tuple(sorted(known for known in group.published if known != mine))
        return Draft(mine, members, aliases, group.revision)


def _by_start(draft: Draft) -> tuple[int, str]:
    return (draft.members[0].start if draft.members else 0, draft.alert_id)
