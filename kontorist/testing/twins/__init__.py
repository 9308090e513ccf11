"""In-process twins of outside systems: the demo and the tests talk to these, over real protocols, on loopback."""
