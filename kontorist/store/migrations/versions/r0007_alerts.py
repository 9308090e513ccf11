"""Alerts: what operators were told of."""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("cause", sa.Text, primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("absent_since", sa.Text),
        sa.Column("over", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
