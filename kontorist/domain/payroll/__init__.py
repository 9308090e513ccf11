"""Those who work here, and what is checked before they are paid."""
