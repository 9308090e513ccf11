"""What we owe: invoices received, their checks, duplicates, suppliers, and how they are booked."""
