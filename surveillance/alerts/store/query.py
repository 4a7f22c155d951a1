"""Which alerts: filters, order and page, the same for both databases and for a folder of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select

from surveillance.alerts.scoring import POINTS
from surveillance.alerts.store.tables import CLOSED, OPEN, STATES, alerts, facets, revisions

SORTS: Final = {"score": alerts.c.score, "start": alerts.c.start, "subject": alerts.c.subject_id}
"""What a list can be sorted by."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which alerts to give.

    Parameters
    ----------
    levels, states, subjects : sequence of str
        Any of these; empty: all levels and subjects, and all states but withdrawn and absorbed.
    facets : sequence of (str, sequence of str)
        Of each, name and values of which an alert must have one; see `FACETS`.
    day_from, day_to : str
        First and last trading day, ISO 8601; empty: open.
    least, most : int or None
        Lowest score, and score that it must be below, in points.
    sort : str
        One of `SORTS`.
    ascending : bool
        Smallest first.
    limit, offset : int
        Page; a limit of 0 is none.
    """

    levels: Sequence[str] = ()
    states: Sequence[str] = ()
    subjects: Sequence[str] = ()
    facets: Sequence[tuple[str, Sequence[str]]] = ()
    day_from: str = ""
    day_to: str = ""
    least: int | None = None
    most: int | None = None
    sort: str = "score"
    ascending: bool = False
    limit: int = 50
    offset: int = 0


def condition(query: Query) -> ColumnElement[bool]:
    """Return the condition that the alerts of a query meet."""
    wanted = query.states or (OPEN, CLOSED)
    # said by what they are not: nearly all are open or closed, and by an index of these SQLite would go through all
    parts: list[ColumnElement[bool]] = [alerts.c.state.not_in([one for one in STATES if one not in wanted])]
    if query.levels:
        parts.append(alerts.c.level.in_(query.levels))
    if query.subjects:
        parts.append(alerts.c.subject_id.in_(query.subjects))
    if query.day_from:
        parts.append(alerts.c.trading_day >= query.day_from)
    if query.day_to:
        parts.append(alerts.c.trading_day <= query.day_to)
    if query.least is not None:
        parts.append(alerts.c.score >= query.least * POINTS)
    if query.most is not None:
        parts.append(alerts.c.score < query.most * POINTS)
    for name, values in query.facets:
        having = select(facets.c.alert_id).where((facets.c.name == name) & facets.c.value.in_(values))
        parts.append(alerts.c.alert_id.in_(having))
    return and_(*parts)


def page(query: Query) -> Select[Any]:
    """Return the statement that gives a page of alerts with their documents."""
    column = SORTS[query.sort]
    order = (column.asc(), alerts.c.alert_id.asc()) if query.ascending else (column.desc(), alerts.c.alert_id.desc())
    wanted = select(alerts.c.alert_id).where(condition(query)).order_by(*order)
    if query.limit:
        wanted = wanted.limit(query.limit)
    if query.offset:
        wanted = wanted.offset(query.offset)
    some = wanted.subquery()
    latest = (revisions.c.alert_id == alerts.c.alert_id) & (revisions.c.revision == alerts.c.revision)
    columns = [*alerts.c, revisions.c.document, revisions.c.lineage, revisions.c.capsule]
    return select(*columns).join(some, some.c.alert_id == alerts.c.alert_id).join(revisions, latest).order_by(*order)


def count(query: Query) -> Select[Any]:
    """Return the statement that counts the alerts of a query."""
    return select(func.count()).select_from(alerts).where(condition(query))
