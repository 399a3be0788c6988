"""Where people and programs talk to the advisor."""
