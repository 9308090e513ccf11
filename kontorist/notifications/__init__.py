"""Letters and e-mails as templates in German, Dutch and English."""
