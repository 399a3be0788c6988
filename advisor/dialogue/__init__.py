"""One user turn as a graph."""
