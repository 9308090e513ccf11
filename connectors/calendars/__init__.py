"""Which days are off, by what others know of countries and markets."""
