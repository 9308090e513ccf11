"""Operations: how each source fares."""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_health",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("last_event", sa.Text),
        sa.Column("last_success", sa.Text),
        sa.Column("failing_since", sa.Text),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("seen", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
