"""Our database: inbox, effects, worklist, journal, master data, audit trail."""
