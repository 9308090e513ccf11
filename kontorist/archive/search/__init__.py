"""Finding documents: how text becomes tokens, and how a question becomes a query."""
