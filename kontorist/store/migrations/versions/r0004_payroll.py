"""Payroll: months, their sheets, releases and payslips; ids, states and hashes only."""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payroll_run",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, nullable=False, unique=True),
        sa.Column("event_id", sa.Text),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("good_rows", sa.Integer, nullable=False),
        sa.Column("doubts", sa.Text, nullable=False),
        sa.Column("figures", sa.Text),
        sa.Column("figures_sha256", sa.Text),
        sa.Column("employees", sa.Integer, nullable=False),
        sa.Column("release", sa.Integer, nullable=False),
        sa.Column("let_through", sa.Text, nullable=False),
        sa.Column("prepared_by", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "payroll_file",
        sa.Column("document", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, sa.ForeignKey("payroll_run.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("replaced", sa.Integer, nullable=False),
        sa.Index("payroll_file_run", "run"),
        sqlite_strict=True,
    )
    op.create_table(
        "payroll_release",
        sa.Column("run", sa.Text, sa.ForeignKey("payroll_run.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("figures_sha256", sa.Text, nullable=False),
        sa.Column("employees", sa.Integer, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text),
        sa.Column("register", sa.Text),
        sa.Column("register_sha256", sa.Text),
        sa.Column("entry_id", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('prepared', 'approved', 'released', 'withdrawn')"),
        sqlite_strict=True,
    )
    op.create_table(
        "payslip",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("release", sa.Integer, primary_key=True),
        sa.Column("employee", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('written', 'waiting', 'ordered')"),
        sa.ForeignKeyConstraint(["run", "release"], ["payroll_release.run", "payroll_release.number"]),
        sqlite_strict=True,
    )
