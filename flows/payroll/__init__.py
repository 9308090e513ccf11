"""Pay: sheets in, checked and released by people, slips and journal out."""
