"""The end of a month and of a year."""
