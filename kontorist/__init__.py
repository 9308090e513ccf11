"""Kontorist: back-office automation. Each thing is done once, or stopped and shown."""

__version__ = "0.1.0"
