"""From a decision and passages to sentences."""
