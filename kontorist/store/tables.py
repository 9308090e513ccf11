"""All tables of our database, as SQLAlchemy Core sees them today; the migrations say how they came to be.

STRICT on SQLite, so that a text never lands in a number. A test compares these with what the migrations make.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from kontorist.store.columns import Day, Exact, Flag, Json, Moment

metadata: Final = MetaData()

#: The state lists stand literally in queries too: SQLite uses a partial index only for the very same words.
WAITING: Final = "state IN ('new', 'retry')"
OPEN: Final = "state IN ('new', 'retry', 'claimed')"
SETTLED: Final = "state IN ('done', 'quarantined')"
IN_FLIGHT: Final = "state = 'claimed'"
EFFECT_OPEN: Final = "state IN ('planned', 'sending')"


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def _states(*names: str) -> CheckConstraint:
    return CheckConstraint("state IN ({})".format(", ".join(f"'{name}'" for name in names)))


inbox: Final = _table(
    "inbox",
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("dedupe", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text),
    Column("body", Json, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("received", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Moment),
    Column("priority", Integer, nullable=False),
    Column("lease_owner", Text),
    Column("lease_boot", Text),
    Column("lease_until", REAL),
    Column("fence", Integer, nullable=False, default=0),
    Column("run_id", Text),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("outcome", Json),
    Column("changed", Moment, nullable=False),
    UniqueConstraint("source", "dedupe"),
    _states("new", "claimed", "done", "retry", "quarantined"),
    Index("inbox_waiting", "priority", "seq", sqlite_where=text(WAITING)),
    Index("inbox_per_subject", "source", "subject", "seq", "state", sqlite_where=text(OPEN)),
    # Counted without reading the bodies, which are kept for ever. Partial, so that claiming is never tempted by it.
    Index("inbox_settled", "state", sqlite_where=text(SETTLED)),
    # At most one event of a subject is in flight: the database itself refuses a second one.
    Index("inbox_in_flight", "source", "subject", unique=True, sqlite_where=text(IN_FLIGHT)),
)

cursor: Final = _table(
    "cursor",
    Column("source", Text, primary_key=True),
    Column("position", Json, nullable=False),
    Column("changed", Moment, nullable=False),
)

effect: Final = _table(
    "effect",
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False, default=0),
    Column("request", Json, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("cause", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Moment),
    Column("probe_boot", Text),
    Column("probe_after", REAL),
    Column("timeout", REAL),
    Column("receipt", Json),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("planned", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    _states("planned", "sending", "done", "failed", "unknown"),
    Index("effect_open", "planned", sqlite_where=text(EFFECT_OPEN)),
    Index("effect_cause", "cause"),
)

work_item: Final = _table(
    "work_item",
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("owner", Text),
    Column("due", Day),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("data", Json, nullable=False),
    _states("open", "returned", "approved", "rejected"),
    Index("work_item_subject", "subject"),
    Index("work_item_state", "state", "created"),
)

decision: Final = _table(
    "decision",
    Column("seq", Integer, primary_key=True),
    Column("item", Text, ForeignKey("work_item.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("time", Moment, nullable=False),
    Column("channel", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("decision_item", "item"),
)

supplier: Final = _table(
    "supplier",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded_name", Text, nullable=False),
    Column("vat_id", Text),
    Column("default_account", Text),
    Column("trusted", Flag, nullable=False),
    Column("payment_terms_days", Integer),
    Column("mail_domain", Text),
    Column("provisional", Flag, nullable=False),
    Column("changed", Moment, nullable=False),
    Index("supplier_folded_name", "folded_name"),
    Index("supplier_vat_id", "vat_id"),
)

supplier_iban: Final = _table(
    "supplier_iban",
    Column("supplier_id", Text, ForeignKey("supplier.id"), primary_key=True),
    Column("iban", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Index("supplier_iban_iban", "iban"),
)

document: Final = _table(
    "document",
    Column("id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("received", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("class", Text, nullable=False, key="document_class"),
    Column("seq", Integer, nullable=False),
    Column("event_id", Text),
    Column("state", Text, nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("draft", Json),
    Column("supplier_id", Text, ForeignKey("supplier.id")),
    Column("invoice_number", Text),
    Column("invoice_number_normalised", Text),
    Column("gross", Exact),
    Column("currency", Text),
    Column("issue_date", Day),
    Column("entry_id", Text),
    Column("changed", Moment, nullable=False),
    UniqueConstraint("source", "source_id", "sha256"),
    _states("archived", "read", "booked", "worklist", "quarantined", "rejected", "filed"),
    Index("document_sha256", "sha256"),
    Index("document_event", "event_id"),
    Index("document_received", "received"),
    Index("document_of_supplier", "supplier_id", "issue_date"),
    Index("document_number", "supplier_id", "invoice_number_normalised"),
)

#: One row per invoice number in use: the supplier is never null, so the number is unique in earnest.
payable: Final = _table(
    "payable",
    Column("supplier_id", Text, ForeignKey("supplier.id"), primary_key=True),
    Column("normalised_number", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("document.id"), nullable=False, unique=True),
    Column("number", Text, nullable=False),
    Column("claimed", Moment, nullable=False),
)

#: Gap-free numbers and the length of the chains; counted in the transaction that uses the number.
counter: Final = _table(
    "counter",
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)

entry: Final = _table(
    "entry",
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("day", Day, nullable=False),
    Column("text", Text, nullable=False),
    Column("document", Text),
    Column("document_sha256", Text),
    Column("purpose", Text, nullable=False),
    Column("reversal_of", Text, unique=True),
    Column("prepared_by", Text, nullable=False),
    Column("approved_by", Json, nullable=False),
    Column("posted", Moment, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("document", "purpose"),
    Index("entry_day", "day"),
)

line: Final = _table(
    "line",
    Column("entry", Integer, ForeignKey("entry.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("tax_key", Text),
    Column("cost_centre", Text),
    Column("partner", Text),
    Column("due", Day),
    Column("text", Text, nullable=False),
    Index("line_account", "account"),
)

audit: Final = _table(
    "audit",
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_subject", "subject"),
)

#: What a supplier has besides: one row each where anything is known.
supplier_detail: Final = _table(
    "supplier_detail",
    Column("supplier_id", Text, ForeignKey("supplier.id"), primary_key=True),
    Column("number", Text, unique=True),
    Column("email", Text),
    Column("street", Text),
    Column("postcode", Text),
    Column("town", Text),
    Column("country", Text),
)

customer: Final = _table(
    "customer",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded_name", Text, nullable=False),
    Column("number", Text, unique=True),
    Column("vat_id", Text),
    Column("email", Text),
    Column("folded_email", Text),
    Column("street", Text),
    Column("postcode", Text),
    Column("town", Text),
    Column("country", Text),
    Column("language", Text),
    Column("payment_terms_days", Integer),
    Column("default_account", Text),
    Column("changed", Moment, nullable=False),
    Column("einvoice", Text),
    Column("buyer_reference", Text),
    Column("electronic_address", Text),
    Index("customer_folded_name", "folded_name"),
    Index("customer_vat_id", "vat_id"),
    Index("customer_folded_email", "folded_email"),
)

customer_iban: Final = _table(
    "customer_iban",
    Column("customer_id", Text, ForeignKey("customer.id"), primary_key=True),
    Column("iban", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Index("customer_iban_iban", "iban"),
)

#: Who works here. What anybody earns never stands in this database.
employee: Final = _table(
    "employee",
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("language", Text),
    Column("cost_centre", Text),
    Column("active_from", Day),
    Column("active_until", Day),
    Column("monthly_hours", Exact),
    Column("iban", Text),
    Column("changed", Moment, nullable=False),
)

order_line: Final = _table(
    "order_line",
    Column("id", Text, primary_key=True),
    Column("side", Text, nullable=False),
    Column("order", Text, nullable=False, key="order_number"),
    Column("position", Integer, nullable=False),
    Column("partner", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("unit_price", Exact, nullable=False),
    Column("currency", Text, nullable=False),
    Column("item", Text),
    Column("unit", Text),
    Column("tax_rate", Exact),
    Column("ordered", Day),
    Column("due", Day),
    Column("account", Text),
    Column("cost_centre", Text),
    Column("changed", Moment, nullable=False),
    CheckConstraint("side IN ('purchase', 'sales')"),
    Index("order_line_order", "side", "order_number", "position"),
    Index("order_line_partner", "partner"),
)

goods_receipt: Final = _table(
    "goods_receipt",
    Column("id", Text, primary_key=True),
    Column("line", Text, ForeignKey("order_line.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("order", Text, nullable=False, key="order_number"),
    Column("position", Integer, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("received", Day, nullable=False),
    Column("changed", Moment, nullable=False),
    Index("goods_receipt_line", "line"),
)

open_item: Final = _table(
    "open_item",
    Column("id", Text, primary_key=True),
    Column("side", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("normalised_number", Text, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", Text, nullable=False),
    Column("issue_date", Day, nullable=False),
    Column("due", Day),
    Column("document", Text),
    Column("entry", Text),
    Column("changed", Moment, nullable=False),
    CheckConstraint("side IN ('payable', 'receivable')"),
    Index("open_item_partner", "partner", "normalised_number"),
)

#: Bank details that wait for a second person, and what became of them. Rows of one id are decided together.
bank_change: Final = _table(
    "bank_change",
    Column("id", Text, primary_key=True),
    Column("party", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ibans", Json, nullable=False),
    Column("trusted", Flag, nullable=False),
    Column("document", Text, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed", Moment, nullable=False),
    _states("waiting", "agreed", "refused"),
    # One decision at a time about the details of a party: the database itself refuses a second one.
    Index("bank_change_waiting", "party", unique=True, sqlite_where=text("state = 'waiting'")),
)

#: Where a document was filed that nothing else is done with.
filing: Final = _table(
    "filing",
    Column("document_id", Text, ForeignKey("document.id"), primary_key=True),
    Column("document_type", Text, nullable=False),
    Column("partner_kind", Text),
    Column("partner_id", Text),
    Column("partner_name", Text),
    Column("day", Day, nullable=False),
    Column("period", Text, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("filed_by", Text, nullable=False),
    Column("changed", Moment, nullable=False),
    Index("filing_type", "document_type", "period"),
    Index("filing_partner", "partner_id", "period"),
)

#: A month of pay: what the checks found last, without any amount. `figures` is the encrypted document of those good
#: lines that are not released yet; `let_through` are the doubts a person has waved on, `prepared_by` who did.
payroll_run: Final = _table(
    "payroll_run",
    Column("id", Text, primary_key=True),
    Column("period", Text, nullable=False, unique=True),
    Column("event_id", Text),
    Column("rows", Integer, nullable=False),
    Column("good_rows", Integer, nullable=False),
    Column("doubts", Json, nullable=False),
    Column("figures", Text),
    Column("figures_sha256", Text),
    Column("employees", Integer, nullable=False),
    Column("release", Integer, nullable=False),
    Column("let_through", Json, nullable=False),
    Column("prepared_by", Json, nullable=False),
    Column("changed", Moment, nullable=False),
)

#: The sheets of a month. A file takes the place of an earlier one of its name.
payroll_file: Final = _table(
    "payroll_file",
    Column("document", Text, primary_key=True),
    Column("run", Text, ForeignKey("payroll_run.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("replaced", Flag, nullable=False),
    Index("payroll_file_run", "run"),
)

payroll_release: Final = _table(
    "payroll_release",
    Column("run", Text, ForeignKey("payroll_run.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("figures_sha256", Text, nullable=False),
    Column("employees", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("approved_by", Json, nullable=False),
    Column("event_id", Text),
    Column("register", Text),
    Column("register_sha256", Text),
    Column("entry_id", Text),
    Column("changed", Moment, nullable=False),
    _states("prepared", "approved", "released", "withdrawn"),
)

payslip: Final = _table(
    "payslip",
    Column("run", Text, primary_key=True),
    Column("release", Integer, primary_key=True),
    Column("employee", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("reason", Text),
    Column("changed", Moment, nullable=False),
    _states("written", "waiting", "ordered"),
    ForeignKeyConstraint(["run", "release"], ["payroll_release.run", "payroll_release.number"]),
)

#: Orders of customers by their number, which counts over all sources. `content` is null where only a cancellation came.
sales_order: Final = _table(
    "sales_order",
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", Json),
    Column("content_hash", Text),
    Column("customer", Text),
    Column("agreed", Json, nullable=False),
    Column("event", Text),
    Column("reply_to", Text),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("changed", Moment, nullable=False),
    _states("received", "waiting", "rejected", "booked", "invoiced", "cancelled", "crediting", "credited"),
)

#: Our sales invoices and credit notes; `pdf` and `xml` hold the paper and the
#: e-invoice beside it (base64) until they are in the archive, then null.
sales_paper: Final = _table(
    "sales_paper",
    Column("number", Text, primary_key=True),
    Column("order", Text, ForeignKey("sales_order.id"), nullable=False, key="order_id"),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("count", Integer, nullable=False, key="counted"),
    Column("day", Day, nullable=False),
    Column("data", Json, nullable=False),
    Column("document", Text, nullable=False),
    Column("document_sha256", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("pdf", Text),
    Column("changed", Moment, nullable=False),
    Column("xml", Text),
    CheckConstraint("kind IN ('invoice', 'credit_note')"),
    # One invoice and one credit note for each version of an order, and no number of a series twice.
    UniqueConstraint("order_id", "revision", "kind"),
    UniqueConstraint("kind", "counted"),
)

#: How each source fares: when something last came, when it was last read without trouble. `seen` counts the inbox.
source_health: Final = _table(
    "source_health",
    Column("source", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("last_event", Moment),
    Column("last_success", Moment),
    Column("failing_since", Moment),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("seen", Integer, nullable=False),
)

#: What operators were told of, one row a cause; `data` is the trouble.
alert: Final = _table(
    "alert",
    Column("cause", Text, primary_key=True),
    Column("data", Json, nullable=False),
    Column("since", Moment, nullable=False),
    Column("told", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("absent_since", Moment),
    Column("over", Flag, nullable=False),
)

#: What people taught by correcting what was read; what was taken back stays, and counts no more.
lesson: Final = _table(
    "lesson",
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("name", Text),
    Column("data", Json, nullable=False),
    Column("paper", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("taught_by", Text, nullable=False),
    Column("taught_at", Moment, nullable=False),
    Column("forgotten_by", Text),
    Column("forgotten_at", Moment),
    Index("lesson_key", "key"),
)

#: The labels of the paper of each lesson with their columns, hashed.
lesson_cell: Final = _table(
    "lesson_cell",
    Column("cell", Text, primary_key=True),
    Column("lesson", Integer, ForeignKey("lesson.number"), primary_key=True),
)

#: What was written here stays: the database refuses UPDATE and DELETE.
APPEND_ONLY: Final = (entry, line, audit, decision)
