"""The advisor with a language model behind it."""
