"""Tickets: what people ask, and what is late."""
