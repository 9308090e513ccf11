"""What people decide, whatever it is about."""
