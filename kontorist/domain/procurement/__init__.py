"""What was ordered and what came in."""
