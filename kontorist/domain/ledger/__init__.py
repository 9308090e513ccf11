"""Double-entry bookkeeping: accounts, entries, reversals."""
