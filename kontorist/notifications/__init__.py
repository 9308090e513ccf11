"""Letters to people, in their language: `render` (letters.py) makes subject, plain text and HTML from facts."""
