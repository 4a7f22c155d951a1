"""The first tables: alerts with their revisions, evidence and lineage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("trading_day", sa.String(10), nullable=False),
        sa.Column("start", sa.String(30), nullable=False),
        sa.Column("end", sa.String(30), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("follows", sa.String(64)),
        sa.Column("closed_at", sa.String(30)),
        sa.Column("closed_by", sa.Text()),
        sa.Column("closed_why", sa.Text()),
    )
    op.create_table(
        "aliases",
        sa.Column("alias", sa.String(64), primary_key=True),
        sa.Column("alert_id", sa.String(64), nullable=False),
    )
    op.create_table(
        "capsules",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "facets",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.Text(), primary_key=True),
    )
    op.create_table(
        "lineages",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("finding_id", sa.String(64), primary_key=True),
        sa.Column("alert_id", sa.String(64), nullable=False),
    )
    op.create_table(
        "revisions",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("recorded_at", sa.String(30), nullable=False),
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lineage", sa.String(64), nullable=False),
        sa.Column("capsule", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("context", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("started", sa.String(30), nullable=False),
        sa.Column("first", sa.String(30), nullable=False),
        sa.Column("last", sa.String(30), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_index("alerts_by_score", "alerts", ["score", "alert_id"])
    op.create_index("alerts_by_start", "alerts", ["start", "alert_id"])
    op.create_index("alerts_by_state", "alerts", ["state", "level", "score"])
    op.create_index("alerts_by_subject", "alerts", ["subject_id"])
    op.create_index("ix_aliases_alert_id", "aliases", ["alert_id"])
    op.create_index("facets_by_value", "facets", ["name", "value", "alert_id"])
    op.create_index("ix_members_alert_id", "members", ["alert_id"])


def downgrade() -> None:
    """Remove the tables."""
    for name in ("alerts", "aliases", "capsules", "facets", "lineages", "members", "revisions", "runs"):
        op.drop_table(name)
