"""The end of a month: balances, result, open items, and what is missing. Pure rules over what the journal holds."""
