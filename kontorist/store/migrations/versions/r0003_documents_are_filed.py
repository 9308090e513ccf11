"""Documents that are filed: their state, and where they belong."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

STATES = ("archived", "read", "booked", "worklist", "quarantined", "rejected", "filed")
INDEXES = {
    "document_sha256": ["sha256"],
    "document_event": ["event_id"],
    "document_received": ["received"],
    "document_of_supplier": ["supplier_id", "issue_date"],
    "document_number": ["supplier_id", "invoice_number_normalised"],
}


def upgrade() -> None:
    _document()
    _filing()


def _document() -> None:
    """SQLite changes no CHECK: the table is made anew. Invoice numbers refer to it, so they are checked at the end."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE document_before AS SELECT * FROM document")
    op.drop_table("document")
    op.create_table(
        "document",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("draft", sa.Text),
        sa.Column("supplier_id", sa.Text, sa.ForeignKey("supplier.id")),
        sa.Column("invoice_number", sa.Text),
        sa.Column("invoice_number_normalised", sa.Text),
        sa.Column("gross", sa.Text),
        sa.Column("currency", sa.Text),
        sa.Column("issue_date", sa.Text),
        sa.Column("entry_id", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.UniqueConstraint("source", "source_id", "sha256"),
        sa.CheckConstraint("state IN ({})".format(", ".join(f"'{name}'" for name in STATES))),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO document SELECT * FROM document_before")
    op.drop_table("document_before")
    for name, columns in INDEXES.items():
        op.create_index(name, "document", columns)


def _filing() -> None:
    op.create_table(
        "filing",
        sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("document_type", sa.Text, nullable=False),
        sa.Column("partner_kind", sa.Text),
        sa.Column("partner_id", sa.Text),
        sa.Column("partner_name", sa.Text),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("filed_by", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("filing_type", "filing", ["document_type", "period"])
    op.create_index("filing_partner", "filing", ["partner_id", "period"])
