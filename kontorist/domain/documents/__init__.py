"""Papers of every kind: what they are, whose, and of which period."""
