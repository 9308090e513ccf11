"""The document archive: content-addressed originals and a log that proves they were not touched."""
