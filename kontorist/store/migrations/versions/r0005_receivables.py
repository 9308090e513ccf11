"""Receivables: orders of customers, our sales invoices and credit notes."""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sales_order()
    _sales_paper()


def _sales_order() -> None:
    op.create_table(
        "sales_order",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("content_hash", sa.Text),
        sa.Column("customer", sa.Text),
        sa.Column("agreed", sa.Text, nullable=False),
        sa.Column("event", sa.Text),
        sa.Column("reply_to", sa.Text),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint(
            "state IN ('received', 'waiting', 'rejected', 'booked', 'invoiced', 'cancelled', 'crediting', 'credited')"
        ),
        sqlite_strict=True,
    )


def _sales_paper() -> None:
    op.create_table(
        "sales_paper",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("order", sa.Text, sa.ForeignKey("sales_order.id"), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("document_sha256", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("pdf", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')"),
        sa.UniqueConstraint("order", "revision", "kind"),
        sa.UniqueConstraint("kind", "count"),
        sqlite_strict=True,
    )
