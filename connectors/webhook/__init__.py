"""Signed HTTP calls from front-office systems."""
