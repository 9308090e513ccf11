"""The rules of the office, in plain Python: no database, no network, no file formats."""
