"""Units of time and their lengths. Pure."""

from __future__ import annotations

DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 30.0,
    "quarter": 90.0,
    "year": 365.0,
}
"""The length of a unit in days. A month counts 30 days and every day alike, as the contract's example does; a quarter three such months."""
