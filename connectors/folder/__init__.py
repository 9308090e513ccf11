"""Folders that people and programs drop files into."""
