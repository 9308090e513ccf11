"""Supplier memory: what people taught by correcting what was read."""

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("paper", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("taught_by", sa.Text, nullable=False),
        sa.Column("taught_at", sa.Text, nullable=False),
        sa.Column("forgotten_by", sa.Text),
        sa.Column("forgotten_at", sa.Text),
        sqlite_strict=True,
    )
    op.create_index("lesson_key", "lesson", ["key"])
    op.create_table(
        "lesson_cell",
        sa.Column("cell", sa.Text, primary_key=True),
        sa.Column("lesson", sa.Integer, sa.ForeignKey("lesson.number"), primary_key=True),
        sqlite_strict=True,
    )
