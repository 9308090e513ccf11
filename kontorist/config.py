"""config.yaml, checked whole at the door."""
