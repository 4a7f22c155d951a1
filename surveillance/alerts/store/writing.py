"""Writes alerts into a store: what it says already stays untouched, what changed becomes a numbered revision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, update

from surveillance.alerts.capsule import pack
from surveillance.alerts.store.changes import Change, Known, change_of
from surveillance.alerts.store.rows import Alert, Row, alert_row, facet_rows, lineage_row, revision_row
from surveillance.alerts.store.tables import (
    ABSORBED,
    CLOSED,
    OPEN,
    WITHDRAWN,
    alerts,
    aliases,
    capsules,
    facets,
    lineages,
    members,
    revisions,
)

_AT_ONCE: Final = 5_000
"""Values in one query; SQLite takes 32,766."""

Whole = tuple[Alert, bytes, bytes]
"""An alert, its capsule and its context."""


def put(connection: Connection, batch: Sequence[Whole], run: str, produced: Collection[str]) -> list[Change]:
    """Write a batch of alerts.

    Parameters
    ----------
    connection : Connection
        In a transaction that may write.
    batch : sequence of (Mapping, bytes, bytes)
        Alerts, each with its capsule and context.
    run : str
        Id of the run.
    produced : Collection of str
        Ids of all alerts of the run.

    Returns
    -------
    list of Change
        What was written.
    """
    known = _known(connection, [alert for alert, _, _ in batch], produced)
    changes = []
    sealed = {}
    for alert, capsule, context in batch:
        change = change_of(alert, known)
        if change is not None:
            change.context = context
            changes.append(change)
            sealed[alert["lineage"]["capsule"]] = {"content": capsule}
    _add_missing(connection, capsules, sealed)
    write(connection, changes, run)
    return changes


def write(connection: Connection, changes: Sequence[Change], run: str, state: str = OPEN) -> None:
    """Write changes whose capsules are there."""
    if not changes:
        return
    rows = [lineage_row(one.alert) for one in changes]
    _add_missing(connection, lineages, {row["digest"]: {"document": row["document"]} for row in rows})
    fresh: list[Row] = []
    old: list[Row] = []
    for one in changes:
        columns = alert_row(one.alert) | {"revision": one.alert["revision"], "state": state, "follows": one.follows}
        (fresh if one.fresh else old).append(columns)
    if fresh:
        connection.execute(insert(alerts), fresh)
    for row in old:
        connection.execute(update(alerts).where(alerts.c.alert_id == row["alert_id"]), row)
    connection.execute(insert(revisions), [revision_row(one.alert, one.why, run, one.context) for one in changes])
    _refile(connection, changes)
    for one in changes:
        for name in one.absorbs:
            _absorb(connection, name, one.alert["alert_id"])


def _refile(connection: Connection, changes: Sequence[Change]) -> None:
    """Write by what alerts can be found, and which findings they have; a closed one keeps its own."""
    before = [one.alert["alert_id"] for one in changes if not one.fresh]
    _delete(connection, facets, "alert_id", before)
    _delete(connection, members, "alert_id", before)
    _delete(connection, aliases, "alias", before)
    filed = [row for one in changes for row in facet_rows(one.alert)]
    if filed:
        connection.execute(insert(facets), filed)
    taken = {name for one in changes for name in one.absorbs}
    _delete(connection, members, "alert_id", sorted(taken))
    mine = {finding: one.alert["alert_id"] for one in changes for finding in one.alert["findings"]}
    there = _found(connection, members, "finding_id", sorted(mine))
    owners = _found(connection, alerts, "alert_id", sorted({row["alert_id"] for row in there.values()}))
    kept = {finding for finding, row in there.items() if owners[row["alert_id"]]["state"] == CLOSED}
    _delete(connection, members, "finding_id", sorted(set(there) - kept))
    owned = [{"finding_id": finding, "alert_id": name} for finding, name in mine.items() if finding not in kept]
    if owned:
        connection.execute(insert(members), owned)


def _absorb(connection: Connection, name: str, by: str) -> None:
    """Make an alert an alias of another; ids that led to it lead on."""
    connection.execute(update(alerts).where(alerts.c.alert_id == name), {"state": ABSORBED})
    connection.execute(update(aliases).where(aliases.c.alert_id == name), {"alert_id": by})
    connection.execute(insert(aliases), {"alias": name, "alert_id": by})
    _delete(connection, facets, "alert_id", [name])


def _known(connection: Connection, batch: Sequence[Alert], produced: Collection[str]) -> Known:
    ids = sorted(alert["alert_id"] for alert in batch)
    findings = sorted({name for alert in batch for name in alert["findings"]})
    owners = {
        row["finding_id"]: row["alert_id"] for row in _found(connection, members, "finding_id", findings).values()
    }
    rows = _found(connection, alerts, "alert_id", sorted({*ids, *owners.values()}))
    successors: dict[str, str] = {}
    newest = {name: name for name in rows}
    while newest:
        heirs = _found(connection, alerts, "follows", sorted(newest))
        newest = {row["alert_id"]: newest[follows] for follows, row in heirs.items()}
        successors |= {first: name for name, first in newest.items()}
        rows |= {row["alert_id"]: row for row in heirs.values()}
    return Known(rows, owners, successors, produced)


def _found(connection: Connection, table: Table, column: str, values: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return rows by the value of a column."""
    rows: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(values), _AT_ONCE):
        part = values[start : start + _AT_ONCE]
        for row in connection.execute(select(table).where(table.c[column].in_(part))).mappings():
            rows[row[column]] = dict(row)
    return rows


def _delete(connection: Connection, table: Table, column: str, values: Sequence[str]) -> None:
    for start in range(0, len(values), _AT_ONCE):
        connection.execute(delete(table).where(table.c[column].in_(values[start : start + _AT_ONCE])))


def _add_missing(connection: Connection, table: Table, content: Mapping[str, Row]) -> None:
    """Add what is kept by its digest, unless it is there."""
    names = sorted(content)
    there: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        there.update(connection.scalars(select(table.c.digest).where(table.c.digest.in_(part))))
    rows = [{"digest": name, **content[name]} for name in names if name not in there]
    for row in rows:
        if "content" in row:
            row["content"] = pack(row["content"])
    if rows:
        connection.execute(insert(table), rows)


def close(connection: Connection, alert_id: str, *, by: str, why: str, at: str) -> bool:
    """Close an open alert: what becomes known later goes into one that continues it.

    Parameters
    ----------
    alert_id : str
        Its id.
    by, why : str
        Who closes it, and the reason.
    at : str
        When, ISO 8601.

    Returns
    -------
    bool
        Whether it was open.
    """
    columns = {"state": CLOSED, "closed_at": at, "closed_by": by, "closed_why": why}
    one = (alerts.c.alert_id == alert_id) & (alerts.c.state == OPEN)
    return connection.execute(update(alerts).where(one).values(columns)).rowcount == 1


def withdraw(connection: Connection, changes: Sequence[Change], run: str) -> None:
    """Write the revisions of alerts of which nothing is left."""
    write(connection, changes, run, WITHDRAWN)
