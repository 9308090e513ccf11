"""What we owe: invoices in, payments out."""
