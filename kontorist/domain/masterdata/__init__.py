"""Master data: what they share, how they come in from tables, and which of them need two people."""
