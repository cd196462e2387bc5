"""Zero-phase filters that leave gaps alone."""
