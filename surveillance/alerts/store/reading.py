"""Reads alerts from a store: lists, one with all that is known of it, and counts for a summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from surveillance.alerts.capsule import opened, unpack
from surveillance.alerts.scoring import POINTS
from surveillance.alerts.store.query import Query, condition, count, page
from surveillance.alerts.store.rows import decode
from surveillance.alerts.store.tables import (
    CLOSED,
    OPEN,
    STATES,
    alerts,
    aliases,
    capsules,
    facets,
    lineages,
    revisions,
    runs,
)
from surveillance.rules.rulebook import SEVERITIES

Stored = dict[str, Any]

RISKS: Final = ("above 70", "40 to 70", "below 40")
"""Parts of the risk distribution, by score."""

_COUNTED_BY: Final = ("family", "typology", "asset_class", "rule")
_RUNS_SHOWN: Final = 200


def listed(connection: Connection, query: Query) -> tuple[int, list[Stored]]:
    """Return how many alerts a query has, and those of its page, without their lineage."""
    total = int(connection.scalar(count(query)) or 0)
    return total, [_stored(dict(row)) for row in connection.execute(page(query)).mappings()]


def exported(connection: Connection, query: Query) -> Iterator[dict[str, Any]]:
    """Yield the alerts of a query as alerts.ndjson has them."""
    known: dict[str, dict[str, Any]] = {}
    rows = connection.execute(page(query), execution_options={"yield_per": 500}).mappings()
    for row in rows:
        if row["lineage"] not in known:
            known[row["lineage"]] = _lineage(connection, row["lineage"])
        yield {**decode(row["document"]), "lineage": {**known[row["lineage"]], "capsule": row["capsule"]}}


def resolved(connection: Connection, name: str) -> list[str]:
    """Return the ids that a name can mean: an id, an alias, or the beginning of ids.

    An id once published always resolves: one that was absorbed leads to what absorbed it.
    """
    alias = connection.scalar(select(aliases.c.alert_id).where(aliases.c.alias == name))
    if alias is not None:
        return [alias]
    return list(
        connection.scalars(
            select(alerts.c.alert_id)
            .where((alerts.c.alert_id >= name) & (alerts.c.alert_id < name + "g"))
            .order_by(alerts.c.alert_id)
            .limit(5)
        )
    )


def shown(connection: Connection, alert_id: str) -> Stored:
    """Return everything about an alert: the record, state, revisions, aliases, links and the content of its capsule."""
    latest = (revisions.c.alert_id == alerts.c.alert_id) & (revisions.c.revision == alerts.c.revision)
    columns = [*alerts.c, revisions.c.document, revisions.c.lineage, revisions.c.capsule, revisions.c.context]
    row = (
        connection.execute(select(*columns).join(revisions, latest).where(alerts.c.alert_id == alert_id))
        .mappings()
        .one()
    )
    found = _stored(dict(row))
    found["alert"]["lineage"] = {**_lineage(connection, row["lineage"]), "capsule": row["capsule"]}
    sealed = connection.scalar(select(capsules.c.content).where(capsules.c.digest == row["capsule"]))
    history = select(revisions.c.revision, revisions.c.recorded_at, revisions.c.why).where(
        revisions.c.alert_id == alert_id
    )
    return {
        **found,
        "capsule": None if sealed is None else opened(unpack(sealed)),
        "context": opened(unpack(row["context"])),
        "revisions": [dict(one) for one in connection.execute(history.order_by(revisions.c.revision)).mappings()],
        "aliases": sorted(connection.scalars(select(aliases.c.alias).where(aliases.c.alert_id == alert_id))),
        "continued_by": connection.scalar(select(alerts.c.alert_id).where(alerts.c.follows == alert_id)),
    }


def run_of(connection: Connection, alert_id: str) -> dict[str, Any]:
    """Return the record of the run that made the last revision of an alert; empty where it is not there."""
    latest = (revisions.c.alert_id == alerts.c.alert_id) & (revisions.c.revision == alerts.c.revision)
    made_by = select(runs.c.document).join(revisions, revisions.c.run == runs.c.run_id).join(alerts, latest)
    return decode(connection.scalar(made_by.where(alerts.c.alert_id == alert_id)) or "{}")


def summary(connection: Connection, query: Query) -> dict[str, Any]:
    """Count the alerts of a query: by state, level, risk, family, typology and asset class."""
    states, levels = (_counted(connection, query, column) for column in (alerts.c.state, alerts.c.level))
    above, middle, below = RISKS
    part = case((alerts.c.score > 70 * POINTS, above), (alerts.c.score >= 40 * POINTS, middle), else_=below)
    risks = _counted(connection, query, part)
    return {
        "total": sum(states.values()),
        "open": states.get(OPEN, 0),
        "closed": states.get(CLOSED, 0),
        "by_state": {name: states[name] for name in STATES if name in states},
        "by_level": {name: levels.get(name, 0) for name in SEVERITIES},
        "by_risk": {name: risks.get(name, 0) for name in RISKS},
        **{f"by_{name}": counts for name, counts in _by_facets(connection, query, _COUNTED_BY).items()},
    }


def _counted(connection: Connection, query: Query, by: ColumnElement[Any]) -> dict[str, int]:
    found = connection.execute(select(by, func.count()).where(condition(query)).group_by(by)).all()
    return {str(value): int(number) for value, number in found}


def _by_facets(connection: Connection, query: Query, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count by several facets at once, the most frequent value of each first."""
    # the empty text keeps SQLite from going through all values of a name where the query leaves few alerts
    named = (facets.c.name + "").in_(names)
    found = connection.execute(
        select(facets.c.name, facets.c.value, func.count())
        .select_from(alerts)
        .join(facets, facets.c.alert_id == alerts.c.alert_id)
        .where(and_(condition(query), named))
        .group_by(facets.c.name, facets.c.value)
    ).all()
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for name, value, number in sorted(found, key=lambda row: (-row[2], row[1])):
        counts[name][str(value)] = int(number)
    return counts


def latest_runs(connection: Connection) -> list[dict[str, Any]]:
    """Return the newest record of each rulebook and feed profile, the newest first."""
    newest_first = (runs.c.last.desc(), runs.c.started.desc())
    rows = connection.scalars(select(runs.c.document).order_by(*newest_first).limit(_RUNS_SHOWN))
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for document in rows:
        run = decode(document)
        newest.setdefault((run["rulebook"]["name"], run["feed"]["name"]), run)
    return list(newest.values())


def _stored(row: Mapping[str, Any]) -> Stored:
    alert = decode(row["document"])
    return {
        "alert": alert,
        "state": row["state"],
        "follows": row["follows"],
        "closed": None
        if row["closed_at"] is None
        else {"at": row["closed_at"], "by": row["closed_by"], "why": row["closed_why"]},
    }


def _lineage(connection: Connection, digest: str) -> dict[str, Any]:
    return decode(connection.scalar(select(lineages.c.document).where(lineages.c.digest == digest)) or "{}")
