"""The decision: rules as data, and the pure functions that apply them."""
