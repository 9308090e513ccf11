"""The tables of the first release: inbox, effects, worklist, documents, suppliers, journal, audit."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

#: What was written here stays: entries are corrected by their reversal, notes of the audit never.
APPEND_ONLY = ("entry", "line", "audit", "decision")


def upgrade() -> None:
    _inbox()
    _cursor()
    _effect()
    _work_item()
    _decision()
    _supplier()
    _supplier_iban()
    _document()
    _payable()
    _counter()
    _entry()
    _line()
    _audit()
    _triggers()


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("dedupe", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("body_hash", sa.Text, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Text),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_boot", sa.Text),
        sa.Column("lease_until", sa.REAL),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.UniqueConstraint("source", "dedupe"),
        sa.CheckConstraint("state IN ('new', 'claimed', 'done', 'retry', 'quarantined')"),
        sqlite_strict=True,
    )
    op.create_index(
        "inbox_in_flight", "inbox", ["source", "subject"], unique=True, sqlite_where=sa.text("state = 'claimed'")
    )
    op.create_index(
        "inbox_per_subject",
        "inbox",
        ["source", "subject", "seq", "state"],
        sqlite_where=sa.text("state IN ('new', 'retry', 'claimed')"),
    )
    op.create_index("inbox_settled", "inbox", ["state"], sqlite_where=sa.text("state IN ('done', 'quarantined')"))
    op.create_index("inbox_waiting", "inbox", ["priority", "seq"], sqlite_where=sa.text("state IN ('new', 'retry')"))


def _cursor() -> None:
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _effect() -> None:
    op.create_table(
        "effect",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Text),
        sa.Column("probe_boot", sa.Text),
        sa.Column("probe_after", sa.REAL),
        sa.Column("timeout", sa.REAL),
        sa.Column("receipt", sa.Text),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("planned", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('planned', 'sending', 'done', 'failed', 'unknown')"),
        sqlite_strict=True,
    )
    op.create_index("effect_cause", "effect", ["cause"])
    op.create_index("effect_open", "effect", ["planned"], sqlite_where=sa.text("state IN ('planned', 'sending')"))


def _work_item() -> None:
    op.create_table(
        "work_item",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("due", sa.Text),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('open', 'returned', 'approved', 'rejected')"),
        sqlite_strict=True,
    )
    op.create_index("work_item_state", "work_item", ["state", "created"])
    op.create_index("work_item_subject", "work_item", ["subject"])


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("item", sa.Text, sa.ForeignKey("work_item.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("time", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("decision_item", "decision", ["item"])


def _supplier() -> None:
    op.create_table(
        "supplier",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded_name", sa.Text, nullable=False),
        sa.Column("vat_id", sa.Text),
        sa.Column("default_account", sa.Text),
        sa.Column("trusted", sa.Integer, nullable=False),
        sa.Column("payment_terms_days", sa.Integer),
        sa.Column("mail_domain", sa.Text),
        sa.Column("provisional", sa.Integer, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("supplier_folded_name", "supplier", ["folded_name"])
    op.create_index("supplier_vat_id", "supplier", ["vat_id"])


def _supplier_iban() -> None:
    op.create_table(
        "supplier_iban",
        sa.Column("supplier_id", sa.Text, sa.ForeignKey("supplier.id"), primary_key=True),
        sa.Column("iban", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("supplier_iban_iban", "supplier_iban", ["iban"])


def _document() -> None:
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
        sa.CheckConstraint("state IN ('archived', 'read', 'booked', 'worklist', 'quarantined', 'rejected')"),
        sqlite_strict=True,
    )
    op.create_index("document_event", "document", ["event_id"])
    op.create_index("document_number", "document", ["supplier_id", "invoice_number_normalised"])
    op.create_index("document_of_supplier", "document", ["supplier_id", "issue_date"])
    op.create_index("document_received", "document", ["received"])
    op.create_index("document_sha256", "document", ["sha256"])


def _payable() -> None:
    op.create_table(
        "payable",
        sa.Column("supplier_id", sa.Text, sa.ForeignKey("supplier.id"), primary_key=True),
        sa.Column("normalised_number", sa.Text, primary_key=True),
        sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), nullable=False, unique=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("claimed", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
        sqlite_strict=True,
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("document_sha256", sa.Text),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("reversal_of", sa.Text, unique=True),
        sa.Column("prepared_by", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("posted", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.UniqueConstraint("document", "purpose"),
        sqlite_strict=True,
    )
    op.create_index("entry_day", "entry", ["day"])


def _line() -> None:
    op.create_table(
        "line",
        sa.Column("entry", sa.Integer, sa.ForeignKey("entry.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("amount", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("tax_key", sa.Text),
        sa.Column("cost_centre", sa.Text),
        sa.Column("partner", sa.Text),
        sa.Column("due", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("line_account", "line", ["account"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("audit_subject", "audit", ["subject"])


def _triggers() -> None:
    """SQLite's own; PostgreSQL gets its form when it is supported."""
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: what was written stays'); END"
            )
