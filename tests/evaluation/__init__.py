"""Tests of `advisor.evaluation`."""
