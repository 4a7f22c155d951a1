"""What a batch of alerts changes in the store: decided in memory from what is there, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from surveillance.alerts.alert import withdrawn
from surveillance.alerts.lineage import digest_of
from surveillance.alerts.store.rows import Alert, alert_row, content_of
from surveillance.alerts.store.tables import ABSORBED, CLOSED, OPEN, WITHDRAWN


@dataclass(slots=True)
class Change:
    """One alert to be written.

    Parameters
    ----------
    alert : Mapping
        With its new revision.
    why : str
        What changed, in a sentence.
    follows : str or None
        The closed alert that it continues.
    absorbs : tuple of str
        Alerts whose findings it takes over.
    fresh : bool
        Whether it was not there before.
    context : bytes
        What stands beside the evidence, see `surveillance.alerts.capsule`.
    """

    alert: Alert
    why: str
    follows: str | None = None
    absorbs: tuple[str, ...] = ()
    fresh: bool = True
    context: bytes = b"{}"


@dataclass(slots=True)
class Known:
    """What is in the store about the alerts of a batch.

    Parameters
    ----------
    rows : dict of str to Mapping
        Alert id to its columns.
    owners : dict of str to str
        Finding id to the alert that it is in.
    successors : dict of str to str
        Closed alert to the newest that continues it.
    produced : Collection of str
        Ids of all alerts of the run, which none of them may absorb.
    """

    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)
    produced: Collection[str] = frozenset()


def change_of(alert: Alert, known: Known) -> Change | None:
    """Return what has to be written for an alert; None when the store says the same already.

    Parameters
    ----------
    alert : Mapping
        As the run made it.
    known : Known
        What is there.
    """
    before = known.rows.get(alert["alert_id"])
    gone = {known.owners[name] for name in alert["findings"] if name in known.owners}
    closed = sorted(name for name in gone if known.rows[name]["state"] == CLOSED)
    heirs = {known.successors.get(name, name) for name in (alert["alert_id"], *closed)}
    absorbs = tuple(sorted(gone - heirs - set(closed) - {alert["alert_id"], *known.produced}))
    if before is None:
        if closed:
            return _succeed(alert, closed[0], known, absorbs)
        why = f"absorbed {', '.join(absorbs)}, of which it has an earlier finding" if absorbs else "found"
        return Change({**alert, "revision": 1}, why, absorbs=absorbs)
    if before["state"] == CLOSED:
        return _succeed(alert, before["alert_id"], known, absorbs)
    if before["state"] == OPEN and before["content"] == content_of(alert) and not absorbs:
        return None
    revised = {**alert, "revision": before["revision"] + 1}
    return Change(revised, _difference(before, alert, absorbs), before["follows"], absorbs, fresh=False)


def _succeed(alert: Alert, closed: str, known: Known, absorbs: tuple[str, ...]) -> Change | None:
    """Continue a closed alert in a linked one, or revise the one that continues it already."""
    newest = known.successors.get(closed, closed)
    last = known.rows[newest]
    if newest != closed and last["state"] != CLOSED:
        successor = {**alert, "alert_id": newest, "revision": last["revision"] + 1}
        if last["state"] == OPEN and last["content"] == content_of(successor) and not absorbs:
            return None
        return Change(successor, _difference(last, successor, absorbs), last["follows"], absorbs, fresh=False)
    if last["content"] == content_of({**alert, "alert_id": newest}) and not absorbs:
        return None
    name = digest_of(["successor", newest, last["revision"]])[:32]
    why = f"continues {newest}, which was closed when this became known"
    return Change({**alert, "alert_id": name, "revision": 1}, why, newest, absorbs)


def _difference(before: Mapping[str, Any], alert: Alert, absorbs: tuple[str, ...]) -> str:
    """Say what is new about an alert."""
    row = alert_row(alert)
    said = []
    if before["state"] == WITHDRAWN:
        said.append("found again")
    if before["state"] == ABSORBED:
        said.append("apart again")
    if absorbs:
        said.append(f"absorbed {', '.join(absorbs)}")
    if before["score"] != row["score"]:
        said.append(f"score {before['score'] / 100:.2f} to {row['score'] / 100:.2f}")
    if (before["start"], before["end"]) != (row["start"], row["end"]):
        said.append(f"now from {row['start']} to {row['end']}")
    return "; ".join(said) or "other evidence or wording"


def withdrawal(row: Mapping[str, Any], alert: Alert, why: str, at: str) -> Change:
    """Return the revision of an alert of which nothing is left.

    Parameters
    ----------
    row : Mapping
        Its columns.
    alert : Mapping
        As it was.
    why : str
        A sentence.
    at : str
        When the run began that did not find it again, ISO 8601.
    """
    return Change(withdrawn(alert, why, at), why, row["follows"], fresh=False)
