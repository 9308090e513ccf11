"""Steps with orders of customers and our own invoices."""
