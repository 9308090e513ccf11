"""Fakes, stand-ins and generated documents, for tests and the demo only."""
