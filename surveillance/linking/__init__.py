"""Who may act together: pairs of accounts whose trading says so, for a person to confirm."""
