"""Papers of every kind: kept, filed, found again."""
