"""Reports for people: pages that hold all that they need, without a network."""
