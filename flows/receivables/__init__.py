"""What is owed to us: orders in, invoices out."""
