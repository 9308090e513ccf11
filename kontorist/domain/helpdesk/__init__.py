"""Tickets: what comes in at the helpdesk, sorted by declared rules, due in office hours."""
