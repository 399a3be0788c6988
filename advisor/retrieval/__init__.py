"""Finding passages and rules."""
