"""E-invoices: how a customer wants them, and the XML beside a paper of ours."""

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("einvoice", "buyer_reference", "electronic_address"):
        op.add_column("customer", sa.Column(column, sa.Text))
    op.add_column("sales_paper", sa.Column("xml", sa.Text))
