"""Documents that users bring: read, cut into passages, kept, and found."""
