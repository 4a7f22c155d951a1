"""A finding as the alerts take it: what it says, whom it is about, and the events that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SUBJECTS: Final = ("beneficial_owner", "account", "trader", "desk", "instrument")
"""Whom an alert can be about, the first that is known; a linked group stands in the owner's place."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an alert is about.

    Parameters
    ----------
    kind : str
        One of `SUBJECTS`, or ``key`` where none of them is known.
    id : str
        Its id, as text.
    """

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Filed:
    """One version of a finding.

    Parameters
    ----------
    finding : Mapping
        In the shape of ``finding.schema.json``.
    subject : Subject
        Whom it is about.
    groups : frozenset of str
        Groups of the instruments of its events; empty when it has none.
    instruments, accounts, traders : tuple of str
        Those of its events, sorted.
    start, end : int
        Times of its first and last event, ns UTC.
    day : str
        Trading day of its first event; the day in UTC where that is not known.
    event_time : int
        Time of the event with which its conditions first held, ns UTC.
    events : sequence of Mapping
        Its events with all that the tape knew of them, the first and last of very many.
    prices : Mapping
        Instrument to what was traded there meanwhile, by anybody; see `surveillance.engine.evidence`.
    terms : Mapping
        Asset class, band and scales under which it was judged, as codes.
    names : Mapping
        What its explanation may call by name.
    """

    finding: Mapping[str, Any]
    subject: Subject
    groups: frozenset[str]
    instruments: tuple[str, ...]
    accounts: tuple[str, ...]
    start: int
    end: int
    day: str
    event_time: int
    traders: tuple[str, ...] = ()
    events: Sequence[Mapping[str, Any]] = ()
    prices: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    terms: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The finding's id."""
        return str(self.finding["finding_id"])

    @property
    def bucket(self) -> tuple[str, str, str]:
        """Only findings of one subject and one trading day can be one alert."""
        return self.subject.kind, self.subject.id, self.day


def as_plain(filed: Filed) -> dict[str, Any]:
    """Return how a finding was filed, beside what it says: enough to make the alert again."""
    return {
        "finding_id": filed.id,
        "subject": {"kind": filed.subject.kind, "id": filed.subject.id},
        "groups": sorted(filed.groups),
        "instruments": filed.instruments,
        "accounts": filed.accounts,
        "traders": filed.traders,
        "start": filed.start,
        "end": filed.end,
        "day": filed.day,
        "event_time": filed.event_time,
        "terms": dict(filed.terms),
        "names": dict(filed.names),
    }


def from_plain(plain: Mapping[str, Any], finding: Mapping[str, Any]) -> Filed:
    """Return a finding as it was filed; the reverse of `as_plain`."""
    fields: dict[str, Any] = {name: tuple(plain[name]) for name in ("instruments", "accounts", "traders")}
    fields.update({name: plain[name] for name in ("start", "end", "day", "event_time", "terms", "names")})
    return Filed(finding, Subject(**plain["subject"]), frozenset(plain["groups"]), **fields)


def subject_of(known: Mapping[str, str | None], key: Mapping[str, str], wanted: str | None = None) -> Subject:
    """Return whom a finding is about: what its rule names if that is known, else the first that is.

    Parameters
    ----------
    known : Mapping
        Owner, account, trader, desk and instrument that all its events share; None where they do not.
    key : Mapping
        Its key as text.
    wanted : str, optional
        The subject that its rule names.
    """
    said = {**known, **key}
    for kind in (wanted, *SUBJECTS):
        if kind is not None and said.get(kind):
            return Subject(kind, str(said[kind]))
    return Subject("key", ", ".join(f"{name} {value}" for name, value in sorted(key.items())))
