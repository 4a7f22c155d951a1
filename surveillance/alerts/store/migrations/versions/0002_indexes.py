"""Alerts of some trading days, and what continues a closed one, are found without looking at all."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("alerts_by_day", "alerts", ["trading_day", "score"])
    op.create_index("alerts_by_follows", "alerts", ["follows"])
