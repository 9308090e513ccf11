"""Master data: customers, employees, orders, goods receipts, open items, bank details that wait."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _supplier_detail()
    _customer()
    _customer_iban()
    _employee()
    _order_line()
    _goods_receipt()
    _open_item()
    _bank_change()


def _supplier_detail() -> None:
    op.create_table(
        "supplier_detail",
        sa.Column("supplier_id", sa.Text, sa.ForeignKey("supplier.id"), primary_key=True),
        sa.Column("number", sa.Text, unique=True),
        sa.Column("email", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("postcode", sa.Text),
        sa.Column("town", sa.Text),
        sa.Column("country", sa.Text),
        sqlite_strict=True,
    )


def _customer() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded_name", sa.Text, nullable=False),
        sa.Column("number", sa.Text, unique=True),
        sa.Column("vat_id", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("folded_email", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("postcode", sa.Text),
        sa.Column("town", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("payment_terms_days", sa.Integer),
        sa.Column("default_account", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("customer_folded_email", "customer", ["folded_email"])
    op.create_index("customer_folded_name", "customer", ["folded_name"])
    op.create_index("customer_vat_id", "customer", ["vat_id"])


def _customer_iban() -> None:
    op.create_table(
        "customer_iban",
        sa.Column("customer_id", sa.Text, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("iban", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("customer_iban_iban", "customer_iban", ["iban"])


def _employee() -> None:
    op.create_table(
        "employee",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("cost_centre", sa.Text),
        sa.Column("active_from", sa.Text),
        sa.Column("active_until", sa.Text),
        sa.Column("monthly_hours", sa.Text),
        sa.Column("iban", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _order_line() -> None:
    op.create_table(
        "order_line",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("order", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("unit_price", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("item", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("tax_rate", sa.Text),
        sa.Column("ordered", sa.Text),
        sa.Column("due", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("cost_centre", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("side IN ('purchase', 'sales')"),
        sqlite_strict=True,
    )
    op.create_index("order_line_order", "order_line", ["side", "order", "position"])
    op.create_index("order_line_partner", "order_line", ["partner"])


def _goods_receipt() -> None:
    op.create_table(
        "goods_receipt",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("line", sa.Text, sa.ForeignKey("order_line.id"), nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("order", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("goods_receipt_line", "goods_receipt", ["line"])


def _open_item() -> None:
    op.create_table(
        "open_item",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("normalised_number", sa.Text, nullable=False),
        sa.Column("amount", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("issue_date", sa.Text, nullable=False),
        sa.Column("due", sa.Text),
        sa.Column("document", sa.Text),
        sa.Column("entry", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("side IN ('payable', 'receivable')"),
        sqlite_strict=True,
    )
    op.create_index("open_item_partner", "open_item", ["partner", "normalised_number"])


def _bank_change() -> None:
    op.create_table(
        "bank_change",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("party", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ibans", sa.Text, nullable=False),
        sa.Column("trusted", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("prepared_by", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'agreed', 'refused')"),
        sqlite_strict=True,
    )
    op.create_index(
        "bank_change_waiting", "bank_change", ["party"], unique=True, sqlite_where=sa.text("state = 'waiting'")
    )
