"""One reader a format: from bytes to a title, if it has one, and blocks."""
