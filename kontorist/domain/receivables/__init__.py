"""What customers owe us: who they are, what we invoice them."""
