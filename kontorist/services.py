"""Composition root: which connector, store and archive are real today."""
