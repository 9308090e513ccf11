"""Real servers for tests: each started by us on loopback, with its own configuration and folder, ended by pid."""
