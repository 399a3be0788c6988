"""Offline evals: cases are played against the advisor, records are scored, runs are compared and gated."""
