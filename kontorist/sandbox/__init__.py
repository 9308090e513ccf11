"""Limited child processes in which foreign files are read."""
