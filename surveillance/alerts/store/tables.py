"""Tables of the store. What they hold is changed by migrations only, see `migrations/`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

HEAD: Final = "0002"
"""The newest migration."""

OPEN: Final = "open"
CLOSED: Final = "closed"
WITHDRAWN: Final = "withdrawn"
ABSORBED: Final = "absorbed"
STATES: Final = (OPEN, CLOSED, WITHDRAWN, ABSORBED)
"""open; closed by a person; withdrawn because its findings hold no more; absorbed by another alert."""

FACETS: Final = ("rule", "family", "typology", "asset_class", "account", "instrument")
"""What alerts can be filtered and counted by, of which each can have several values."""

metadata = MetaData()

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("trading_day", String(10), nullable=False),
    Column("start", String(30), nullable=False),
    Column("end", String(30), nullable=False),
    Column("score", Integer, nullable=False, doc="1/10,000"),
    Column("level", String(16), nullable=False),
    Column("content", String(64), nullable=False, doc="digest of what it says"),
    Column("follows", String(64), doc="the closed alert that it continues"),
    Column("closed_at", String(30)),
    Column("closed_by", Text),
    Column("closed_why", Text),
    Index("alerts_by_score", "score", "alert_id"),
    Index("alerts_by_start", "start", "alert_id"),
    Index("alerts_by_day", "trading_day", "score"),
    Index("alerts_by_follows", "follows"),
    Index("alerts_by_subject", "subject_id"),
    Index("alerts_by_state", "state", "level", "score"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("recorded_at", String(30), nullable=False),
    Column("run", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("lineage", String(64), nullable=False),
    Column("capsule", String(64), nullable=False),
    Column("document", Text, nullable=False, doc="the alert as JSON, without its lineage"),
    Column("context", LargeBinary, nullable=False, doc="JSON beside the evidence, compressed with zlib"),
)

facets = Table(
    "facets",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    Index("facets_by_value", "name", "value", "alert_id"),
)

members = Table(
    "members",
    metadata,
    Column("finding_id", String(64), primary_key=True),
    Column("alert_id", String(64), nullable=False, index=True),
)

aliases = Table(
    "aliases",
    metadata,
    Column("alias", String(64), primary_key=True),
    Column("alert_id", String(64), nullable=False, index=True),
)

capsules = Table(
    "capsules",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False, doc="canonical JSON, compressed with zlib"),
)

lineages = Table(
    "lineages",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(64), primary_key=True, doc="digest of all that went in"),
    Column("started", String(30), nullable=False),
    Column("first", String(30), nullable=False),
    Column("last", String(30), nullable=False),
    Column("document", Text, nullable=False, doc="run.json"),
)
