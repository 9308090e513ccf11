"""Reading all foreign bytes into drafts that carry value, confidence, page, box and reason."""
